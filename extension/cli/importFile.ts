/** Takes a file of tasks into the queue, and answers as the command line does. */
import type { QueueFileRead } from '../coordinator/importQueueFile.ts';
import { importTasks, readQueueFile } from '../coordinator/importQueueFile.ts';
import type { Desk } from '../coordinator/desk.ts';
import type { Invocation } from './invocation.ts';
import type { Answer } from './answer.ts';
import { refused, UsageError } from './answer.ts';

export type Imported =
  | {
      readonly ok: true;
      readonly count: number;
      readonly seq: number | null;
      readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly answer: Answer };

/**
 * @param read what was read of the file, where it is not a queue file
 * @throws {UsageError} where the file cannot be read
 */
export async function importFile(
  desk: Desk,
  invocation: Invocation,
  file: string,
  read: QueueFileRead = readQueueFile(file),
): Promise<Imported> {
  const command = invocation.command<'import'>({ type: 'import', tasks: [] });
  const imported = await importTasks(desk, file, read, command);
  if (imported.ok) return imported;
  const { reason, message } = imported;
  if (reason === 'unreadable') throw new UsageError(message);
  return { ok: false, answer: refused(reason, message) };
}
