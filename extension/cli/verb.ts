/** What a verb of the command line is: its texts, its words, and what it does. */
import type { Answer } from './answer.ts';
import type { Invocation } from './invocation.ts';
import type { VerbWords } from './options.ts';

export type LoadVerb = () => Promise<{ readonly verb: Verb }>;

/** Verbs by their first word; one of two words stands under its first. */
export type VerbTable = Readonly<Record<string, LoadVerb | Readonly<Record<string, LoadVerb>>>>;

/** The command line that a verb is part of, for the few that are about it. */
export interface Surroundings {
  readonly verbs: VerbTable;
  /** Runs another command line in the same process; never rejects. */
  readonly carryOut: (argv: readonly string[]) => Promise<Answer>;
}

export interface Verb extends VerbWords {
  /** As in the table of the manual: `claim ID [AGENT] [--tries N]`. */
  readonly usage: string;
  readonly summary: string;
  /** What else a newcomer needs to know: defaults, exit codes, an example. */
  readonly details?: string;
  run(invocation: Invocation, surroundings: Surroundings): Promise<Answer>;
}
