/** The task that a verb is about, or the refusal that all verbs give where there is none. */
import { formatTaskId } from '../core/ids.ts';
import type { TaskId } from '../core/ids.ts';
import { findTask } from '../core/queue.ts';
import type { Queue } from '../core/queue.ts';
import type { Task } from '../core/task.ts';
import { Refused } from './answer.ts';

/** @throws {Refused} `unknown-task` */
export function knownTask(queue: Queue, id: TaskId): Task {
  const task = findTask(queue, id);
  if (task === undefined) {
    throw new Refused(
      'unknown-task',
      `There is no task ${formatTaskId(id)}. \`signalbox list\` shows the tasks there are.`,
    );
  }
  return task;
}
