/**
 * The files of a segment whose log is kept in one file for each command: `seg-1.d/12.jsonl` holds
 * the lines of the command that begins at position 12.
 *
 * A file appears whole, durable and once, so a position is taken by whoever made its file. Judges no
 * line; see `acceptance`.
 */
import { closeSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkDirectory,
  makeDirectory,
  openFile,
  publishFile,
  readAt,
  readOnly,
  storeError,
  syncDirectory,
} from './paths.ts';

export function commandPath(logDir: string, segment: number, first: number): string {
  return join(directoryOf(logDir, segment), `${first}.jsonl`);
}

/** The lines of the command that begins at `first`, or null where there is none. */
export function readCommand(logDir: string, segment: number, first: number): Buffer | null {
  if (!checkDirectory(logDir, directoryOf(logDir, segment))) return null;
  const path = commandPath(logDir, segment, first);
  const file = openFile(path, readOnly);
  if (file === null) return null;
  try {
    return readAt(file.fd, 0, file.sizeBytes);
  } catch (error) {
    throw storeError(error, 'read', path);
  } finally {
    closeSync(file.fd);
  }
}

/** Makes the command that begins at `first`; false where another process has that position. */
export function publishCommand(
  logDir: string,
  segment: number,
  first: number,
  text: string,
): boolean {
  makeDirectory(logDir, directoryOf(logDir, segment));
  return publishFile(commandPath(logDir, segment, first), text);
}

/** Makes all commands of the segment that are there survive a loss of power. */
export function syncCommands(logDir: string, segment: number): void {
  const directory = directoryOf(logDir, segment);
  if (checkDirectory(logDir, directory)) syncDirectory(directory);
}

/** The highest position that a command of the segment begins at; 0 where there is none. */
export function highestCommand(logDir: string, segment: number): number {
  const directory = directoryOf(logDir, segment);
  if (!checkDirectory(logDir, directory)) return 0;
  try {
    return readdirSync(directory).reduce((highest, name) => {
      const first = /^([1-9]\d{0,15})\.jsonl$/.exec(name)?.[1];
      return Math.max(highest, Number(first ?? 0));
    }, 0);
  } catch (error) {
    throw storeError(error, 'list', directory);
  }
}

/** Changes whenever a command is added to the segment. */
export function commandsStamp(logDir: string, segment: number): string {
  const stat = lstatSync(directoryOf(logDir, segment), { bigint: true, throwIfNoEntry: false });
  return String(stat?.mtimeNs ?? '');
}

function directoryOf(logDir: string, segment: number): string {
  return join(logDir, `seg-${segment}.d`);
}
