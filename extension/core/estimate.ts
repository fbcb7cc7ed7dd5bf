/**
 * What still hangs on each open task: how much work can only follow it, in a chain of dependencies
 * and one by one at the same paths, and when it has to start so that no deadline behind it is missed.
 *
 * Knows estimates and deadlines as they were given; it guesses none and orders nothing.
 *
 * @see Graham, "Bounds on Multiprocessing Timing Anomalies", 1969 (critical-path list scheduling).
 */
import type { Instant, Millis, TaskKey } from './ids.ts';
import { instant, taskKey } from './ids.ts';
import { findOverlap } from './paths.ts';
import type { Queue } from './queue.ts';
import { tasksOf } from './queue.ts';
import type { Task } from './task.ts';
import { isEnded } from './task.ts';

export interface Outlook {
  /**
   * Its own estimate, those of the waiting tasks that touch its paths, and the most of what hangs
   * on a task that depends on it. Of several tasks at one path, those with much behind go first.
   */
  readonly chainMs: Millis;
  /** The latest start that meets its own deadline and those behind it; null where there is none. */
  readonly startBy: Instant | null;
}

const minuteMs = 60_000;
const silent: Outlook = { chainMs: 0 as Millis, startBy: null };

/** The last answer for each queue, which stays true until the next event is folded. */
const computed = new WeakMap<Queue, { readonly end: number; readonly outlooks: Outlooks }>();

type Outlooks = ReadonlyMap<TaskKey, Outlook>;

/** The outlook of each open task, or null where nothing has an estimate or a deadline. */
export function outlooks(queue: Queue): ((task: Task) => Outlook) | null {
  let current = computed.get(queue);
  if (current?.end !== queue.end) {
    current = { end: queue.end, outlooks: compute(queue) };
    computed.set(queue, current);
  }
  const { outlooks } = current;
  if (outlooks.size === 0) return null;
  return (task) => outlooks.get(taskKey(task.id)) ?? silent;
}

function compute(queue: Queue): Outlooks {
  const found = new Map<TaskKey, Outlook>();
  let isSilent = true;
  for (const { content } of tasksOf(queue, queue.open)) {
    if (content.estimateMinutes === undefined && content.deadlineAt === undefined) continue;
    isSilent = false;
    break;
  }
  if (isSilent) return found;
  const besideMs = contention(queue);
  const entered = new Set<TaskKey>();
  // What waits for a task comes first; a list of its own, since chains may be thousands long.
  for (const start of tasksOf(queue, queue.open)) {
    const toDo = [start];
    for (let task = toDo.at(-1); task !== undefined; task = toDo.at(-1)) {
      const key = taskKey(task.id);
      const behind = entered.has(key) ? [] : openDependents(queue, task);
      entered.add(key);
      const missing = behind.filter(({ id }) => !entered.has(taskKey(id)));
      if (missing.length > 0) {
        toDo.push(...missing);
        continue;
      }
      if (!found.has(key)) found.set(key, outlookOf(queue, task, found, besideMs.get(key) ?? 0));
      toDo.pop();
    }
  }
  return found;
}

function openDependents(queue: Queue, { id }: Task): readonly Task[] {
  return [...tasksOf(queue, queue.dependents.get(taskKey(id)) ?? [])].filter(
    (task) => !isEnded(task),
  );
}

function outlookOf(queue: Queue, task: Task, found: Outlooks, besideMs: number): Outlook {
  const ownMs = ownEstimate(task);
  let behindMs = 0;
  let endBy = task.content.deadlineAt ?? Number.POSITIVE_INFINITY;
  for (const { id } of openDependents(queue, task)) {
    const { chainMs, startBy } = found.get(taskKey(id)) ?? silent;
    behindMs = Math.max(behindMs, chainMs);
    if (startBy !== null) endBy = Math.min(endBy, startBy);
  }
  const startBy = Number.isFinite(endBy) ? instant(endBy - ownMs) : null;
  return { chainMs: (ownMs + besideMs + behindMs) as Millis, startBy };
}

/** Comparing the paths of more tasks than this would take longer than it saves. */
const mostContested = 200;

/** For each waiting task the estimates of the others that touch its paths: none runs beside it. */
function contention(queue: Queue): ReadonlyMap<TaskKey, number> {
  const found = new Map<TaskKey, number>();
  const contested: Task[] = [];
  for (const task of tasksOf(queue, queue.open)) {
    const { status } = task.state;
    if (status !== 'pending' && status !== 'failed') continue;
    if (task.content.paths !== undefined && contested.length < mostContested) contested.push(task);
  }
  const add = (task: Task, other: Task) => {
    const key = taskKey(task.id);
    found.set(key, (found.get(key) ?? 0) + ownEstimate(other));
  };
  for (const [n, task] of contested.entries()) {
    for (const other of contested.slice(n + 1)) {
      if (findOverlap(task.content.paths, other.content.paths) === null) continue;
      add(task, other);
      add(other, task);
    }
  }
  return found;
}

function ownEstimate({ content }: Task): number {
  return (content.estimateMinutes ?? 0) * minuteMs;
}
