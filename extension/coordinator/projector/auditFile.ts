/**
 * `AI/audit/task_audit.jsonl`: the accepted lines of the log since the last rotation, byte for byte.
 *
 * Its own last line says how far it is, so nothing has to be remembered elsewhere. It never reads
 * more than its end while it fits; what does not fit is kept aside and made anew.
 */
import { closeSync, constants, existsSync, fstatSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Position } from '../../core/ids.ts';
import { position } from '../../core/ids.ts';
import { sha256 } from '../../platform/sha256.ts';
import { maxLineBytes, sealLength } from '../../protocol/record.ts';
import type { LineSource } from '../../store/taskStore.ts';
import { makeFolder } from '../prepareWorkspace.ts';
import type { WorkspacePaths } from '../workspace.ts';
import {
  hasCode,
  keepAside,
  linkOrCopy,
  openPlain,
  readAt,
  readPlain,
  replacePlain,
  unread,
  writeAll,
} from './files.ts';

const fileMode = 0o600;
/** Each round mends what the one before found; only someone who keeps writing needs more. */
const maxRounds = 5;
const appendFlags = constants.O_WRONLY | constants.O_APPEND;

export interface AuditResult {
  /** The file holds lines that the projected queue does not know yet. */
  readonly isNewer: boolean;
  /** Where a file was put that held other lines than the log's. */
  readonly kept: string | null;
}

/** How far the file is. */
type Found =
  | { readonly state: 'current' | 'newer' | 'differs' }
  | { readonly state: 'behind'; readonly after: Position };

export interface AuditTask {
  readonly paths: WorkspacePaths;
  readonly lines: LineSource;
  /** Position to bring the file to. */
  readonly end: Position;
  /** Positions after which the file began anew, ascending. */
  readonly rotations: readonly Position[];
  /** For the name of what is kept. */
  readonly at: Date;
  /** Compares every byte; else an edit that leaves size and last line alone goes unnoticed. */
  readonly thorough: boolean;
}

/**
 * Brings the file to position `end` of the log.
 *
 * @throws {WorkspaceError} `unsafe-path`; the file system's error where it cannot be written
 */
export function projectAudit(task: AuditTask): AuditResult {
  const { paths, lines, end, rotations, at, thorough } = task;
  makeFolder(paths.state, 0o755);
  makeFolder(paths.audit, 0o700);
  // Before the file begins anew: its lines are in one of both at any moment.
  archive(paths.auditArchive, lines, rotations);
  const base = position(Math.max(rotatedUpTo(paths.auditArchive), rotations.at(-1) ?? 0));
  const before = position(rotations.at(-2) ?? 0);
  const audit = new AuditFile(paths.auditFile, lines, { before, base, end });
  let kept: string | null = null;
  for (let round = 0; round < maxRounds; round++) {
    const found = audit.look();
    const isSuspect = thorough && found.state === 'current' && !audit.isExact();
    if (!isSuspect && (found.state === 'current' || found.state === 'newer')) {
      return { isNewer: found.state === 'newer', kept };
    }
    if (found.state === 'behind') audit.append(found.after);
    else kept = audit.mend(paths.edits, at) ?? kept;
    // Looked at again, by path: another process may have appended the same lines meanwhile, or put
    // a new file in place of the one that was written to.
  }
  throw new Error(`${paths.auditFile} was changed by someone else in each of ${maxRounds} tries`);
}

/** Whether the file has more in it than the log up to `end`; costs a look and no reading. */
export function holdsMore(paths: WorkspacePaths, lines: LineSource, end: Position): boolean {
  const stats = lstatSync(paths.auditFile, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) return false;
  const base = rotatedUpTo(paths.auditArchive);
  return stats.size > lines.bytesUpTo(end) - lines.bytesUpTo(base);
}

/** Makes the file of the newest rotation, whose lines are all in the log. */
function archive(folder: string, lines: LineSource, rotations: readonly Position[]): void {
  const last = rotations.at(-1);
  if (last === undefined) return;
  const before = position(rotations.at(-2) ?? 0);
  const file = path.join(folder, `task_audit.${before + 1}-${last}.jsonl`);
  if (existsSync(file)) return;
  makeFolder(folder, 0o700);
  const bytes = Buffer.concat(lines.lines(before));
  const lengthBytes = lines.bytesUpTo(last) - lines.bytesUpTo(before);
  replacePlain(file, bytes.subarray(0, lengthBytes), fileMode);
}

/** The position that archives, named `task_audit.<first>-<last>.jsonl`, reach: the file follows. */
function rotatedUpTo(archive: string): Position {
  let last = 0;
  try {
    for (const name of readdirSync(archive)) {
      const end = /^task_audit\.\d+-(\d{1,15})\.jsonl$/.exec(name)?.[1];
      if (end !== undefined) last = Math.max(last, Number(end));
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  return position(last);
}

class AuditFile {
  readonly #file: string;
  readonly #lines: LineSource;
  /** Where the file that was rotated last began. */
  readonly #before: Position;
  readonly #base: Position;
  readonly #end: Position;

  constructor(
    file: string,
    lines: LineSource,
    { before, base, end }: Readonly<Record<'before' | 'base' | 'end', Position>>,
  ) {
    this.#file = file;
    this.#lines = lines;
    this.#before = before;
    this.#base = base;
    this.#end = end;
  }

  look(): Found {
    const fd = openPlain(this.#file);
    if (fd === null) return { state: 'behind', after: this.#base };
    try {
      return this.#judge(fd, fstatSync(fd).size);
    } finally {
      closeSync(fd);
    }
  }

  /** Whether every byte is as it should be. */
  isExact(): boolean {
    return readPlain(this.#file)?.bytes.equals(this.#content(this.#base)) === true;
  }

  /** Adds what follows position `after`, at the end: lines that someone else added stay. */
  append(after: Position): void {
    const bytes = this.#content(after);
    const fd = openPlain(this.#file, appendFlags);
    if (fd === null) {
      replacePlain(this.#file, this.#content(this.#base), fileMode);
      return;
    }
    try {
      writeAll(fd, bytes);
    } finally {
      closeSync(fd);
    }
  }

  /** Puts a right file in place of one that is not; answers where the other one was kept. */
  mend(edits: string, at: Date): string | null {
    const expected = this.#content(this.#base);
    const fd = openPlain(this.#file);
    try {
      const found = fd === null ? Buffer.alloc(0) : readAt(fd, 0, fstatSync(fd).size);
      const newer = this.#newerIn(found, expected);
      // What a crash or two projections at once leave behind are pieces of the log, and no loss.
      // The same is what was rotated away meanwhile, and is in the archive.
      if (newer === null && !consistsOf(found, this.#content(this.#before))) {
        const name = unread(this.#file);
        // A second name and no copy: what a script writes at this moment is kept as well.
        const kept = keepAside(edits, name, at, (target) => linkOrCopy(this.#file, target));
        replacePlain(this.#file, expected, fileMode);
        return kept;
      }
      replacePlain(this.#file, Buffer.concat([expected, ...(newer ?? [])]), fileMode);
      if (fd !== null) this.#takeOver(fd, found);
      return null;
    } finally {
      if (fd !== null) closeSync(fd);
    }
  }

  /**
   * The lines in `found` that follow our end, where it consists of nothing but lines of the log; null
   * where it holds something else. They are another's, who projects at the same time and knows more.
   */
  #newerIn(found: Buffer, expected: Buffer): readonly Buffer[] | null {
    const known = new Set(expected.toString('latin1').split('\n'));
    const lines = found.toString('latin1').split('\n');
    const torn = lines.pop() ?? '';
    const unknown = [...new Set(lines.filter((line) => !known.has(line)))];
    const newer = unknown.map((line) => Buffer.from(`${line}\n`, 'latin1'));
    let hash = this.#lines.hashAt(this.#end);
    for (const line of newer) {
      const last = lastLine(line);
      const prev = /,"prev":"([0-9a-f]{64})","h":"[0-9a-f]{64}"\}\n$/.exec(line.toString('latin1'));
      if (last === null || !isSealed(last) || prev?.[1] !== hash) return null;
      ({ hash } = last);
    }
    return newer.length > 0 || startsOne(torn, known) ? newer : null;
  }

  /**
   * Adds what was written to the file that is not in place any more after it was `found`: whoever
   * wrote it before that looked again in vain. Whoever writes to it later looks again and sees.
   */
  #takeOver(old: number, found: Buffer): void {
    const { size } = fstatSync(old);
    if (size <= found.length) return;
    // From the beginning of the line that was being written.
    const after = found.lastIndexOf('\n') + 1;
    const late = readAt(old, after, size - after);
    const fd = openPlain(this.#file, appendFlags);
    if (fd === null) return;
    try {
      writeAll(fd, late);
    } finally {
      closeSync(fd);
    }
  }

  #judge(fd: number, sizeBytes: number): Found {
    if (sizeBytes === 0) return this.#isEmpty();
    const tail = readAt(fd, Math.max(0, sizeBytes - maxLineBytes - 1), maxLineBytes + 1);
    const last = lastLine(tail);
    if (last === null) return { state: 'differs' };
    const { seq, hash } = last;
    if (this.#lines.hashAt(seq) !== undefined) {
      const fits = this.#lines.hashAt(seq) === hash && sizeBytes === this.#bytesUpTo(seq);
      if (!fits) return { state: 'differs' };
      return seq < this.#end ? { state: 'behind', after: seq } : { state: 'current' };
    }
    // Beyond all we know: newer, if it goes on where our own log ends.
    const isNewer = seq > this.#end && isSealed(last) && this.#goesOnAfterEnd(fd);
    return { state: isNewer ? 'newer' : 'differs' };
  }

  #isEmpty(): Found {
    return this.#end <= this.#base ? { state: 'current' } : { state: 'behind', after: this.#base };
  }

  /** Whether our last line stands in the file where it should. */
  #goesOnAfterEnd(fd: number): boolean {
    const hash = this.#lines.hashAt(this.#end);
    const until = this.#bytesUpTo(this.#end);
    if (hash === undefined || until <= 0) return until === 0;
    const seal = readAt(fd, Math.max(0, until - sealLength - 1), sealLength + 1).toString('latin1');
    return seal === `,"h":"${hash}"}\n`;
  }

  #bytesUpTo(seq: Position): number {
    return this.#lines.bytesUpTo(seq) - this.#lines.bytesUpTo(this.#base);
  }

  /** The file's bytes after position `after`; the source may know more than is projected here. */
  #content(after: Position): Buffer {
    const bytes = Buffer.concat(this.#lines.lines(after));
    return bytes.subarray(0, Math.max(0, this.#bytesUpTo(this.#end) - this.#bytesUpTo(after)));
  }
}

interface LastLine {
  readonly seq: Position;
  readonly hash: string;
  /** What the hash is of, as the line says. */
  readonly body: Buffer;
}

/** What the last line says of itself; null where the end of the file is no line of a log. */
function lastLine(tail: Buffer): LastLine | null {
  const start = tail.lastIndexOf('\n', -2) + 1;
  const line = tail.subarray(start);
  const text = line.toString('utf8');
  const hash = /,"h":"([0-9a-f]{64})"\}\n$/.exec(text)?.[1];
  const seq = /^\{[^{}]{0,400}?"seq":(\d{1,15}),/.exec(text)?.[1];
  if (hash === undefined || seq === undefined) return null;
  const body = line.subarray(0, line.length - sealLength - 1);
  return { seq: position(Number(seq)), hash, body };
}

function isSealed({ body, hash }: LastLine): boolean {
  return sha256(body) === hash;
}

/** Whether `found` is made of nothing but lines of `expected`, and perhaps the beginning of one. */
function consistsOf(found: Buffer, expected: Buffer): boolean {
  if (expected.subarray(0, found.length).equals(found)) return true;
  const known = new Set(expected.toString('latin1').split('\n'));
  const lines = found.toString('latin1').split('\n');
  const torn = lines.pop() ?? '';
  return lines.every((line) => known.has(line)) && startsOne(torn, known);
}

function startsOne(beginning: string, lines: ReadonlySet<string>): boolean {
  for (const line of lines) if (line.startsWith(beginning)) return true;
  return false;
}
