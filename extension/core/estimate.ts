/**
 * What still hangs on each open task: how long the longest chain of work is that begins with it,
 * and when it has to start so that no deadline in that chain is missed.
 *
 * Knows estimates and deadlines as they were given; it guesses none and orders nothing.
 *
 * @see Graham, "Bounds on Multiprocessing Timing Anomalies", 1969 (critical-path list scheduling).
 */
import type { Instant, Millis, TaskKey } from './ids.ts';
import { instant, taskKey } from './ids.ts';
import type { Queue } from './queue.ts';
import { tasksOf } from './queue.ts';
import type { Task } from './task.ts';
import { isEnded } from './task.ts';

export interface Outlook {
  /** Its own estimate and those of the longest chain of open tasks that wait for it. */
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
      if (!found.has(key)) found.set(key, outlookOf(queue, task, found));
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

function outlookOf(queue: Queue, task: Task, found: Outlooks): Outlook {
  const ownMs = (task.content.estimateMinutes ?? 0) * minuteMs;
  let behindMs = 0;
  let endBy = task.content.deadlineAt ?? Number.POSITIVE_INFINITY;
  for (const { id } of openDependents(queue, task)) {
    const { chainMs, startBy } = found.get(taskKey(id)) ?? silent;
    behindMs = Math.max(behindMs, chainMs);
    if (startBy !== null) endBy = Math.min(endBy, startBy);
  }
  const startBy = Number.isFinite(endBy) ? instant(endBy - ownMs) : null;
  return { chainMs: (ownMs + behindMs) as Millis, startBy };
}
