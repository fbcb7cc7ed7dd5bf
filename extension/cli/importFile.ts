/** Takes a file of tasks into the queue, and answers as the command line does. */
import { importQueueFile } from '../coordinator/importQueueFile.ts';
import type { Desk } from '../coordinator/desk.ts';
import type { Invocation } from './invocation.ts';
import type { Answer } from './answer.ts';
import { refused, UsageError } from './answer.ts';

export type Imported =
  | { readonly ok: true; readonly count: number; readonly seq: number | null }
  | { readonly ok: false; readonly answer: Answer };

/** @throws {UsageError} where the file cannot be read */
export async function importFile(
  desk: Desk,
  invocation: Invocation,
  file: string,
): Promise<Imported> {
  const command = invocation.command<'import'>({ type: 'import', tasks: [] });
  const imported = await importQueueFile(desk, file, command);
  if (imported.ok) return imported;
  const { reason, message } = imported;
  if (reason === 'unreadable') throw new UsageError(message);
  return { ok: false, answer: refused(reason, message) };
}
