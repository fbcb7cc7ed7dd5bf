/** Whether a task may be given these dependencies: all of them exist, and none leads back to it. */
import { refuse } from '../decision.ts';
import type { Decision } from '../decision.ts';
import { findCycle } from '../dependencies.ts';
import { formatTaskId, taskKey } from '../ids.ts';
import type { TaskId } from '../ids.ts';
import { findTask } from '../queue.ts';
import type { Queue } from '../queue.ts';

/** `what` begins the sentence: the task that would depend on them, as a person would call it. */
export function refuseMissing(
  queue: Queue,
  what: string,
  dependencies: readonly TaskId[],
): Decision | null {
  const missing = dependencies.find((id) => findTask(queue, id) === undefined);
  if (missing === undefined) return null;
  return refuse(
    'unknown-task',
    `${what} would depend on ${formatTaskId(missing)}, which does not exist. Add that task first.`,
  );
}

/** Spells out the cycle that `dependencies` would close for the task `id`, which exists. */
export function refuseCycle(
  queue: Queue,
  id: TaskId,
  dependencies: readonly TaskId[],
): Decision | null {
  const dependenciesOf = (each: TaskId) =>
    taskKey(each) === taskKey(id)
      ? dependencies
      : (findTask(queue, each)?.content.dependencies ?? []);
  const cycle = findCycle(id, dependenciesOf);
  if (cycle === null) return null;
  const spelled = cycle.map(formatTaskId).join(' -> ');
  return refuse('cycle', `These dependencies would form a cycle: ${spelled}. Nothing was changed.`);
}
