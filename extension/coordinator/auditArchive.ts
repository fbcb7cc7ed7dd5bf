/**
 * `AI/audit/archive/`: audit files that were rotated away, and those of the older system that `init`
 * took in.
 *
 * Only reads. Rotated files hold lines that the log has too; the older system's lines stand nowhere
 * else, so whoever asks for the whole trail gets them from here.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Instant, Position, TaskId } from '../core/ids.ts';
import { instant, parseTaskId, position } from '../core/ids.ts';
import { hasCode, readPlain } from './projector/files.ts';
import type { WorkspacePaths } from './workspace.ts';

/** A larger file is no audit trail that anyone can read at once. */
const maxFileBytes = 512 * 1024 * 1024;

/** A file of lines of this log, made by a rotation. */
export interface RotatedFile {
  readonly file: string;
  readonly first: Position;
  readonly last: Position;
}

/** A line of the older system, as far as it says what the queries ask for. */
export interface OlderLine {
  /** The line as it stands in its file. */
  readonly text: string;
  readonly event: string;
  readonly task: TaskId | null;
  readonly agent: string | null;
  readonly at: Instant | null;
  readonly message: string;
}

/** The rotated files, oldest first. */
export function rotatedFiles({ auditArchive }: WorkspacePaths): readonly RotatedFile[] {
  return namesIn(auditArchive)
    .flatMap((name) => {
      const [, first, last] = /^task_audit\.(\d{1,15})-(\d{1,15})\.jsonl$/.exec(name) ?? [];
      if (first === undefined || last === undefined) return [];
      const file = path.join(auditArchive, name);
      return [{ file, first: position(Number(first)), last: position(Number(last)) }];
    })
    .sort((a, b) => a.first - b.first);
}

/** All lines that the older system wrote, in the order of their files' names. */
export function olderLines({ auditArchive }: WorkspacePaths): readonly OlderLine[] {
  return namesIn(auditArchive)
    .filter((name) => name.endsWith('.jsonl') && !/^task_audit\.\d+-\d+\.jsonl$/.test(name))
    .flatMap((name) => linesOf(path.join(auditArchive, name)))
    .flatMap((text) => parseOlderLine(text) ?? []);
}

/** The lines of a file, without their newlines; empty ones are left out. */
export function linesOf(file: string): readonly string[] {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (stats.size > maxFileBytes) throw new Error(`${file} is larger than ${maxFileBytes} bytes.`);
  const text = readPlain(file)?.bytes.toString('utf8') ?? '';
  return text.split('\n').filter((line) => line.trim() !== '');
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    // Nothing was ever rotated.
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** What a line of a script says; null where it is no object at all. */
export function parseOlderLine(text: string): OlderLine | null {
  let line: Readonly<Record<string, unknown>> | null;
  try {
    line = JSON.parse(text) as typeof line;
  } catch {
    // A line that its shell script left half written says nothing.
    return null;
  }
  if (typeof line !== 'object' || line === null) return null;
  const { event = line['event_type'] ?? line['action'], message = line['details'] } = line;
  const time = line['timestamp'] ?? line['ts'] ?? line['time'];
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  const agent = line['ai'] ?? line['agent'] ?? line['ai_name'] ?? line['assigned_to'];
  return {
    text: text.trim(),
    event: typeof event === 'string' ? event : 'NOTE',
    task: parseTaskId(line['task_id'] ?? line['task'] ?? line['id']) ?? null,
    agent: typeof agent === 'string' ? agent : null,
    at: Number.isNaN(at) ? null : instant(at),
    message: typeof message === 'string' ? message : '',
  };
}
