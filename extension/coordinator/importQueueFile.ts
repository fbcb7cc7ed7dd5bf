/**
 * Takes a file of tasks into the queue: all of it, or nothing.
 *
 * What such a file may say is `protocol/queueFileInput`'s business.
 */
import { readFileSync, statSync } from 'node:fs';
import type { Command, ImportedTask } from '../core/command.ts';
import { parseQueueFile } from '../protocol/queueFileInput.ts';
import type { Desk } from './desk.ts';

/** Larger files are no queues. */
const maxFileBytes = 64 * 1024 * 1024;

export type QueueFileRead =
  | { readonly ok: true; readonly tasks: readonly ImportedTask[]; readonly text: string }
  /** `unreadable` or `invalid-file`; `message` names the file and all that is wrong with it. */
  | { readonly ok: false; readonly reason: string; readonly message: string };

export type ImportedFile =
  | { readonly ok: true; readonly count: number; readonly seq: number | null }
  | { readonly ok: false; readonly reason: string; readonly message: string };

/** The tasks of `file`, or why none of them may be taken. Changes nothing. */
export function readQueueFile(file: string): QueueFileRead {
  const read = readText(file);
  if (!read.ok) return { ok: false, reason: 'unreadable', message: read.message };
  const parsed = parseQueueFile(read.text);
  if (parsed.ok) return { ...parsed, text: read.text };
  const problems = parsed.problems.map(({ path, message }) => `  ${path}: ${message}`);
  const message = [`${file} cannot be imported. Nothing was changed.`, ...problems].join('\n');
  return { ok: false, reason: 'invalid-file', message };
}

/** Imports `file` as the command with that id, by whoever asks. */
export async function importQueueFile(
  desk: Desk,
  file: string,
  command: Pick<Command, 'id' | 'by'>,
): Promise<ImportedFile> {
  const read = readQueueFile(file);
  if (!read.ok) return read;
  const { tasks } = read;
  const outcome = await desk.execute({ ...command, type: 'import', tasks });
  if (!outcome.ok) {
    const { reason, message } = outcome.rejection;
    return { ok: false, reason, message: `${file}: ${message}` };
  }
  // The queue's own file need not be kept for its owner when the projection takes its place.
  if (file === desk.paths.queueFile) desk.noteTakenIn(Buffer.from(read.text));
  return { ok: true, count: tasks.length, seq: outcome.records.at(-1)?.seq ?? null };
}

type Read =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

function readText(file: string): Read {
  try {
    if (statSync(file).size > maxFileBytes) {
      return { ok: false, message: `${file} is larger than 64 MiB, so it is no queue file.` };
    }
    return { ok: true, text: readFileSync(file, 'utf8') };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, message: `${file} cannot be read: ${why}.` };
  }
}
