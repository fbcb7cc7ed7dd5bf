/**
 * Makes every failed task pending whose time has come.
 *
 * Nothing depends on it: a task that is due counts as pending anyway. It says so in the log, and
 * sets the task aside for another agent than the one that failed it, where that is wanted.
 */
import { randomUUID } from 'node:crypto';
import { chooseOther } from '../core/load.ts';
import type { TaskId } from '../core/ids.ts';
import { findTask, tasksOf } from '../core/queue.ts';
import type { Queue } from '../core/queue.ts';
import type { Rules } from '../core/rules.ts';
import type { Task } from '../core/task.ts';
import { isLaneTask } from '../core/task.ts';
import type { Desk } from './desk.ts';

export interface Retried {
  readonly task: TaskId;
  readonly setAsideFor: string | null;
}

/** Whom a retry of `task` is for: another capable agent, or null for anyone. */
export function otherAgentFor(queue: Queue, task: Task, rules: Rules): string | null {
  // The lane would wait for an agent that cannot run a program.
  if (isLaneTask(task)) return null;
  const other = chooseOther(queue, task, rules);
  return other === task.lastClaim?.agent ? null : other;
}

/** Retries all that are due, each as a command by `by`. */
export async function retryDue(desk: Desk, by: string | null): Promise<readonly Retried[]> {
  const retried: Retried[] = [];
  const now = desk.now();
  const isDue = ({ state }: Task) => state.status === 'failed' && state.notBeforeAt <= now;
  for (const { id } of [...tasksOf(desk.queue, desk.queue.open)].filter(isDue)) {
    // Looked at again: the queue has changed since.
    const task = findTask(desk.queue, id);
    if (task === undefined || !isDue(task)) continue;
    const { retry } = desk.rules;
    const setAsideFor = retry.autoReassign ? otherAgentFor(desk.queue, task, desk.rules) : null;
    const outcome = await desk.execute({
      type: 'retry',
      task: id,
      setAsideFor,
      id: randomUUID(),
      by,
    });
    if (outcome.ok && outcome.records.length > 0) retried.push({ task: id, setAsideFor });
  }
  return retried;
}
