/**
 * Finds the verb of a command line, runs it, and turns what goes wrong into an answer.
 *
 * Loads only what the verb at hand uses; help and guesses only where they are wanted.
 */
import { WorkspaceError } from '../coordinator/workspace.ts';
import { StoreError } from '../store/taskStore.ts';
import { Invocation } from './invocation.ts';
import { version } from './version.ts';
import { isGroup, loadVerb, verbName, verbs } from './verbs.ts';
import type { Answer } from './answer.ts';
import { exit, Refused, refused, UsageError } from './answer.ts';

/** What a command line answers, whatever becomes of it. Never rejects. */
export async function answerTo(argv: readonly string[]): Promise<Answer> {
  try {
    return await answerOf(argv);
  } catch (error) {
    return failure(error, argv);
  }
}

async function answerOf(argv: readonly string[]): Promise<Answer> {
  const [name = 'help', ...rest] = argv;
  if (name === 'help' || name === '--help' || name === '-h') return help(rest);
  if (name === '--version' || name === '-v') return { exit: exit.done, text: version };
  if (name === '__complete') {
    const { liveWords } = await import('./completion/liveWords.ts');
    return { exit: exit.done, data: liveWords(rest, process.cwd(), process.env) };
  }
  if (isGroup(name) && (rest[0] === '--help' || rest[0] === '-h')) return help([name]);
  const { verb, rest: words } = await loadVerb(name, rest);
  const invocation = new Invocation(verb, words, { cwd: process.cwd(), env: process.env });
  if (invocation.wantsHelp) return help(isGroup(name) ? [name, ...rest] : [name]);
  try {
    return await verb.run(invocation, { verbs, carryOut: answerTo });
  } finally {
    await invocation.close();
  }
}

async function help(words: readonly string[]): Promise<Answer> {
  const { helpFor } = await import('./help.ts');
  return { exit: exit.done, text: await helpFor(words.filter((word) => !word.startsWith('-'))) };
}

async function failure(error: unknown, argv: readonly string[]): Promise<Answer> {
  if (error instanceof UsageError) return wrongUsage(error, argv);
  if (error instanceof Refused) return refused(error.reason, error.message);
  if (error instanceof StoreError) {
    if (error.code === 'UNSUPPORTED_STORE') return wrongUsage(new UsageError(error.message), argv);
    return noStore(error.code.toLowerCase().replaceAll('_', '-'), error.message);
  }
  if (error instanceof WorkspaceError) {
    if (error.code === 'no-such-folder') return wrongUsage(new UsageError(error.message), argv);
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

async function wrongUsage(
  { message, unknown }: UsageError,
  [name = '', second = '']: readonly string[],
): Promise<Answer> {
  const { suggestion } = await import('./suggest.ts');
  const guess = unknown === null ? '' : suggestion(unknown.word, unknown.known);
  const where = verbName(name, second);
  const advice =
    where === null
      ? '`signalbox help` lists the verbs.'
      : `\`signalbox ${where} --help\` tells more.`;
  const said = `${message}${guess} ${advice}`;
  return { exit: exit.usage, json: { ok: false, reason: 'usage', message: said }, note: said };
}

function noStore(reason: string, message: string): Answer {
  return { exit: exit.store, json: { ok: false, reason, message }, note: message };
}
