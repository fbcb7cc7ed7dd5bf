/**
 * Runs one command line: finds the verb, prints its answer, ends with its code.
 *
 * Loads only what the verb at hand uses. It is started by `main`, which does nothing else.
 */
import { WorkspaceError } from '../coordinator/workspace.ts';
import { StoreError } from '../store/taskStore.ts';
import { helpFor, helpForVerb } from './help.ts';
import { Invocation } from './invocation.ts';
import { printError, printOut } from './output.ts';
import { harmless } from './render/text.ts';
import { version } from './version.ts';
import { isGroup, loadVerb } from './verbs.ts';
import type { Answer } from './answer.ts';
import { exit, Refused, refused, UsageError } from './answer.ts';

/** Runs one command line to its end, and sets the exit code. */
async function main(argv: readonly string[]): Promise<void> {
  // After `--` it is a word like any other.
  const end = argv.indexOf('--');
  const wantsJson = argv.slice(0, end === -1 ? undefined : end).includes('--json');
  let answer: Answer;
  try {
    answer = await answerTo(argv);
  } catch (error) {
    answer = failure(error);
  }
  print(answer, wantsJson);
  // All is written by now. To wait for Node to take itself apart would cost a tenth of a command.
  process.exit(answer.exit);
}

async function answerTo(argv: readonly string[]): Promise<Answer> {
  const [name = 'help', ...rest] = argv;
  if (name === 'help' || name === '--help' || name === '-h') {
    return { exit: exit.done, text: await helpFor(rest.filter((word) => !word.startsWith('-'))) };
  }
  if (name === '--version' || name === '-v') return { exit: exit.done, text: version };
  if (isGroup(name) && rest[0] === '--help') {
    return { exit: exit.done, text: await helpFor([name]) };
  }
  const { verb, rest: words } = await loadVerb(name, rest);
  const invocation = new Invocation(verb, words, { cwd: process.cwd(), env: process.env });
  if (invocation.wantsHelp) return { exit: exit.done, text: helpForVerb(verb) };
  try {
    return await verb.run(invocation);
  } finally {
    await invocation.close();
  }
}

function failure(error: unknown): Answer {
  if (error instanceof UsageError) {
    const message = `${error.message} \`signalbox help\` lists the verbs.`;
    return { exit: exit.usage, json: { ok: false, reason: 'usage', message }, note: message };
  }
  if (error instanceof Refused) return refused(error.reason, error.message);
  if (error instanceof StoreError) {
    return noStore(error.code.toLowerCase().replaceAll('_', '-'), error.message);
  }
  if (error instanceof WorkspaceError) {
    if (error.code === 'no-such-folder') return failure(new UsageError(error.message));
    return noStore(error.code, error.message);
  }
  const message = error instanceof Error ? error.message : String(error);
  const trace =
    process.env['SIGNALBOX_LOG'] === 'debug' && error instanceof Error ? error.stack : '';
  return {
    exit: exit.failed,
    json: { ok: false, reason: 'failed', message },
    note: trace || `signalbox failed: ${message}`,
  };
}

function noStore(reason: string, message: string): Answer {
  return { exit: exit.store, json: { ok: false, reason, message }, note: message };
}

function print({ json, text, data, note }: Answer, wantsJson: boolean): void {
  if (wantsJson) {
    if (json !== undefined) printOut(`${JSON.stringify(json)}\n`);
    else if (text !== undefined) printOut(`${JSON.stringify({ ok: true, text })}\n`);
    return;
  }
  const shown = data ?? (text === undefined ? '' : harmless(text));
  if (shown !== '') printOut(shown.endsWith('\n') ? shown : `${shown}\n`);
  if (note !== undefined) printError(`${harmless(note)}\n`);
}

void main(process.argv.slice(2));
