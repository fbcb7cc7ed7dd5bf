/**
 * What a transcript is on disk: which files, in which order, and what a line of them says.
 *
 * An attempt has a head, `attempt_<n>.jsonl`, and, once that is full, a tail of two files that are
 * rotated: `attempt_<n>.2.jsonl` (older) and `attempt_<n>.1.jsonl` (newest). What was between head
 * and tail is gone, and a line says how much. Does not read or write any of it.
 */
import { constants } from 'node:fs';
import { join } from 'node:path';
import { parseTaskId, type TaskId } from '../core/ids.ts';
import type { ProgramEvent } from './program.ts';
import { RunnerError } from './runnerError.ts';

/** Everything that a transcript can say; the last three end it. */
export type TranscriptEvent =
  | ProgramEvent
  /** In a transcript of which a part had to be dropped: how much so far. */
  | { readonly type: 'progress'; readonly message: string; readonly droppedBytes: number }
  | { readonly type: 'complete'; readonly result: string | null }
  | { readonly type: 'error'; readonly errorClass: string; readonly message: string }
  | { readonly type: 'interrupted'; readonly message?: string };

/** One line of a transcript. */
export interface TranscriptRecord {
  /** From 1, without gaps except where something was dropped. */
  readonly seq: number;
  /** ISO 8601 UTC with milliseconds. */
  readonly at: string;
  readonly task: TaskId;
  readonly attempt: number;
  readonly session: string | null;
  readonly event: TranscriptEvent;
}

/** Which attempt's transcript; `outputDir` is the absolute path of `AI/output`. */
export interface TranscriptPlace {
  readonly outputDir: string;
  readonly task: TaskId;
  readonly attempt: number;
}

/** Never through a symbolic link, and never waiting for the other end of a planted pipe. */
export const safely = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * @throws {RunnerError} `INVALID_TASK_ID` when a name that would become a path is none.
 */
export function transcriptFiles({ outputDir, task, attempt }: TranscriptPlace) {
  if (parseTaskId(task) !== task || !Number.isSafeInteger(attempt) || attempt < 1) {
    throw new RunnerError(
      'INVALID_TASK_ID',
      `No transcript can be named after attempt ${String(attempt)} of task ${JSON.stringify(task)}.`,
    );
  }
  const dir = join(outputDir, `task_${String(task)}`);
  const stem = `attempt_${String(attempt)}`;
  return {
    dir,
    head: join(dir, `${stem}.jsonl`),
    newest: join(dir, `${stem}.1.jsonl`),
    older: join(dir, `${stem}.2.jsonl`),
  };
}

/** Fields whose names in files are written as in all files of this product. */
const nameOnDisk = { toolId: 'tool_id', errorClass: 'error_class', droppedBytes: 'dropped_bytes' };
const onDisk = new Map(Object.entries(nameOnDisk));
const inMemory = new Map(Object.entries(nameOnDisk).map(([name, disk]) => [disk, name]));

/** The line without its `seq`, which is known only when it is written. */
export function bodyOf({ event, ...rest }: Omit<TranscriptRecord, 'seq'>): string {
  return JSON.stringify({ ...rest, ...rename(event, onDisk) });
}

export function lineOf(seq: number, body: string): string {
  return `{"seq":${String(seq)},${body.slice(1)}\n`;
}

/** What a line says, or undefined where it is torn or no line of a transcript. */
export function parseLine(line: string): TranscriptRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // A crash or a full disk tore it; the lines around it stand.
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { seq, at, task, attempt, session, ...event } = value as Record<string, unknown>;
  const id = parseTaskId(task);
  if (typeof seq !== 'number' || typeof at !== 'string' || typeof attempt !== 'number') {
    return undefined;
  }
  if (id === undefined || typeof event['type'] !== 'string') return undefined;
  return {
    seq,
    at,
    task: id,
    attempt,
    session: typeof session === 'string' ? session : null,
    event: rename(event, inMemory) as unknown as TranscriptEvent,
  };
}

function rename(fields: object, names: ReadonlyMap<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [names.get(name) ?? name, value as unknown]),
  );
}
