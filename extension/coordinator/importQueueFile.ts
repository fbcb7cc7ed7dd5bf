/**
 * Takes a file of tasks into the queue: all of it, or nothing.
 *
 * What such a file may say is `protocol/queueFileInput`'s business; other trackers' files are read
 * by `importers/`.
 */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Command, ImportedTask } from '../core/command.ts';
import type { TaskId } from '../core/ids.ts';
import { formatTaskId, taskKey } from '../core/ids.ts';
import { findTask } from '../core/queue.ts';
import type { BlobRef } from '../core/task.ts';
import type { Problem } from '../protocol/queueFileInput.ts';
import { parseQueueFile } from '../protocol/queueFileInput.ts';
import { maxLineBytes } from '../protocol/record.ts';
import type { Desk } from './desk.ts';
import { isInPlace } from './projector/files.ts';

/** Larger files are no queues. */
const maxFileBytes = 64 * 1024 * 1024;
/** Of a task without its long texts, which go beside the log; its line needs room for the rest. */
const maxTaskBytes = maxLineBytes - 8 * 1024;

export type QueueFileRead =
  | {
      readonly ok: true;
      readonly tasks: readonly ImportedTask[];
      /** The file as it was read, where it is one. */
      readonly text?: string;
      /** What a person should know of what was left out. */
      readonly notes?: readonly string[];
      /** Whether dependencies on tasks that nobody has are left out, as their tracker does. */
      readonly dropsMissing?: boolean;
    }
  /** `unreadable` or `invalid-file`; `message` names the file and all that is wrong with it. */
  | { readonly ok: false; readonly reason: string; readonly message: string };

export type ImportedFile =
  | {
      readonly ok: true;
      readonly count: number;
      readonly seq: number | null;
      readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly reason: string; readonly message: string };

/** The tasks of `file`, or why none of them may be taken. Changes nothing. */
export function readQueueFile(file: string): QueueFileRead {
  const read = readText(file);
  if (!read.ok) return { ok: false, reason: 'unreadable', message: read.message };
  const parsed = parseQueueFile(read.text);
  return parsed.ok ? { ...parsed, text: read.text } : invalidFile(file, parsed.problems);
}

export function invalidFile(file: string, problems: readonly Problem[]): QueueFileRead {
  const lines = problems.map(
    ({ path, message }) => `  ${path === '' ? '' : `${path}: `}${message}`,
  );
  const message = [`${file} cannot be imported. Nothing was changed.`, ...lines].join('\n');
  return { ok: false, reason: 'invalid-file', message };
}

/** Imports what was read of `file`. */
export async function importTasks(
  desk: Desk,
  file: string,
  read: QueueFileRead,
  command: Pick<Command, 'id' | 'by'>,
): Promise<ImportedFile> {
  if (!read.ok) return read;
  const notes = [...(read.notes ?? [])];
  const known = read.dropsMissing === true ? withoutMissing(desk, read.tasks, notes) : read.tasks;
  const tasks = await withTexts(desk, known, notes);
  const large = tasks.find((task) => bytesOf(task) > maxTaskBytes);
  if (large !== undefined) {
    const message = `All that ${formatTaskId(large.id)} has beside its description and result is longer than a line of the log may be.`;
    const refused = invalidFile(file, [{ path: '', message }]);
    if (!refused.ok) return refused;
  }
  const outcome = await desk.execute({ ...command, type: 'import', tasks });
  if (!outcome.ok) {
    const { reason, message } = outcome.rejection;
    return { ok: false, reason, message: `${file}: ${message}` };
  }
  // The queue's own file need not be kept for its owner when the projection takes its place.
  if (file === desk.paths.queueFile && read.text !== undefined) {
    desk.noteTakenIn(Buffer.from(read.text));
  }
  return { ok: true, count: tasks.length, seq: outcome.records.at(-1)?.seq ?? null, notes };
}

/** A queue file names long texts only; one of another queue names some that are not here. */
async function withTexts(
  desk: Desk,
  tasks: readonly ImportedTask[],
  notes: string[],
): Promise<readonly ImportedTask[]> {
  let missing = 0;
  const here = async (text: string | BlobRef | null): Promise<string | BlobRef | null> => {
    if (typeof text !== 'object' || text === null || (await desk.hasText(text))) return text;
    missing++;
    return `(a text of ${text.bytes} bytes that is not in the file)`;
  };
  const whole: ImportedTask[] = [];
  for (const task of tasks) {
    const description = await here(task.content.description);
    const result = await here(task.result);
    whole.push({ ...task, content: { ...task.content, description }, result });
  }
  if (missing > 0) {
    notes.push(`${missing} long texts are not in the file: \`signalbox export\` writes them out.`);
  }
  return whole;
}

/** Whose dependencies are neither in the file nor in the queue: named in `notes` and kept apart. */
function withoutMissing(
  desk: Desk,
  tasks: readonly ImportedTask[],
  notes: string[],
): readonly ImportedTask[] {
  const known = new Set(tasks.map(({ id }) => taskKey(id)));
  return tasks.map((task) => {
    const { dependencies, extra } = task.content;
    const isMissing = (id: TaskId) =>
      !known.has(taskKey(id)) && findTask(desk.queue, id) === undefined;
    const missing = dependencies.filter(isMissing);
    if (missing.length === 0) return task;
    const names = missing.map(formatTaskId).join(', ');
    notes.push(`${formatTaskId(task.id)} depended on ${names}, which nobody has: left out.`);
    const content = {
      ...task.content,
      dependencies: dependencies.filter((id) => !isMissing(id)),
      extra: { ...extra, missing_dependencies: missing },
    };
    return { ...task, content };
  });
}

function bytesOf({ content, past, reason }: ImportedTask): number {
  return Buffer.byteLength(JSON.stringify([{ ...content, description: null }, past, reason]));
}

type Read =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

function readText(file: string): Read {
  try {
    // A queue's own file may be away at this moment; any other is there or is not.
    if (path.basename(file) === 'TASK_QUEUE.json') isInPlace(file);
    if (statSync(file).size > maxFileBytes) {
      return { ok: false, message: `${file} is larger than 64 MiB, so it is no queue file.` };
    }
    return { ok: true, text: readFileSync(file, 'utf8') };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, message: `${file} cannot be read: ${why}.` };
  }
}
