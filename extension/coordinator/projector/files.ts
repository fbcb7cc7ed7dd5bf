/**
 * Small file work that every projection needs: reading without following links, replacing as a
 * whole, and keeping aside what is someone else's.
 *
 * Knows nothing of what is in the files. All of it is synchronous: a projection is a few
 * milliseconds of work, and half of one must not interleave with another of this process.
 */
import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { isAlive } from '../../platform/processIdentity.ts';
import { makeFolder } from '../prepareWorkspace.ts';
import { WorkspaceError } from '../workspace.ts';

// Windows knows neither flag; its links need a privilege to make.
const noFollow = (constants.O_NOFOLLOW as number | undefined) ?? 0;
const noWait = (constants.O_NONBLOCK as number | undefined) ?? 0;

export interface FileStamp {
  readonly ino: bigint;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
}

/**
 * Opens a plain file for reading; null where there is none.
 *
 * @throws {WorkspaceError} `unsafe-path` for a link, a folder or a pipe in its place
 */
export function openPlain(file: string, flags: number = constants.O_RDONLY): number | null {
  let fd: number;
  try {
    fd = openSync(file, flags | noFollow | noWait);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    if (hasCode(error, 'ELOOP') || hasCode(error, 'EISDIR')) throw unsafe(file, error);
    throw error;
  }
  try {
    if (!fstatSync(fd).isFile()) throw unsafe(file);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function unsafe(file: string, cause?: unknown): WorkspaceError {
  return new WorkspaceError(
    'unsafe-path',
    file,
    `${file} is no plain file, and nothing is read or written through it. Move it away; it is made anew.`,
    { cause },
  );
}

/** Up to `length` bytes from `start`. */
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

/** The whole file, and which one it was; null where there is none. */
export function readPlain(file: string): { bytes: Buffer; stamp: FileStamp } | null {
  const fd = openPlain(file);
  if (fd === null) return null;
  try {
    const { ino, size, mtimeNs } = fstatSync(fd, { bigint: true });
    const bytes = readAt(fd, 0, Number(size));
    return { bytes, stamp: { ino, sizeBytes: Number(size), mtimeNs } };
  } finally {
    closeSync(fd);
  }
}

/**
 * How long a projection may be away while it is replaced: microseconds, unless its writer has to wait
 * for a core in between.
 */
const awayMs = 200;
const awayPollMs = 5;

/** Whether a projection is there; waits for one that is just being replaced. */
export function isInPlace(file: string): boolean {
  for (let waitedMs = 0; ; waitedMs += awayPollMs) {
    if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) return true;
    if (waitedMs >= awayMs) return false;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, awayPollMs);
  }
}

/** Makes a file that is not there, with all of `pieces` in it. */
export function createFile(file: string, pieces: readonly Uint8Array[], mode: number): void {
  const fd = openSync(
    file,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow,
    mode,
  );
  try {
    for (const piece of pieces) writeAll(fd, piece);
  } catch (error) {
    // Half a file helps nobody, and a full disk needs the room.
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}

/** A replacement takes milliseconds, so what is older was left by a crash. */
const leftoverMs = 60_000;

let made = 0;

/** A name that nobody else uses, and that says which process made the file. */
export function temporaryName(kind: string): string {
  return `.${kind}.${process.pid}.${Date.now().toString(36)}${(made++).toString(36)}.tmp`;
}

/** A temporary file that its maker did not come to remove or to put in place. */
export interface Leftover {
  readonly file: string;
  readonly kind: string;
}

/** What processes that are gone left in `folder`. */
export function leftoversIn(folder: string): readonly Leftover[] {
  const found: Leftover[] = [];
  for (const name of readdirSync(folder)) {
    const [, kind, pid] = /^\.(.+)\.(\d+)\.[0-9a-z]+\.tmp$/.exec(name) ?? [];
    if (kind === undefined) continue;
    const file = path.join(folder, name);
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    const isOld = Date.now() - stats.ctimeMs > leftoverMs;
    if (isOld || !isAlive({ pid: Number(pid), startTime: '' })) found.push({ file, kind });
  }
  return found;
}

/** Replaces the file as a whole; readers see the old one or the new one. */
export function replacePlain(file: string, bytes: Uint8Array, mode: number): void {
  const temporary = path.join(path.dirname(file), temporaryName(path.basename(file)));
  createFile(temporary, [bytes], mode);
  try {
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * A free name below `edits` for something that is kept for its owner, made at the moment `at`.
 *
 * `take` puts it there and fails with EEXIST where the name is taken meanwhile.
 */
export function keepAside(
  edits: string,
  file: string,
  at: Date,
  take: (target: string) => void,
): string {
  makeFolder(path.dirname(edits), 0o700);
  makeFolder(edits, 0o700);
  const { name, ext } = path.parse(file);
  const time = at.toISOString().replaceAll(':', '-');
  for (let n = 0; ; n++) {
    const target = path.join(edits, `${name}.${time}${n === 0 ? '' : `-${n}`}${ext}`);
    try {
      take(target);
      return target;
    } catch (error) {
      if (!hasCode(error, 'EEXIST') || n >= 100) throw error;
    }
  }
}

const unreadMark = '.unread';

/** The name under which a file is kept whose content was not looked at yet. */
export function unread(file: string): string {
  const { dir, name, ext } = path.parse(file);
  return path.join(dir, `${name}${unreadMark}${ext}`);
}

/** The files in `edits` that were kept as `unread`, oldest first. */
export function unreadIn(edits: string): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(edits);
  } catch {
    // Nothing was kept yet, or it cannot be reached now: it stays where it is.
    return [];
  }
  return names
    .filter((name) => name.includes(`${unreadMark}.`))
    .sort()
    .map((name) => path.join(edits, name));
}

/** Gives a file a second name; a copy where the file system knows no links. */
export function linkOrCopy(file: string, target: string): void {
  try {
    linkSync(file, target);
  } catch (error) {
    if (hasCode(error, 'EEXIST') || hasCode(error, 'ENOENT')) throw error;
    copyFileSync(file, target, constants.COPYFILE_EXCL);
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
