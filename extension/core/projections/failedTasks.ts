/** What failed and has not ended: the retries due and the tasks that gave up. */
import type { Instant, TaskId } from '../ids.ts';
import type { Queue } from '../queue.ts';
import { tasksOf } from '../queue.ts';

export interface FailedTask {
  readonly task: TaskId;
  readonly agent: string | null;
  readonly errorClass: string;
  readonly message: string;
  readonly failures: number;
  /** When the next attempt may begin; null where none is due by itself. */
  readonly notBeforeAt: Instant | null;
  readonly poisonPill: boolean;
}

export function failedTasks(queue: Queue): readonly FailedTask[] {
  const failed: FailedTask[] = [];
  for (const { id, state, lastFailure, failures } of tasksOf(queue, queue.open)) {
    if (state.status !== 'failed' && state.status !== 'poisoned') continue;
    failed.push({
      task: id,
      agent: lastFailure?.agent ?? null,
      errorClass: state.status === 'poisoned' ? state.errorClass : (lastFailure?.errorClass ?? ''),
      message: lastFailure?.message ?? (state.status === 'poisoned' ? state.reason : ''),
      failures,
      notBeforeAt: state.status === 'failed' ? state.notBeforeAt : null,
      poisonPill: state.status === 'poisoned',
    });
  }
  return failed;
}
