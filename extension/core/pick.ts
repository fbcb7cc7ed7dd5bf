/**
 * Whose turn it is: the order of waiting tasks, what keeps one from starting, and the next for an
 * agent or for the lane.
 *
 * Stable and deterministic: it depends on the queue, the rules and `now` alone.
 */
import type { Instant, TaskId, TaskKey } from './ids.ts';
import { formatTaskId, taskKey } from './ids.ts';
import type { Queue } from './queue.ts';
import { findTask, openDependencies, tasksOf } from './queue.ts';
import type { Rules } from './rules.ts';
import { isCapable } from './rules.ts';
import type { Failure, Priority, Task } from './task.ts';
import { isLaneTask, priorities, willNotComplete } from './task.ts';

/** What keeps a waiting task from starting now. */
export type WaitReason =
  | { readonly type: 'dependencies'; readonly open: readonly TaskId[] }
  /** A dependency can never complete; the task waits for a person. */
  | { readonly type: 'dependency-failed'; readonly failed: readonly TaskId[] }
  | { readonly type: 'not-before'; readonly at: Instant }
  | { readonly type: 'retry'; readonly at: Instant; readonly failure: Failure | null }
  | { readonly type: 'set-aside'; readonly agent: string; readonly until: Instant }
  | { readonly type: 'locked'; readonly owner: string }
  | { readonly type: 'paused' };

export interface PickContext {
  readonly now: Instant;
  readonly rules: Rules;
  /** Tasks whose lock directory a plain script holds, with its owner. */
  readonly locked?: ReadonlyMap<TaskKey, string>;
}

const normalClass = priorities.indexOf('NORMAL');
const highestClass = priorities.length - 1;

/** Index into `priorities`, raised by one for each aging period waited. */
export function effectiveClass(task: Task, { now, rules }: PickContext): number {
  const own = priorities.indexOf(task.content.priority);
  const raised = own + Math.max(0, Math.floor((now - task.createdAt) / rules.agingMs));
  return Math.min(raised, task.content.background === true ? normalClass : highestClass);
}

/** Negative where `a` comes before `b`. */
export function compareTurns(a: Task, b: Task, context: PickContext): number {
  if (a.rank !== undefined || b.rank !== undefined) {
    const difference = (a.rank ?? Number.MAX_VALUE) - (b.rank ?? Number.MAX_VALUE);
    if (difference !== 0) return difference;
  }
  const byClass = effectiveClass(b, context) - effectiveClass(a, context);
  if (byClass !== 0) return byClass;
  const byBackground =
    Number(a.content.background === true) - Number(b.content.background === true);
  return byBackground !== 0 ? byBackground : a.createdSeq - b.createdSeq;
}

/** Whether a task waits for its turn: it is pending, or failed with a retry to come. */
export function isWaiting(task: Task): boolean {
  return task.state.status === 'pending' || task.state.status === 'failed';
}

/** All waiting tasks in the order of their turns, whether they can start now or not. */
export function waitingInOrder(queue: Queue, context: PickContext): readonly Task[] {
  return [...tasksOf(queue, queue.open)]
    .filter(isWaiting)
    .sort((a, b) => compareTurns(a, b, context));
}

/** What keeps a waiting task from starting for `agent` (null: for anyone), or null if nothing. */
export function waitReason(
  queue: Queue,
  task: Task,
  agent: string | null,
  context: PickContext,
): WaitReason | null {
  const { now } = context;
  if (task.state.status === 'failed' && task.state.notBeforeAt > now) {
    return { type: 'retry', at: task.state.notBeforeAt, failure: task.lastFailure };
  }
  const open = openDependencies(queue, task);
  if (open.length > 0) {
    const failed = open.filter((id) => hasFailed(queue, id));
    return failed.length > 0
      ? { type: 'dependency-failed', failed }
      : { type: 'dependencies', open };
  }
  const { notBeforeAt } = task.content;
  if (notBeforeAt !== undefined && notBeforeAt > now)
    return { type: 'not-before', at: notBeforeAt };
  const { setAside } = task;
  if (setAside !== undefined && setAside.until > now && setAside.agent !== agent) {
    return { type: 'set-aside', ...setAside };
  }
  const owner = context.locked?.get(taskKey(task.id));
  return owner === undefined ? null : { type: 'locked', owner };
}

function hasFailed(queue: Queue, id: TaskId): boolean {
  const task = findTask(queue, id);
  return task !== undefined && willNotComplete(task);
}

export interface NextFilter {
  /** Null: whatever fits anyone. */
  readonly agent: string | null;
  readonly atLeast?: Priority | undefined;
}

/** The best task that `agent` could claim now, or null. Tasks of the lane are not for agents. */
export function pickNext(queue: Queue, filter: NextFilter, context: PickContext): Task | null {
  if (queue.paused.queue) return null;
  const { agent } = filter;
  const least = filter.atLeast === undefined ? 0 : priorities.indexOf(filter.atLeast);
  return best(queue, context, (task) => {
    if (isLaneTask(task) || priorities.indexOf(task.content.priority) < least) return false;
    if (agent !== null && !isCapable(context.rules, agent, task.content.type)) return false;
    return waitReason(queue, task, agent, context) === null;
  });
}

/** The task that the lane should run next, or null. `mayRun` says which programs are approved. */
export function pickForLane(
  queue: Queue,
  mayRun: (task: Task) => boolean,
  context: PickContext,
): Task | null {
  if (queue.paused.lane || queue.paused.queue) return null;
  return best(
    queue,
    context,
    (task) => isLaneTask(task) && waitReason(queue, task, null, context) === null && mayRun(task),
  );
}

/** The first in order of those that fit, without sorting the rest. */
function best(queue: Queue, context: PickContext, fits: (task: Task) => boolean): Task | null {
  let found: Task | null = null;
  for (const task of tasksOf(queue, queue.open)) {
    if (!isWaiting(task)) continue;
    if (found !== null && compareTurns(found, task, context) <= 0) continue;
    if (fits(task)) found = task;
  }
  return found;
}

/** The earliest instant after `now` at which a waiting task may become startable by time alone. */
export function nextDueAt(queue: Queue, now: Instant): Instant | null {
  let earliest: Instant | null = null;
  for (const { state, content, setAside } of tasksOf(queue, queue.open)) {
    const times = [
      state.status === 'failed' ? state.notBeforeAt : undefined,
      content.notBeforeAt,
      setAside?.until,
    ];
    for (const at of times) {
      if (at !== undefined && at > now && (earliest === null || at < earliest)) earliest = at;
    }
  }
  return earliest;
}

/** Why a task waits, as a person would say it. `when` writes an instant for the reader's clock. */
export function explainWait(reason: WaitReason, when: (at: Instant) => string): string {
  switch (reason.type) {
    case 'dependencies':
      return `after ${reason.open.map(formatTaskId).join(', ')}`;
    case 'dependency-failed':
      return `blocked: ${reason.failed.map(formatTaskId).join(', ')} did not complete`;
    case 'not-before':
      return `not before ${when(reason.at)}`;
    case 'retry': {
      const after = reason.failure === null ? '' : `, after ${reason.failure.errorClass}`;
      return `next try at ${when(reason.at)}${after}`;
    }
    case 'set-aside':
      return `set aside for ${reason.agent} until ${when(reason.until)}`;
    case 'locked':
      return `locked by ${reason.owner}`;
    case 'paused':
      return 'the queue is paused';
  }
}

/** The least loaded configured agent that can do `task` and is not the one that failed it. */
export function chooseOther(queue: Queue, task: Task, rules: Rules): string | null {
  const load = new Map<string, number>();
  for (const { state } of tasksOf(queue, queue.held)) {
    if (state.status !== 'in_progress') continue;
    load.set(state.claim.agent, (load.get(state.claim.agent) ?? 0) + 1);
  }
  const capable = [...rules.agents.keys()].filter((agent) =>
    isCapable(rules, agent, task.content.type),
  );
  const others = capable.filter((agent) => agent !== task.lastClaim?.agent);
  const [first] = (others.length > 0 ? others : capable)
    .map((agent) => ({ agent, tasks: load.get(agent) ?? 0 }))
    .sort((a, b) => a.tasks - b.tasks);
  return first?.agent ?? null;
}
