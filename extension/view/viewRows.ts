/**
 * The quiet lists of the queue view: what comes next, what waits and why, who is busy, what ended.
 *
 * Pure; which task stands in which list is `core/projections/queueView`'s.
 */
import { explainTurn } from '../core/projections/explain.ts';
import type {
  EndedItem,
  UpNextItem,
  ViewReason,
  WaitingItem,
} from '../core/projections/queueView.ts';
import { capacityOf } from '../core/load.ts';
import { tasksOf } from '../core/queue.ts';
import { claimOf, isLaneTask } from '../core/task.ts';
import type { Claim, Task } from '../core/task.ts';
import { maxListRows, usualListRows } from '../protocol/webviewModel.ts';
import type { DoneRow, UpNextRow, WaitingRow, WorkloadRow } from '../protocol/webviewModel.ts';
import { isLaneOwned, kindLabel } from './viewLane.ts';
import type { Section, ViewInput } from './viewInput.ts';
import {
  actorName,
  clockTime,
  long,
  short,
  taskName,
  taskNames,
  tryWords,
  workerName,
} from './words.ts';

const minuteMs = 60_000;

/** As many of `items` as were asked for, each as a row, and how many more there are. */
export function listOf<Item, Row>(
  { rows }: ViewInput,
  section: Section,
  items: readonly Item[],
  rowOf: (item: Item) => Row,
): { rows: Row[]; more: number } {
  const most = Math.min(maxListRows, Math.max(usualListRows, rows[section] ?? 0));
  const shown = items.slice(0, most);
  return { rows: shown.map(rowOf), more: items.length - shown.length };
}

function rowBase({ kinds }: ViewInput, { id, content }: Task) {
  const { title, kind, priority, background, session, estimateMinutes } = content;
  return {
    id,
    title: long(title),
    kind: short(kind),
    kindLabel: kindLabel(kinds, kind),
    priority,
    background: background === true,
    session: session === undefined ? null : short(session),
    estimateMs: estimateMinutes === undefined ? null : estimateMinutes * minuteMs,
  };
}

export function upNextRow(input: ViewInput, { task, moved, lane, agent }: UpNextItem): UpNextRow {
  const queuedAt = clockTime(task.createdAt, input.now);
  return {
    ...rowBase(input, task),
    moved,
    agent: lane ? null : short(agent ?? 'any agent'),
    why: long(`${explainTurn(task, input.context)}, queued at ${queuedAt}`),
  };
}

/** How long all of `items` take one after another, or null where that is not known of each. */
export function totalEstimateMs(items: readonly UpNextItem[]): number | null {
  let totalMs = 0;
  for (const { task } of items) {
    const { estimateMinutes } = task.content;
    if (estimateMinutes === undefined) return null;
    totalMs += estimateMinutes * minuteMs;
  }
  return items.length === 0 ? null : totalMs;
}

export function waitingRow(input: ViewInput, { task, reason, dueAt }: WaitingItem): WaitingRow {
  const why = long(whyItWaits(input, task, reason));
  return { ...rowBase(input, task), reason: reasonWords[reason.type], why, dueAt };
}

const reasonWords: Record<ViewReason['type'], WaitingRow['reason']> = {
  dependencies: 'dependency',
  'dependency-failed': 'dependency',
  'not-before': 'schedule',
  retry: 'retry',
  'set-aside': 'agent',
  locked: 'other',
  paths: 'paths',
  paused: 'paused',
  approval: 'approval',
};

/** A task whose lane is gone: nobody works on it, and the next lane gives it its turn again. */
export function orphanRow(input: ViewInput, task: Task): WaitingRow {
  const why = 'the lane that ran it is gone; starting the lane gives it its turn again';
  return { ...rowBase(input, task), reason: 'other', why, dueAt: null };
}

function whyItWaits({ queue, now }: ViewInput, task: Task, reason: ViewReason): string {
  switch (reason.type) {
    case 'dependencies':
      return `after ${taskNames(queue, reason.open)}`;
    case 'dependency-failed':
      return `blocked: ${taskNames(queue, reason.failed)} did not complete`;
    case 'not-before':
      return `not before ${clockTime(reason.at, now)}`;
    case 'retry': {
      const after = reason.failure === null ? '' : `, after ${reason.failure.errorClass}`;
      return `${tryWords(task.failures + 1)} at ${clockTime(reason.at, now)}${after}`;
    }
    case 'set-aside':
      return `set aside for ${reason.agent} until ${clockTime(reason.until, now)}`;
    case 'locked':
      return `locked by ${reason.owner}`;
    case 'paths':
      return `${reason.path} is in use by ${taskNames(queue, [reason.by])} (${reason.agent})`;
    case 'paused':
      return 'the queue is paused';
    case 'approval':
      return 'its program waits for your approval';
  }
}

/** The lane's program, and every outside agent that holds a task, the longest at it first. */
export function workloadRows(input: ViewInput): readonly WorkloadRow[] {
  const { queue } = input;
  const held = new Map<string, { readonly task: Task; readonly claim: Claim }[]>();
  const rows: WorkloadRow[] = [];
  for (const task of tasksOf(queue, queue.held)) {
    const claim = claimOf(task);
    if (claim === null) continue;
    if (claim.lane) {
      if (isLaneOwned(input)) rows.unshift(laneRow(input, task, claim));
      continue;
    }
    const before = held.get(claim.agent);
    if (before === undefined) held.set(claim.agent, [{ task, claim }]);
    else before.push({ task, claim });
  }
  for (const [agent, holds] of held) rows.push(agentRow(input, agent, holds));
  return rows;
}

function laneRow({ queue, questions }: ViewInput, task: Task, claim: Claim): WorkloadRow {
  const asks = questions.length > 0;
  const name = taskName(queue, task.id);
  return {
    agent: short(workerName(task, claim.agent)),
    lane: true,
    state: asks ? 'asks' : 'working',
    running: asks ? 0 : 1,
    held: asks ? 1 : 0,
    capacity: 1,
    detail: long(asks ? `waits for an answer on ${name}` : `runs ${name}`),
  };
}

function agentRow(
  { queue, context, self, now, isGone }: ViewInput,
  agent: string,
  holds: readonly { readonly task: Task; readonly claim: Claim }[],
): WorkloadRow {
  const gone = holds.every(({ claim }) => claim.holder !== null && isGone(claim.holder));
  const lines = holds.map(
    ({ task, claim }) =>
      `holds ${taskName(queue, task.id)} since ${clockTime(claim.claimedAt, now)}`,
  );
  return {
    agent: short(actorName(agent, self)),
    lane: false,
    state: gone ? 'gone' : 'working',
    running: gone ? 0 : holds.length,
    held: gone ? holds.length : 0,
    capacity: capacityOf(context.rules, agent),
    detail: long(lines.join('\n')),
  };
}

export function doneRow(input: ViewInput, { task, status, at, agent, tookMs }: EndedItem): DoneRow {
  return {
    id: task.id,
    title: long(task.content.title),
    kindLabel: kindLabel(input.kinds, task.content.kind),
    status,
    agent:
      agent === null
        ? null
        : short(isLaneTask(task) ? workerName(task, agent) : actorName(agent, input.self)),
    endedAt: at,
    tookMs,
    result: resultOf(task),
  };
}

function resultOf({ state }: Task): string | null {
  if (state.status === 'completed') {
    // A text beside the log is longer than anyone reads in a row.
    return typeof state.result === 'string' ? long(state.result) : null;
  }
  if (state.status !== 'cancelled' && state.status !== 'skipped') return null;
  return state.reason === '' ? null : long(state.reason);
}
