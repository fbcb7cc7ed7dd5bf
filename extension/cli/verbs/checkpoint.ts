/** `signalbox checkpoint`: how far the holder got, for whoever goes on. */
import { readFileSync } from 'node:fs';
import { formatTaskId } from '../../core/ids.ts';
import { UsageError, aboutTask, done, refused } from '../answer.ts';
import type { Verb } from '../verb.ts';

/** Longer ones belong into a file of the workspace, which the checkpoint then names. */
const maxBytes = 16 * 1024;

export const verb: Verb = {
  usage: 'checkpoint ID [--data JSON|@FILE] [--token N]',
  summary: 'Saves how far a held task is; the next claim and `show` carry it as task.checkpoint.',
  positionals: ['ID'],
  options: {
    data: { type: 'string', value: 'JSON|@FILE', help: 'Anything that says where to go on.' },
    token: { type: 'string', value: 'N', help: 'Of the claim.' },
  },
  sweeps: false,
  async run(invocation) {
    const task = invocation.taskId();
    const text = textOf(invocation.option('data') ?? 'null');
    const bytes = Buffer.byteLength(text);
    if (bytes > maxBytes) {
      return refused(
        'invalid-value',
        `The checkpoint has ${bytes} bytes, ${maxBytes} at most: write it to a file and save the file's name.`,
      );
    }
    const checkpoint = parse(text);
    const desk = await invocation.desk();
    const { caller } = invocation;
    const outcome = await desk.execute(
      invocation.command<'checkpoint'>({ type: 'checkpoint', task, checkpoint, caller }),
    );
    return aboutTask(outcome, (id, seq) =>
      done({ id, seq }, `Saved a checkpoint of ${formatTaskId(id)}`),
    );
  },
};

function textOf(given: string): string {
  if (!given.startsWith('@')) return given;
  try {
    return readFileSync(given.slice(1), 'utf8');
  } catch (error) {
    throw new UsageError(`--data cannot be read: ${messageOf(error)}.`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--data takes JSON, or @FILE with JSON in it: ${messageOf(error)}.`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
