/**
 * What needs a person, what went wrong and will be tried again, and what has been going on for too
 * long: each with why, and the command that leads on.
 *
 * The one list that dashboard, monitor and report show. Health of files is `health`'s.
 */
import type { Instant, TaskId } from '../core/ids.ts';
import { formatTaskId } from '../core/ids.ts';
import { attentionItems } from '../core/projections/attention.ts';
import { failedTasks } from '../core/projections/failedTasks.ts';
import { waitReason } from '../core/pick.ts';
import type { Queue } from '../core/queue.ts';
import { findTask, tasksOf } from '../core/queue.ts';
import { pathConflicts } from '../core/reservations.ts';
import { claimOf } from '../core/task.ts';
import { homeFolder } from '../coordinator/approvals.ts';
import type { Desk } from '../coordinator/desk.ts';
import { LaneQuestions } from '../coordinator/laneQuestions.ts';
import { unapproved } from './render/status.ts';
import { formatDuration, formatTime } from './render/text.ts';

export interface Attention {
  readonly type:
    | 'question'
    | 'lane'
    | 'poisoned'
    | 'interrupted'
    | 'blocked'
    | 'approval'
    | 'paths'
    | 'stale'
    | 'failed';
  readonly task: TaskId | null;
  readonly title: string;
  readonly why: string;
  /** What leads on, as a command line without `signalbox`; null where nothing need be done. */
  readonly command: string | null;
  /** When it goes on by itself; null where it does not. */
  readonly dueAt: Instant | null;
}

/** The most pressing first. */
export function attentionOf(desk: Desk): readonly Attention[] {
  const { queue } = desk;
  return [
    ...questions(desk),
    ...lane(desk),
    ...waitingForPerson(queue),
    ...blocked(desk),
    ...unapproved(desk).map((task): Attention => {
      const why = 'its program is not approved yet';
      const command = `approve ${task}`;
      return { type: 'approval', task, title: titleOf(queue, task), why, command, dueAt: null };
    }),
    ...sharedPaths(desk),
    ...stale(desk),
    ...retries(queue, desk.now()),
  ];
}

function titleOf(queue: Queue, id: TaskId): string {
  return findTask(queue, id)?.content.title ?? '';
}

/** What the running program asks; it waits for the answer. */
function questions({ env, paths }: Desk): readonly Attention[] {
  return new LaneQuestions(homeFolder(env), paths.root)
    .list()
    .map(({ id, task, title, agent, question }) => {
      const why = `${agent} asks: ${question.title}`;
      const command = `approvals answer ${id}`;
      return { type: 'question', task, title, why, command, dueAt: null };
    });
}

function lane(desk: Desk): readonly Attention[] {
  const { owner, alive } = desk.queue.lane;
  const of = (why: string, command: string | null): Attention => ({
    ...{ type: 'lane', task: null, title: 'The lane', why, command, dueAt: null },
  });
  return [
    ...(owner !== null && desk.isGone(owner.holder)
      ? [of(`${owner.label} (process ${owner.holder.pid}) is gone`, 'run')]
      : []),
    ...(alive.length > 0 ? [of(`these processes do not end: ${alive.join(', ')}`, null)] : []),
  ];
}

function waitingForPerson(queue: Queue): readonly Attention[] {
  return attentionItems(queue).map((item): Attention => {
    const { type, task, title } = item;
    const base = { type, task, title, dueAt: null };
    if (item.type === 'interrupted') {
      const by = item.by === null ? '' : ` by ${item.by}`;
      return { ...base, why: `stopped${by}: ${item.reason}`, command: `retry ${task}` };
    }
    const times = item.failures === 1 ? '1 failure' : `${item.failures} failures`;
    const after = item.failures === 0 ? '' : ` after ${times}`;
    const why = `gave up${after}: ${item.errorClass}, ${item.message}`;
    return { ...base, why, command: `recovery clear ${task}` };
  });
}

/** Tasks that wait in vain. */
function blocked(desk: Desk): readonly Attention[] {
  const context = desk.pickContext();
  const { queue } = desk;
  return [...tasksOf(queue, queue.open)].flatMap((task): readonly Attention[] => {
    if (task.state.status !== 'pending' || task.content.dependencies.length === 0) return [];
    const reason = waitReason(queue, task, null, context);
    if (reason?.type !== 'dependency-failed') return [];
    const gone = reason.failed.map(formatTaskId).join(', ');
    const { id, content } = task;
    const why = `waits in vain: ${gone} did not complete`;
    const base = { type: 'blocked', task: id, title: content.title, why, dueAt: null } as const;
    return [{ ...base, command: `dependencies ${id}` }];
  });
}

/** Two who may edit the same files at this moment. */
function sharedPaths(desk: Desk): readonly Attention[] {
  const { locked } = desk.pickContext();
  return pathConflicts(desk.queue, locked).map(({ task: { id, content }, agent, taken }) => {
    const other = `${taken.agent} with ${formatTaskId(taken.by.id)}`;
    const why = `${agent} works on ${taken.path}, and so does ${other}`;
    const base = { type: 'paths', task: id, title: content.title, why, dueAt: null } as const;
    return { ...base, command: `lock release ${id}` };
  });
}

function stale(desk: Desk): readonly Attention[] {
  const { queue, current } = desk;
  const now = desk.now();
  return [...tasksOf(queue, queue.held)].flatMap((task): readonly Attention[] => {
    const claim = claimOf(task);
    if (claim === null || now - claim.claimedAt <= current.maxStaleMs) return [];
    const { id, content } = task;
    const why = `with ${claim.agent} for ${formatDuration(now - claim.claimedAt)}`;
    const base = { type: 'stale', task: id, title: content.title, why, dueAt: null } as const;
    return [{ ...base, command: `show ${id}` }];
  });
}

function retries(queue: Queue, now: Instant): readonly Attention[] {
  return failedTasks(queue)
    .filter(({ poisonPill }) => !poisonPill)
    .map(({ task, errorClass, message, notBeforeAt }) => {
      const isDue = notBeforeAt === null || notBeforeAt <= now;
      const next = isDue ? 'may be tried again now' : `next try at ${formatTime(notBeforeAt)}`;
      const why = `${next}, after ${errorClass}: ${message}`;
      const base = { type: 'failed', task, title: titleOf(queue, task) } as const;
      return { ...base, why, command: isDue ? null : `retry ${task}`, dueAt: notBeforeAt };
    });
}

export function attentionJson({ dueAt, command, ...rest }: Attention): unknown {
  return {
    ...rest,
    command: command === null ? null : `signalbox ${command}`,
    due: dueAt === null ? null : new Date(dueAt).toISOString(),
  };
}
