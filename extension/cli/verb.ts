/** What a verb of the command line is: its texts, its words, and what it does. */
import type { Answer } from './answer.ts';
import type { Invocation } from './invocation.ts';
import type { VerbWords } from './options.ts';

export interface Verb extends VerbWords {
  /** As in the table of the manual: `claim ID [AGENT] [--tries N]`. */
  readonly usage: string;
  readonly summary: string;
  /** What else a newcomer needs to know: defaults, exit codes, an example. */
  readonly details?: string;
  run(invocation: Invocation): Promise<Answer>;
}
