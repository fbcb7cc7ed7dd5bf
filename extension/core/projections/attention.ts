/**
 * What waits for a person as far as the log knows: tasks that gave up and tasks that were stopped.
 *
 * Questions of running programs, approvals and health are known elsewhere and added there.
 */
import type { Instant, TaskId } from '../ids.ts';
import type { Queue } from '../queue.ts';
import { tasksOf } from '../queue.ts';
import type { Task } from '../task.ts';

export type AttentionItem =
  /** Gave up; only a person clears it. */
  | {
      readonly type: 'poisoned';
      readonly task: TaskId;
      readonly title: string;
      /** Who failed last; null where no attempt did, as when a dependency failed. */
      readonly agent: string | null;
      readonly errorClass: string;
      readonly message: string;
      readonly failures: number;
      readonly at: Instant;
    }
  /** A person stopped it; it rests until retry, run now or cancel. */
  | {
      readonly type: 'interrupted';
      readonly task: TaskId;
      readonly title: string;
      readonly by: string | null;
      readonly reason: string;
      readonly at: Instant;
    };

/** All that waits for a person, the longest waiting first. */
export function attentionItems(queue: Queue): readonly AttentionItem[] {
  const items: AttentionItem[] = [];
  for (const task of tasksOf(queue, queue.open)) {
    const item = attentionItem(task);
    if (item !== null) items.push(item);
  }
  return items.sort((a, b) => a.at - b.at);
}

export function attentionCount(queue: Queue): number {
  let count = 0;
  for (const { state } of tasksOf(queue, queue.open)) {
    if (state.status === 'poisoned' || state.status === 'interrupted') count++;
  }
  return count;
}

function attentionItem({ id: task, content, state, ...rest }: Task): AttentionItem | null {
  const { title } = content;
  switch (state.status) {
    case 'poisoned': {
      const { failures, lastFailure } = rest;
      const { at, errorClass } = state;
      // Where a dependency failed, or leases were lost, the last failure is not what ended it.
      const isCause = lastFailure?.errorClass === errorClass;
      const message = isCause ? lastFailure.message : state.reason;
      const agent = isCause ? lastFailure.agent : null;
      return { type: 'poisoned', task, title, agent, errorClass, message, failures, at };
    }
    case 'interrupted': {
      const { by, reason, at } = state;
      return { type: 'interrupted', task, title, by, reason, at };
    }
    default:
      return null;
  }
}
