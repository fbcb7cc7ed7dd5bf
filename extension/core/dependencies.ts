/** Finds the cycle that a change of dependencies would close. Knows ids only, no states. */
import type { TaskId, TaskKey } from './ids.ts';
import { taskKey } from './ids.ts';

/**
 * A way from `start` back to `start` along `dependenciesOf`, ends included, or null where there is
 * none. Iterative, since chains of thousands of tasks would overflow the stack.
 */
export function findCycle(
  start: TaskId,
  dependenciesOf: (id: TaskId) => readonly TaskId[],
): readonly TaskId[] | null {
  const goal = taskKey(start);
  const cameFrom = new Map<TaskKey, TaskId>();
  const toVisit: TaskId[] = [start];
  for (let id = toVisit.pop(); id !== undefined; id = toVisit.pop()) {
    for (const dependency of dependenciesOf(id)) {
      if (taskKey(dependency) === goal) return wayBack(start, id, cameFrom);
      if (cameFrom.has(taskKey(dependency))) continue;
      cameFrom.set(taskKey(dependency), id);
      toVisit.push(dependency);
    }
  }
  return null;
}

function wayBack(
  start: TaskId,
  last: TaskId,
  cameFrom: ReadonlyMap<TaskKey, TaskId>,
): readonly TaskId[] {
  const way: TaskId[] = [start];
  for (let at: TaskId | undefined = last; at !== undefined; at = cameFrom.get(taskKey(at))) {
    if (taskKey(at) === taskKey(start)) break;
    way.unshift(at);
  }
  return [start, ...way];
}
