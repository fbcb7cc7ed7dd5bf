/**
 * One lock directory, `AI/locks/task_<id>.lock`: what its files say, and how they are written.
 *
 * Judges nothing; who may have the lock, and when one is over, is `lockDirs`' business.
 *
 * `owner`       agent's name                         `host`, `boot_id`  where the holder runs
 * `timestamp`   epoch seconds of the claim           `start_time`       the holder's, opaque
 * `pid`         the holder's; 0 where none is known   `token`            fencing token, once known
 * `heartbeat`   written by the store                 `command`          who is making the claim
 *
 * `command` or `host` tells our locks from those of plain scripts.
 */
import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import type { Instant, Position, TaskId } from '../../core/ids.ts';
import { parseAgentName, position } from '../../core/ids.ts';
import type { Holder } from '../../core/task.ts';
import { ownPlace } from '../../platform/processIdentity.ts';
import { WorkspaceError } from '../workspace.ts';

/** The command that makes a claim, and the process that runs it. */
export interface Maker extends Holder {
  readonly commandId: string;
}

export interface LockFiles {
  /** Whether this product made it. */
  readonly ours: boolean;
  /** Whether there is nothing in it, as for a moment after `mkdir`. */
  readonly isEmpty: boolean;
  /** Null where it has no owner yet, or one that is no name. */
  readonly owner: string | null;
  readonly token: Position | null;
  readonly maker: Maker | null;
  /** The recorded holder; null where there is no number, or 0. */
  readonly pid: number | null;
  /** When it was made or last changed, whichever its files or the file system say is later. */
  readonly changedAt: Instant;
}

/** Files that no plain script's reader may find longer; ours are far below. */
const maxFileBytes = 4096;

const noFollow = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW;
/** Without waiting: what stands there might be a pipe that someone put in a file's place. */
const readFlags =
  constants.O_RDONLY | noFollow | (process.platform === 'win32' ? 0 : constants.O_NONBLOCK);
const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow;

export function lockName(task: TaskId): string {
  return `task_${String(task)}.lock`;
}

/**
 * What the directory says, or null where there is none.
 *
 * @throws {WorkspaceError} `unsafe-path` where a link or a file stands in its place
 */
export function readLock(dir: string): LockFiles | null {
  const stats = lstatSync(dir, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (!stats.isDirectory()) {
    throw new WorkspaceError(
      'unsafe-path',
      dir,
      `${dir} is no directory but ${stats.isSymbolicLink() ? 'a symbolic link' : 'something else'}; a lock is never taken through it. Remove it.`,
    );
  }
  const names = namesIn(dir);
  if (names === null) return null;
  const command = readText(dir, 'command');
  const seconds = readNumber(dir, 'timestamp') ?? 0;
  const said = seconds * 1000;
  // A time to come says nothing: a clock was wrong, or someone wants the lock for ever.
  const stated = said <= Date.now() ? said : 0;
  const token = readToken(dir);
  return {
    ours: command !== null || readText(dir, 'host') !== null,
    isEmpty: names.length === 0,
    owner: parseAgentName(readText(dir, 'owner')) ?? null,
    token,
    maker: parseMaker(command),
    pid: readPid(dir),
    changedAt: Math.max(stats.mtimeMs, stated) as Instant,
  };
}

/** Null where it was removed in the meantime. */
function namesIn(dir: string): readonly string[] | null {
  try {
    return readdirSync(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
}

/** Whether this product made the directory; false where there is none that can be looked into. */
export function isOurLock(dir: string): boolean {
  try {
    return readdirSync(dir).some((name) => name === 'command' || name === 'host');
  } catch {
    // Gone, or no directory: whoever needs it learns so from `readLock`.
    return false;
  }
}

/** Whether that command made the lock: one look, for whoever made it itself a moment ago. */
export function isMadeBy(dir: string, commandId: string): boolean {
  return parseMaker(readText(dir, 'command'))?.commandId === commandId;
}

/** The token alone, for whoever only asks whether the lock is that of a known claim. */
export function readToken(dir: string): Position | null {
  const number = readNumber(dir, 'token');
  return number === null || number === 0 ? null : position(number);
}

/**
 * Everything about a claim but its token. Whose command it is comes first: killed after that, we
 * leave a lock that is known to be ours and to be nobody's.
 */
export function writeClaim(
  dir: string,
  claim: {
    readonly agent: string;
    readonly at: Instant;
    readonly holder: Holder | null;
    readonly maker: Maker | null;
  },
): void {
  const { agent, at, holder, maker } = claim;
  const { host, bootId } = holder ?? ownPlace();
  if (maker !== null) writeMaker(dir, maker);
  writeFile(dir, 'host', host);
  writeFile(dir, 'owner', agent);
  writeFile(dir, 'timestamp', String(Math.floor(at / 1000)));
  // Zero is the one number that a script's `kill -0` finds alive without naming anyone's process.
  writeFile(dir, 'pid', String(holder?.pid ?? 0));
  writeFile(dir, 'boot_id', bootId);
  writeFile(dir, 'start_time', holder?.startTime ?? '');
}

export function writeMaker(dir: string, maker: Maker): void {
  const { commandId, pid, startTime, host, bootId, pidNamespace } = maker;
  const lines = [commandId, String(pid), startTime, host, bootId, pidNamespace];
  writeFile(dir, 'command', lines.join('\n'));
}

export function writeToken(dir: string, token: Position): void {
  writeFile(dir, 'token', String(token));
}

/** Takes away what belonged to an earlier claim and would be believed of the next. */
export function clearSigns(dir: string): void {
  for (const name of ['token', 'command', 'heartbeat', 'seen']) {
    rmSync(path.join(dir, name), { force: true, recursive: true });
  }
}

/** Puts a file in place as a whole, over whatever stood there. */
function writeFile(dir: string, name: string, text: string): void {
  const file = path.join(dir, name);
  try {
    create(file, text);
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const made = path.join(dir, `.${name}.${String(process.pid)}`);
  rmSync(made, { force: true });
  create(made, text);
  try {
    renameSync(made, file);
  } catch (error) {
    unlinkSync(made);
    throw error;
  }
}

function create(file: string, text: string): void {
  const fd = openSync(file, createFlags, 0o600);
  try {
    writeSync(fd, `${text}\n`);
  } catch (error) {
    // By itself it would not say which file.
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`Could not write ${file}: ${why}. Make room for it, then try again.`, {
      cause: error,
    });
  } finally {
    closeSync(fd);
  }
}

function readPid(dir: string): number | null {
  const pid = readNumber(dir, 'pid');
  return pid === 0 ? null : pid;
}

function parseMaker(text: string | null): Maker | null {
  const [commandId = '', pid, startTime = '', host = '', bootId = '', pidNamespace = ''] =
    text?.split('\n') ?? [];
  if (commandId === '') return null;
  return { commandId, pid: Number(pid) || 0, startTime, host, bootId, pidNamespace };
}

function readNumber(dir: string, name: string): number | null {
  const text = readText(dir, name);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** The file's first bytes without the newline at their end, or null where there is no such file. */
function readText(dir: string, name: string): string | null {
  let fd: number;
  try {
    fd = openSync(path.join(dir, name), readFlags);
  } catch {
    // Absent, a link, or not ours to read: it says nothing.
    return null;
  }
  try {
    const buffer = Buffer.alloc(maxFileBytes);
    return buffer.toString('utf8', 0, readSync(fd, buffer)).trimEnd();
  } catch {
    // A directory or a pipe in the file's place says nothing either.
    return null;
  } finally {
    closeSync(fd);
  }
}
