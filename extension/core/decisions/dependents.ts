/** What the end of a task without completion does to the tasks that depend on it. */
import { happened } from '../decision.ts';
import type { QueueEvent } from '../event.ts';
import { taskKey } from '../ids.ts';
import type { TaskKey } from '../ids.ts';
import { isWaiting } from '../pick.ts';
import { describeTask, findTask, tasksOf } from '../queue.ts';
import type { Queue } from '../queue.ts';
import type { Task, TaskContent } from '../task.ts';
import { willNotComplete } from '../task.ts';

/**
 * Poisons the waiting dependents of the `ended` tasks whose policy is `fail`, and theirs in turn. Those with
 * the policy `block` stay and show the reason; those with `ignore` are freed by it.
 */
export function failDependents(queue: Queue, ...ended: readonly Task[]): readonly QueueEvent[] {
  const events: QueueEvent[] = [];
  const seen = new Set<TaskKey>(ended.map(({ id }) => taskKey(id)));
  const causes = [...ended];
  for (let cause = causes.pop(); cause !== undefined; cause = causes.pop()) {
    for (const task of tasksOf(queue, queue.dependents.get(taskKey(cause.id)) ?? [])) {
      const policy = task.content.onDependencyFailure;
      if (policy !== 'fail' || !isWaiting(task) || seen.has(taskKey(task.id))) continue;
      seen.add(taskKey(task.id));
      causes.push(task);
      events.push(gaveUp(task, cause));
    }
  }
  return events;
}

/** The end of a task that gets the policy `fail` and a dependency that failed already, or null. */
export function failedDependency(
  queue: Queue,
  task: Pick<Task, 'id' | 'failures'>,
  { onDependencyFailure, dependencies }: TaskContent,
): QueueEvent | null {
  if (onDependencyFailure !== 'fail') return null;
  for (const id of dependencies) {
    const cause = findTask(queue, id);
    if (cause !== undefined && willNotComplete(cause)) return gaveUp(task, cause);
  }
  return null;
}

/** The end of `task` because `cause` did not complete. */
export function gaveUp(
  { id, failures }: Pick<Task, 'id' | 'failures'>,
  cause: Pick<Task, 'id' | 'content'>,
): QueueEvent {
  const message = `Gave up: ${describeTask(cause)} did not complete`;
  const about = { task: id, agent: null, message, status: 'poisoned' as const };
  return happened('POISON_PILL', about, { failures, errorClass: 'DEPENDENCY_FAILED' });
}
