/** Takes a file of tasks into the queue: all of it, or nothing. */
import { readFileSync, statSync } from 'node:fs';
import { parseQueueFile } from '../protocol/queueFileInput.ts';
import type { Desk } from '../coordinator/desk.ts';
import type { Invocation } from './invocation.ts';
import type { Answer } from './answer.ts';
import { refused, UsageError } from './answer.ts';

/** Larger files are no queues. */
const maxFileBytes = 64 * 1024 * 1024;

export type Imported =
  | { readonly ok: true; readonly count: number; readonly seq: number | null }
  | { readonly ok: false; readonly answer: Answer };

export async function importFile(
  desk: Desk,
  invocation: Invocation,
  file: string,
): Promise<Imported> {
  const parsed = parseQueueFile(readText(file));
  if (!parsed.ok) {
    const problems = parsed.problems.map(({ path, message }) => `  ${path}: ${message}`);
    const message = [`${file} cannot be imported. Nothing was changed.`, ...problems].join('\n');
    return { ok: false, answer: refused('invalid-file', message) };
  }
  const tasks = await Promise.all(
    parsed.tasks.map(async (task) => ({
      ...task,
      content: await desk.withBlobs(task.content),
      result: typeof task.result === 'string' ? await desk.blobIfLong(task.result) : task.result,
    })),
  );
  const outcome = await desk.execute(invocation.command<'import'>({ type: 'import', tasks }));
  if (!outcome.ok) {
    const { reason, message } = outcome.rejection;
    return { ok: false, answer: refused(reason, `${file}: ${message}`) };
  }
  return { ok: true, count: tasks.length, seq: outcome.records.at(-1)?.seq ?? null };
}

function readText(file: string): string {
  try {
    if (statSync(file).size > maxFileBytes) {
      throw new UsageError(`${file} is larger than 64 MiB, so it is no queue file.`);
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${file} cannot be read: ${why}.`);
  }
}
