/** The lane at a glance, for `status`. */
import type { TaskId } from '../../core/ids.ts';
import { formatTaskId } from '../../core/ids.ts';
import { laneStatus } from '../../core/projections/activeTask.ts';
import type { LanePhase } from '../../core/projections/activeTask.ts';
import { attentionCount } from '../../core/projections/attention.ts';
import { describeTask, findTask, tasksOf, waitingCount } from '../../core/queue.ts';
import { isWaiting } from '../../core/pick.ts';
import { isLaneTask } from '../../core/task.ts';
import type { Desk } from '../../coordinator/desk.ts';
import { homeFolder } from '../../coordinator/approvals.ts';
import { LaneQuestions } from '../../coordinator/laneQuestions.ts';
import { formatDuration, plain, styled } from './text.ts';

export interface Status {
  readonly lane: {
    readonly phase: LanePhase;
    readonly owner: string | null;
    readonly task: TaskId | null;
    readonly kind: string | null;
    readonly since: string | null;
  };
  readonly waiting: number;
  readonly attention: number;
  readonly needs_approval: readonly TaskId[];
  /** Ids of what the running program asks. */
  readonly questions: readonly string[];
}

/** A longer list is counted. */
const mostNamed = 10;

export function statusOf(desk: Desk): Status {
  const { phase, owner, active } = laneStatus(desk.queue);
  const needsApproval = unapproved(desk);
  const questions = new LaneQuestions(homeFolder(desk.env), desk.paths.root).list();
  return {
    lane: {
      phase,
      owner,
      task: active?.task ?? null,
      kind: active?.kind ?? null,
      since: active === null ? null : new Date(active.since).toISOString(),
    },
    waiting: waitingCount(desk.queue),
    attention: attentionCount(desk.queue) + needsApproval.length + questions.length,
    needs_approval: needsApproval,
    questions: questions.map(({ id }) => id),
  };
}

/** Waiting tasks of the lane whose program nobody on this machine approved yet. */
export function unapproved(desk: Desk): readonly TaskId[] {
  const waiting = [...tasksOf(desk.queue, desk.queue.open)].filter(
    (task) => isLaneTask(task) && isWaiting(task),
  );
  if (waiting.length === 0) return [];
  const isApproved = desk.approvals.read(['cli', 'person']);
  return waiting.filter((task) => !isApproved(task)).map(({ id }) => id);
}

export function renderStatus(desk: Desk, { lane, waiting, attention, ...rest }: Status): string {
  const kind = desk.current.kinds.get(lane.kind ?? 'ai');
  const running = lane.task === null ? undefined : findTask(desk.queue, lane.task);
  const since =
    lane.since === null ? '' : ` for ${formatDuration(desk.now() - Date.parse(lane.since))}`;
  const first =
    running === undefined
      ? `${kind?.ready ?? 'Ready'} · ${laneAtRest(lane)}`
      : `${styled('blue', kind?.working ?? 'Working')} · ${plain(describeTask(running))}${since}`;
  return [
    first,
    ...(running === undefined || lane.owner === null ? [] : [`The lane is run by ${lane.owner}`]),
    `${waiting} waiting, ${desk.queue.held.size} in progress`,
    ...(attention === 0 ? [] : [styled('yellow', attentionLine(attention))]),
    ...(rest.needs_approval.length === 0 ? [] : [approvalLine(rest.needs_approval)]),
    ...(rest.questions.length === 0
      ? []
      : [`An agent asks: ${rest.questions.join(', ')} (\`signalbox approvals answer\`)`]),
  ].join('\n');
}

/** What a lane in which nothing runs is at: by whom it is run, or how it is started. */
export function laneAtRest({ phase, owner }: Pick<Status['lane'], 'phase' | 'owner'>): string {
  if (owner !== null) return `the lane is ${phase}, run by ${owner}`;
  return `the lane is ${phase}, and nobody runs it (start it with \`signalbox run\`)`;
}

function attentionLine(attention: number): string {
  const need = attention === 1 ? '1 needs' : `${attention} need`;
  return `${need} a person (\`signalbox dashboard\` says which)`;
}

function approvalLine(tasks: readonly TaskId[]): string {
  const shown = tasks.slice(0, mostNamed).map(formatTaskId).join(', ');
  const more = tasks.length > mostNamed ? ` and ${tasks.length - mostNamed} more` : '';
  return `Not approved yet: ${shown}${more} (\`signalbox approve\`)`;
}
