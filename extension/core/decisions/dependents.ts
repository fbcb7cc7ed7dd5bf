/** What the end of a task without completion does to the tasks that depend on it. */
import { happened } from '../decision.ts';
import type { QueueEvent } from '../event.ts';
import { taskKey } from '../ids.ts';
import type { TaskKey } from '../ids.ts';
import { isWaiting } from '../pick.ts';
import { describeTask, tasksOf } from '../queue.ts';
import type { Queue } from '../queue.ts';
import type { Task } from '../task.ts';

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
      const message = `Gave up: ${describeTask(cause)} did not complete`;
      const about = { task: task.id, agent: null, message, status: 'poisoned' as const };
      const { failures } = task;
      events.push(happened('POISON_PILL', about, { failures, errorClass: 'DEPENDENCY_FAILED' }));
    }
  }
  return events;
}
