/**
 * Where the log's files are, and how they are opened: never through a link, never anything but a
 * plain file, and every failure as a `StoreError` that names the path.
 *
 * Knows nothing of what is in them.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { constants as osConstants } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { StoreError } from '../taskStore.ts';

const segmentPattern = /^seg-([1-9]\d{0,8})\.jsonl$/;

const directoryMode = 0o700;
const fileMode = 0o600;

// Windows knows neither flag; its links need a privilege to make.
const noFollow = (constants.O_NOFOLLOW as number | undefined) ?? 0;
/** Opening a pipe that someone put there must fail the check below, not wait for its other end. */
const noWait = (constants.O_NONBLOCK as number | undefined) ?? 0;

export const readOnly = constants.O_RDONLY;
export const appendOnly = constants.O_RDWR | constants.O_APPEND;

export function segmentPath(logDir: string, number: number): string {
  return join(logDir, segmentName(number));
}

export function segmentName(number: number): string {
  return `seg-${number}.jsonl`;
}

/** The number of the segment with that file name, or undefined where it is none. */
export function segmentNumber(name: string): number | undefined {
  const digits = segmentPattern.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export interface OpenFile {
  readonly fd: number;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly sizeBytes: number;
}

/**
 * Opens the plain file at `path`, or answers null where there is none.
 *
 * @throws {StoreError} `UNSAFE_PATH` for a link or anything else that is no plain file;
 *   `STORE_UNAVAILABLE` where the operating system says no.
 */
export function openFile(path: string, flags: number): OpenFile | null {
  let fd: number;
  try {
    fd = openSync(path, flags | noFollow | noWait, fileMode);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw storeError(error, 'open', path);
  }
  try {
    return { fd, ...identify(fd, path) };
  } catch (error) {
    closeSync(fd);
    throw storeError(error, 'open', path);
  }
}

function identify(fd: number, path: string): Omit<OpenFile, 'fd'> {
  const stat = fstatSync(fd, { bigint: true });
  if (!stat.isFile()) throw unsafePath(path, 'it is no plain file');
  return { dev: stat.dev, ino: stat.ino, sizeBytes: Number(stat.size) };
}

/** The same open file as it is now. */
export function lookAgain(file: OpenFile, path: string): OpenFile {
  try {
    return { fd: file.fd, ...identify(file.fd, path) };
  } catch (error) {
    throw storeError(error, 'look at', path);
  }
}

/** Whether `path` still leads to `file`. */
export function isStillAt(file: OpenFile, path: string): boolean {
  try {
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stat?.dev === file.dev && stat.ino === file.ino;
  } catch (error) {
    throw storeError(error, 'look at', path);
  }
}

export function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw storeError(error, 'look at', path);
  }
}

/** Fills a buffer from `start`; shorter than `length` only where the file ends before. */
export function readAt(fd: number, start: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const read = readSync(fd, buffer, filled, length - filled, start + filled);
    if (read === 0) break;
    filled += read;
  }
  return buffer.subarray(0, filled);
}

/** The bytes of the small file at `path`, or null where there is none or it is over the limit. */
export function readSmallFile(path: string, maxBytes: number): Buffer | null {
  const file = openFile(path, readOnly);
  if (file === null) return null;
  try {
    return file.sizeBytes > maxBytes ? null : readAt(file.fd, 0, file.sizeBytes);
  } catch (error) {
    throw storeError(error, 'read', path);
  } finally {
    closeSync(file.fd);
  }
}

/**
 * Makes the directory where it is missing, with all above it up to `root`, for this person only.
 *
 * @throws {StoreError} `UNSAFE_PATH` where a step below `root` is a link or no directory.
 */
export function makeDirectory(root: string, directory: string): void {
  for (const path of stepsBelow(root, directory)) {
    try {
      makeOne(path, path === directory ? directoryMode : 0o755);
      // Also where it was there: whoever made it may have died before its name was durable.
      syncDirectory(dirname(path));
    } catch (error) {
      throw storeError(error, 'make the directory', path);
    }
  }
  checkDirectory(root, directory);
}

function makeOne(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

/**
 * Whether the directory is there.
 *
 * @throws {StoreError} `UNSAFE_PATH` where a step below `root` is a link or no directory.
 */
export function checkDirectory(root: string, directory: string): boolean {
  for (const path of stepsBelow(root, directory)) {
    let stat;
    try {
      stat = lstatSync(path, { throwIfNoEntry: false });
    } catch (error) {
      throw storeError(error, 'look at', path);
    }
    if (stat === undefined) return false;
    if (!stat.isDirectory()) throw unsafePath(path, 'it is no directory of its own');
  }
  return true;
}

function stepsBelow(root: string, directory: string): readonly string[] {
  const way = relative(root, directory);
  if (way === '') return [];
  if (way.startsWith('..')) throw unsafePath(directory, `it is not below ${root}`);
  const names = way.split(sep);
  return names.map((_name, index) => join(root, ...names.slice(0, index + 1)));
}

/** Makes the names in `directory` survive a loss of power. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return; // Directories cannot be opened there.
  const fd = openSync(directory, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Puts a whole and durable file at `path` where none is: all of it appears at once.
 *
 * @returns false where someone else put one there first, which is left as it is.
 */
export function publishFile(path: string, content: string | Uint8Array): boolean {
  const temporary = temporaryBeside(path);
  try {
    writeWhole(temporary, content, true);
    try {
      linkSync(temporary, path);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      // A file server that lost its first answer says this of the name that it made itself.
      if (lstatSync(temporary).nlink < 2) return false;
    } finally {
      unlinkSync(temporary);
      // Also where another process won: it may not have come to this line.
      syncDirectory(dirname(path));
    }
    return true;
  } catch (error) {
    removeIfThere(temporary);
    throw storeError(error, 'make', path);
  }
}

/** Replaces the file at `path`; `durable` makes the new one survive a loss of power. */
export function replaceFile(
  path: string,
  content: string | Uint8Array,
  options: { readonly durable: boolean },
): void {
  const temporary = temporaryBeside(path);
  try {
    writeWhole(temporary, content, options.durable);
    renameSync(temporary, path);
    if (options.durable) syncDirectory(dirname(path));
  } catch (error) {
    removeIfThere(temporary);
    throw storeError(error, 'write', path);
  }
}

function writeWhole(path: string, content: string | Uint8Array, durable: boolean): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, fileMode);
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
    if (durable) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Removes the file at `path`; nothing happens where there is none. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw storeError(error, 'remove', path);
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never made, or cannot be removed; the failure that led here is the one to report.
  }
}

function temporaryBeside(path: string): string {
  return `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
}

export function unsafePath(path: string, why: string): StoreError {
  return new StoreError(
    'UNSAFE_PATH',
    `Refused to use ${path}: ${why}. Remove it, or put back what Signalbox made there.`,
  );
}

/** `error` as the failure of doing something to `path`; a `StoreError` stays what it is. */
export function storeError(error: unknown, doing: string, path: string): StoreError {
  if (error instanceof StoreError) return error;
  if (hasCode(error, 'ELOOP')) return unsafePath(path, 'it is a link');
  if (hasCode(error, 'ENOTDIR')) return unsafePath(path, 'a step of it is no directory');
  const why = error instanceof Error ? error.message : String(error);
  const hint = hints[codeOf(error) ?? ''] ?? 'Try again once this is resolved.';
  return new StoreError('STORE_UNAVAILABLE', `Could not ${doing} ${path}: ${why}. ${hint}`, {
    cause: error,
  });
}

const hints: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: make room, then try again.',
  EDQUOT: 'Your disk quota is used up: make room, then try again.',
  EACCES: 'Check the permissions of the file and of the directories above it.',
  EPERM: 'Check the permissions of the file and of the directories above it.',
  EROFS: 'The file system is mounted read-only.',
};

function hasCode(error: unknown, code: string): boolean {
  return codeOf(error) === code;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) {
    return undefined;
  }
  // Node has a name for every error that is met here but this one.
  const isNamed = !/^unknown/i.test(error.code);
  if (isNamed || !('errno' in error)) return error.code;
  return error.errno === -osConstants.errno.EDQUOT ? 'EDQUOT' : error.code;
}
