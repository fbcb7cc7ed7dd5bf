/** What the command line answers: exit codes, both shapes of an answer, and the two ways of no. */
import type { Outcome } from '../coordinator/coordinator.ts';
import type { Position, TaskId } from '../core/ids.ts';
import type { Reason } from '../core/rejection.ts';

/** Stable exit codes; CONTRACT of every script that calls us. */
export const exit = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  nothing: 4,
  store: 5,
} as const;
export type ExitCode = (typeof exit)[keyof typeof exit];

/** What a verb answers, in both of its shapes. */
export interface Answer {
  readonly exit: ExitCode;
  /** With `--json`: one value, and nothing else on standard output. Undefined prints nothing. */
  readonly json?: unknown;
  /** Without `--json`: for standard output, where it is made harmless for a terminal. */
  readonly text?: string;
  /** In place of `text`: for standard output byte for byte, as programs read it. */
  readonly data?: string;
  /** For standard error, in both shapes. */
  readonly note?: string;
}

/** The person wrote the command line wrongly; exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** A word that is not known, and those that are, for whoever wants to guess. */
  readonly unknown: { readonly word: string; readonly known: readonly string[] } | null;

  constructor(message: string, unknown: UsageError['unknown'] = null) {
    super(message);
    this.unknown = unknown;
  }
}

/** A rule says no; exit 3. Thrown where an answer is not at hand, deep inside a verb. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly reason: Reason;

  constructor(reason: Reason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A change that was recorded or was so already. `fields` follow `ok` in the JSON. */
export function done(fields: Readonly<Record<string, unknown>>, text: string): Answer {
  return { exit: exit.done, json: { ok: true, ...fields }, text };
}

/** The answer with what the caller should know all the same: `warnings` in the JSON, else a note. */
export function warned(answer: Answer, warnings: readonly string[]): Answer {
  if (warnings.length === 0) return answer;
  const note = [...(answer.note === undefined ? [] : [answer.note]), ...warnings].join('\n');
  return { ...answer, json: { ...(answer.json as object), warnings }, note };
}

export function refused(reason: string, message: string): Answer {
  return { exit: exit.refused, json: { ok: false, reason, message }, note: message };
}

/** A list that is not of tasks. */
export function items(list: readonly unknown[], text: string): Answer {
  return { exit: exit.done, json: { ok: true, items: list }, text };
}

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
