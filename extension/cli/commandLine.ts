/**
 * Runs one command line: prints its answer, ends with its code.
 *
 * Loads only what the verb at hand uses. It is started by `main`, which does nothing else.
 */
import { answerTo } from './dispatch.ts';
import { printAnswer } from './printAnswer.ts';

/** Runs one command line to its end, and sets the exit code. */
async function main(argv: readonly string[]): Promise<void> {
  // After `--` it is a word like any other.
  const end = argv.indexOf('--');
  const wantsJson = argv.slice(0, end === -1 ? undefined : end).includes('--json');
  const answer = await answerTo(argv);
  printAnswer(answer, wantsJson);
  // All is written by now. To wait for Node to take itself apart would cost a tenth of a command.
  process.exit(answer.exit);
}

void main(process.argv.slice(2));
