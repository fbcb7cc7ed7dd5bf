/**
 * Whose turn it is: the order of waiting tasks, what keeps one from starting, and the next for an
 * agent or for the lane.
 *
 * Stable and deterministic: it depends on the queue, the rules and `now` alone.
 */
import type { Instant, TaskId, TaskKey } from './ids.ts';
import { formatTaskId, taskKey } from './ids.ts';
import { outlooks } from './estimate.ts';
import { hasRoomFor, loads } from './load.ts';
import type { Queue } from './queue.ts';
import { findTask, openDependencies, tasksOf } from './queue.ts';
import { reservedBy } from './reservations.ts';
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
  /** It may touch what a held task touches; `path` is its own glob. */
  | { readonly type: 'paths'; readonly path: string; readonly by: TaskId; readonly agent: string }
  | { readonly type: 'paused' };

export interface PickContext {
  readonly now: Instant;
  readonly rules: Rules;
  /** Tasks whose lock directory a plain script holds, with its owner. */
  readonly locked?: ReadonlyMap<TaskKey, string>;
  /** A held task that would make way for what is picked, so that its paths keep nothing waiting. */
  readonly leaving?: TaskId;
}

const normalClass = priorities.indexOf('NORMAL');
const highestClass = priorities.length - 1;

/** A deadline that leaves less than this until the work has to start goes before long chains. */
const pressingMs = 3_600_000;

/** How many whole aging periods a task has waited; none where aging is turned off. */
function periodsWaited({ createdAt }: Task, { now, rules: { agingMs } }: PickContext): number {
  return agingMs > 0 ? Math.max(0, Math.floor((now - createdAt) / agingMs)) : 0;
}

/** Index into `priorities`, raised by one for each aging period waited. */
export function effectiveClass(task: Task, context: PickContext): number {
  const raised = priorities.indexOf(task.content.priority) + periodsWaited(task, context);
  return Math.min(raised, task.content.background === true ? normalClass : highestClass);
}

/** What settles which of two tasks has its turn first; each only where those before it are even. */
export type TurnRule =
  /** A person gave one of them its exact place. */
  | 'moved'
  | 'priority'
  | 'background'
  /** The agent that asks failed one of them last, and others have the first word on that one. */
  | 'own-failure'
  /** One has waited whole aging periods longer, so that estimates can starve nobody. */
  | 'waited'
  /** The work behind one of them must start soon to meet a deadline. */
  | 'pressing'
  /** More estimated work has to follow one of them. */
  | 'chain'
  | 'deadline'
  | 'added';

export interface Turns {
  /** Negative where `a` comes before `b`. */
  readonly compare: (a: Task, b: Task) => number;
  /** Whether `compare` says that `task` comes first or is even; to ask of many others. */
  readonly leads: (task: Task) => (other: Task) => boolean;
  /** Which rule tells the two apart. */
  readonly rule: (a: Task, b: Task) => TurnRule;
}

/** How long a retry that is due waits for others before the agent that failed it gets it as before. */
const otherFirstMs = 600_000;

/** Whether `agent` failed the task last, and lately, and nobody chose it to try again. */
function isForOthersFirst(task: Task, agent: string, { now, rules }: PickContext): boolean {
  const { state, failures, lastFailure, setAside } = task;
  if (!rules.retry.autoReassign || failures === 0 || lastFailure?.agent !== agent) return false;
  if (setAside?.agent === agent && setAside.until > now) return false;
  const dueAt = state.status === 'failed' ? state.notBeforeAt : lastFailure.at;
  return now < dueAt + otherFirstMs;
}

/** A rule, and where it puts a task: the lower comes first. */
type Place = readonly [rule: TurnRule, of: (task: Task) => number];

/**
 * The order of turns as it is now, for `agent` (null: for anyone). Of the queue at this moment: do
 * not keep it.
 */
export function turns(queue: Queue, context: PickContext, agent: string | null = null): Turns {
  const places: readonly Place[] = [
    ['moved', ({ rank }) => rank ?? Number.MAX_VALUE],
    ['priority', (task) => -effectiveClass(task, context)],
    ['background', ({ content }) => Number(content.background === true)],
    ...(agent === null ? [] : [ownFailures(agent, context)]),
    ...urgency(queue, context),
    ['added', ({ createdSeq }) => createdSeq],
  ];
  const deciding = (a: Task, b: Task) => places.find(([, of]) => of(a) !== of(b));
  return {
    compare: (a, b) => {
      for (const [, of] of places) {
        const difference = of(a) - of(b);
        if (difference !== 0) return difference;
      }
      return 0;
    },
    leads: (task) => {
      const own = places.map(([, of]) => of(task));
      return (other) => {
        for (let n = 0; n < places.length; n++) {
          const difference = (own[n] ?? 0) - (places[n]?.[1](other) ?? 0);
          if (difference !== 0) return difference < 0;
        }
        return true;
      };
    },
    rule: (a, b) => deciding(a, b)?.[0] ?? 'added',
  };
}

function ownFailures(agent: string, context: PickContext): Place {
  return ['own-failure', (task) => Number(isForOthersFirst(task, agent, context))];
}

/** The rules for tasks of one class; none while no estimate and no deadline speaks. */
function urgency(queue: Queue, context: PickContext): readonly Place[] {
  const outlook = outlooks(queue);
  if (outlook === null) return [];
  const startBy = (task: Task) => outlook(task).startBy ?? Number.MAX_VALUE;
  const pressing = (task: Task) => {
    const at = startBy(task);
    return at - context.now < pressingMs ? at : Number.MAX_VALUE;
  };
  return [
    ['waited', (task) => -periodsWaited(task, context)],
    ['pressing', pressing],
    ['chain', (task) => 0 - outlook(task).chainMs],
    ['deadline', startBy],
  ];
}

/** Whether a task waits for its turn: it is pending, or failed with a retry to come. */
export function isWaiting(task: Task): boolean {
  return task.state.status === 'pending' || task.state.status === 'failed';
}

/**
 * All waiting tasks in the order of their turns for `agent` (null: for anyone), whether they can
 * start now or not.
 */
export function waitingInOrder(
  queue: Queue,
  context: PickContext,
  agent: string | null = null,
): readonly Task[] {
  const { compare } = turns(queue, context, agent);
  return [...tasksOf(queue, queue.open)].filter(isWaiting).sort(compare);
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
  if (owner !== undefined) return { type: 'locked', owner };
  const taken = reservedBy(queue, task, context.locked, context.leaving);
  if (taken === null) return null;
  return { type: 'paths', path: taken.path, by: taken.by.id, agent: taken.agent };
}

function hasFailed(queue: Queue, id: TaskId): boolean {
  const task = findTask(queue, id);
  return task !== undefined && willNotComplete(task);
}

export interface NextFilter {
  /** Null: whatever fits anyone. */
  readonly agent: string | null;
  readonly atLeast?: Priority | undefined;
  /** Taken before all others where it fits: what the caller has reached for already. */
  readonly preferred?: Iterable<TaskKey> | undefined;
  /** How many better ones to leave to others; where there are not so many, the last one is taken. */
  readonly leave?: number | undefined;
}

/**
 * The best task that `agent` could claim now, or null. Tasks of the lane are not for agents, and an
 * agent that holds as much as it was configured to gets no more.
 */
export function pickNext(queue: Queue, filter: NextFilter, context: PickContext): Task | null {
  if (queue.paused.queue) return null;
  const { agent } = filter;
  if (agent !== null && !hasRoomFor(context.rules, agent, loads(queue, context))) return null;
  const least = filter.atLeast === undefined ? 0 : priorities.indexOf(filter.atLeast);
  const fits = (task: Task) => {
    if (isLaneTask(task) || priorities.indexOf(task.content.priority) < least) return false;
    if (agent !== null && !isCapable(context.rules, agent, task.content.type)) return false;
    return waitReason(queue, task, agent, context) === null;
  };
  for (const task of tasksOf(queue, filter.preferred ?? [])) {
    if (isWaiting(task) && fits(task)) return task;
  }
  return best(queue, turns(queue, context, agent), fits, filter.leave);
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
    turns(queue, context),
    (task) => isLaneTask(task) && waitReason(queue, task, null, context) === null && mayRun(task),
  );
}

/** The first in order of those that fit, or the one `leave` places behind, without sorting all. */
function best(
  queue: Queue,
  { compare, leads }: Turns,
  fits: (task: Task) => boolean,
  leave = 0,
): Task | null {
  const found: Task[] = [];
  let isTooLate: ((task: Task) => boolean) | null = null;
  for (const task of tasksOf(queue, queue.open)) {
    if (!isWaiting(task) || isTooLate?.(task) === true || !fits(task)) continue;
    const place = found.findIndex((other) => compare(task, other) < 0);
    found.splice(place === -1 ? found.length : place, 0, task);
    if (found.length > leave + 1) found.pop();
    const last = found.at(-1);
    isTooLate = found.length > leave && last !== undefined ? leads(last) : null;
  }
  return found.at(-1) ?? null;
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
    case 'paths':
      return `${reason.path} is in use by ${formatTaskId(reason.by)} (${reason.agent})`;
    case 'paused':
      return 'the queue is paused';
  }
}
