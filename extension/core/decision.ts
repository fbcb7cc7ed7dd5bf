/** What `decide` answers, and the small helpers that every decision is written with. */
import type { EventData, EventName, QueueEvent } from './event.ts';
import type { Instant, TaskId, TaskKey } from './ids.ts';
import { formatTaskId } from './ids.ts';
import type { Reason, Rejection } from './rejection.ts';
import type { Rules } from './rules.ts';
import type { TaskStatus } from './task.ts';

/** What a decision may know besides the queue. Everything that varies comes in from outside. */
export interface DecideContext {
  readonly now: Instant;
  readonly rules: Rules;
  /** A number in [0, 1), for jitter. */
  readonly random: number;
  /** Tasks whose lock directory someone else holds at this moment, with its owner. */
  readonly locked?: ReadonlyMap<TaskKey, string>;
  /** Tasks whose lock directory this very command has made already. */
  readonly taken?: ReadonlyMap<TaskKey, TaskId>;
  /** How many of the best tasks to leave to others who claim at this very moment; 0 unless given. */
  readonly leave?: number;
}

export type Decision =
  | {
      readonly ok: true;
      /** Empty where what was asked for is so already. */
      readonly events: readonly QueueEvent[];
      /** The task that the answer is about. */
      readonly task: TaskId | null;
    }
  | {
      readonly ok: false;
      readonly rejection: Rejection;
      /** What the refusal itself leaves in the log. */
      readonly events: readonly QueueEvent[];
    };

export function accept(task: TaskId | null, ...events: readonly QueueEvent[]): Decision {
  return { ok: true, events, task };
}

export function refuse(reason: Reason, message: string): Decision {
  return { ok: false, rejection: { reason, message }, events: [] };
}

export function unknownTask(id: TaskId): Decision {
  return refuse(
    'unknown-task',
    `There is no task ${formatTaskId(id)}. \`signalbox list\` shows the tasks there are.`,
  );
}

/** One event; `status` is the task's status after it. */
export function happened<Name extends EventName>(
  event: Name,
  about: {
    readonly task: TaskId | null;
    readonly agent: string | null;
    readonly message: string;
    readonly status?: TaskStatus | null;
  },
  data: EventData[Name],
): QueueEvent {
  const { task, agent, message, status = null } = about;
  // The union is built name by name; the pair of name and data is checked by the signature.
  return { event, task, agent, message, status, data } as QueueEvent;
}
