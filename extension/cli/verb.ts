/** What a verb of the command line is: its texts, its options, and what it answers. */
import type { Reason } from '../core/rejection.ts';
import type { Invocation } from './invocation.ts';

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

export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  /** Stands for the value in help, such as `TS`; absent for a switch. */
  readonly value?: string;
  readonly help: string;
}

/** What a verb answers, in both of its shapes. */
export interface Answer {
  readonly exit: ExitCode;
  /** With `--json`: one value, and nothing else on standard output. Undefined prints nothing. */
  readonly json?: unknown;
  /** Without `--json`: for standard output. */
  readonly text?: string;
  /** For standard error, in both shapes. */
  readonly note?: string;
}

export interface Verb {
  /** As in the table of the manual: `claim ID [AGENT] [--tries N]`. */
  readonly usage: string;
  readonly summary: string;
  /** What else a newcomer needs to know: defaults, exit codes, an example. */
  readonly details?: string;
  readonly options?: Readonly<Record<string, OptionSpec>>;
  /** Names of the positional arguments, in order; a trailing `?` marks optional ones. */
  readonly positionals?: readonly string[];
  run(invocation: Invocation): Promise<Answer>;
}

/** The person wrote the command line wrongly; exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
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

export function refused(reason: string, message: string): Answer {
  return { exit: exit.refused, json: { ok: false, reason, message }, note: message };
}

/** A list that is not of tasks. */
export function items(list: readonly unknown[], text: string): Answer {
  return { exit: exit.done, json: { ok: true, items: list }, text };
}
