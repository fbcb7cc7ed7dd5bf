/** Turns what the coordinator answered into what the command line answers. */
import type { Outcome } from '../coordinator/coordinator.ts';
import type { Position, TaskId } from '../core/ids.ts';
import type { Answer } from './verb.ts';
import { refused } from './verb.ts';

/** The answer of a command about one task; `seq` is the last position it added, or null. */
export function aboutTask<Given extends Answer | Promise<Answer>>(
  outcome: Outcome,
  succeed: (task: TaskId, seq: Position | null) => Given,
): Answer | Given {
  if (!outcome.ok) return refused(outcome.rejection.reason, outcome.rejection.message);
  if (outcome.task === null) throw new Error('The answer names no task');
  return succeed(outcome.task, outcome.records.at(-1)?.seq ?? null);
}

/** The answer of a command about the queue as a whole. */
export function aboutQueue(outcome: Outcome, succeed: (seq: Position | null) => Answer): Answer {
  if (!outcome.ok) return refused(outcome.rejection.reason, outcome.rejection.message);
  return succeed(outcome.records.at(-1)?.seq ?? null);
}
