/**
 * `TASK_QUEUE.json` on disk: replaced so that nobody's save is lost, and no newer one by an older.
 *
 * The current file is renamed aside, then the new one is linked into place: a link fails where
 * someone saved in between, while a rename over it would have lost that save. Between the two there
 * is no file for some microseconds; readers try once more. What is not ours is kept in `edits`,
 * marked as unread, unless it was taken into the log already; to do that is `queueFileSync`'s.
 *
 * What a crash left of this is settled by the next projection.
 */
import { createHash } from 'node:crypto';
import { linkSync, lstatSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Position } from '../../core/ids.ts';
import type { QueueFileHead } from '../../protocol/queueFile.ts';
import { decodeQueueHead } from '../../protocol/queueFile.ts';
import { makeFolder } from '../prepareWorkspace.ts';
import type { WorkspacePaths } from '../workspace.ts';
import type { FileStamp } from './files.ts';
import {
  createFile,
  hasCode,
  keepAside,
  leftoversIn,
  readPlain,
  temporaryName,
  unread,
} from './files.ts';
import { hasOwnTime, markOwn, notedOf, noteWritten, writtenAs } from './queueFileStamp.ts';
import type { Shown } from './queueFileStamp.ts';

const fileMode = 0o644;
/** The head stands in the first of these, whatever the file's size. */
const headBytes = 1_024;
/** Each round lost means a save at the very moment; a person does not save that often. */
const maxRounds = 8;

const newKind = 'queue-new';
const asideKind = 'queue-aside';

/** What a head claims, held against the log. */
export type Standing = 'older' | 'same' | 'newer' | 'foreign';

export interface OlderFile {
  readonly head: QueueFileHead;
  readonly bytes: Buffer;
  /** What it shows: the line that its head names, or a later one that changed nothing in it. */
  readonly shownSeq: Position;
}

export interface QueueFileTask {
  readonly paths: WorkspacePaths;
  /**
   * The new file, in pieces. `older` is what stands there, where that is an older projection; null where that
   * shows what the new one would.
   */
  readonly text: (older: OlderFile | null) => readonly Buffer[] | null;
  readonly standing: (head: QueueFileHead) => Standing;
  /** What the new file shows. */
  readonly shown: Shown;
  /** Whether a file of others holds nothing that is not in the log. */
  readonly isTakenIn: (bytes: Buffer) => boolean;
  /** For the names of what is kept. */
  readonly at: Date;
  /** Reads the file even where it is known by its stamp. */
  readonly thorough: boolean;
}

export interface QueueFileResult {
  readonly isNewer: boolean;
  /** Where files were put that someone else had written. */
  readonly kept: readonly string[];
}

/**
 * Puts the projection in place, unless a newer one stands there.
 *
 * @throws the file system's error where it cannot be written
 */
export function replaceQueueFile(task: QueueFileTask): QueueFileResult {
  return new Replacement(task).run();
}

class Replacement {
  readonly #task: QueueFileTask;
  readonly #file: string;
  readonly #folder: string;
  readonly #kept: string[] = [];
  #made: { readonly file: string; readonly stamp: FileStamp } | null = null;

  constructor(task: QueueFileTask) {
    this.#task = task;
    this.#file = task.paths.queueFile;
    this.#folder = workFolder(task.paths);
  }

  run(): QueueFileResult {
    try {
      this.#sweep();
      for (let round = 0; round < maxRounds; round++) {
        const done = this.#round();
        if (done !== null) return { isNewer: done === 'newer', kept: this.#kept };
      }
    } finally {
      this.#dropMade();
    }
    throw new Error(`${this.#file} was saved by someone else in each of ${maxRounds} tries`);
  }

  /** Null where someone else's save came in between, and the next round must look again. */
  #round(): 'written' | 'same' | 'newer' | null {
    const { paths, shown, thorough } = this.#task;
    const known = thorough ? null : writtenAs(paths);
    const { seq, hash, form } = shown;
    if (known?.seq === seq && known.hash === hash && known.form === form) return 'same';
    const found = look(this.#file);
    const standing = this.#judge(found);
    if (standing === 'same' && found.kind === 'file') noteWritten(paths, found.stamp, shown);
    if (standing === 'same' || standing === 'newer') return standing;
    this.#made ??= this.#make(standing === 'older' && found.kind === 'file' ? found : null);
    if (this.#made === null) return found.kind === 'file' ? this.#keep(found.stamp) : null;
    const aside = found.kind === 'none' ? null : this.#moveAside();
    if (aside !== null && found.kind === 'file' && !this.#isAsJudged(aside, found)) {
      // Not what was judged: a newer projection goes back, and a save is kept.
      this.#putAway(aside);
      this.#dropMade();
      return null;
    }
    const { stamp } = this.#made;
    const isInPlace = this.#linkInto(this.#made.file);
    if (isInPlace) noteWritten(paths, stamp, shown);
    // Looked at once more: whoever had the file open may have written to it until now.
    if (aside !== null) this.#putAway(aside, { found, standing });
    return isInPlace ? 'written' : null;
  }

  /** Leaves a tracked file that shows the newest as it is, and notes that it does. */
  #keep(stamp: FileStamp): 'same' | null {
    const { paths, shown } = this.#task;
    noteWritten(paths, stamp, shown);
    // Whoever is about to put an older one there reads the note after moving the file: either they
    // see it, or their move is seen here.
    return isUnchanged(this.#file, stamp) ? 'same' : null;
  }

  #isAsJudged(aside: string, { bytes, stamp }: FoundFile): boolean {
    if (!isUnchanged(aside, stamp)) return false;
    const head = headOf(bytes);
    return head?.form !== 'tracked' || this.#standing(head, stamp) !== 'newer';
  }

  /** Null where `older` shows what would be written. */
  #make(older: FoundFile | null): { readonly file: string; readonly stamp: FileStamp } | null {
    const text = this.#task.text(older === null ? null : this.#olderFile(older));
    if (text === null) return null;
    const file = path.join(this.#folder, temporaryName(newKind));
    createFile(file, text, fileMode);
    return { file, stamp: markOwn(file) };
  }

  /** What was made of a file that has changed since may hold some of that change. */
  #dropMade(): void {
    if (this.#made !== null) rmSync(this.#made.file, { force: true });
    this.#made = null;
  }

  #olderFile({ bytes, stamp }: FoundFile): OlderFile | null {
    const head = headOf(bytes);
    if (head === null) return null;
    const noted = this.#noted(head, stamp);
    return { head, bytes, shownSeq: noted?.seq ?? head.seq };
  }

  /** Null where it has gone since. */
  #moveAside(): string | null {
    const aside = path.join(this.#folder, temporaryName(asideKind));
    try {
      renameSync(this.#file, aside);
      return aside;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return null;
      throw error;
    }
  }

  /** False where a file stands there. */
  #linkInto(file: string): boolean {
    try {
      linkSync(file, this.#file);
      return true;
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return false;
      if (hasCode(error, 'ENOENT')) {
        // Swept by a process that took us for dead: made anew in the next round.
        this.#made = null;
        return false;
      }
      if (lstatSync(this.#file, { throwIfNoEntry: false }) !== undefined) return false;
      // A file system without links, such as FAT: a save within these microseconds would be lost.
      renameSync(file, this.#file);
      this.#made = null;
      return true;
    }
  }

  /** Settles a file that stood in the way: removed, kept for its owner, or put back. */
  #putAway(aside: string, judged?: { readonly found: Found; readonly standing: Standing }): void {
    if (judged?.standing === 'older' && isUntouched(aside, judged.found)) {
      rmSync(aside, { force: true });
      return;
    }
    const found = look(aside);
    if (found.kind === 'none') return;
    const isKnown = judged !== undefined && isSame(found, judged.found);
    const standing = isKnown ? judged.standing : this.#judge(found);
    if (standing === 'foreign' && !(found.kind === 'file' && this.#task.isTakenIn(found.bytes))) {
      const { paths, at } = this.#task;
      const name = unread(this.#file);
      // Moved and not copied: an editor that still writes to it writes to what is kept.
      this.#kept.push(keepAside(paths.edits, name, at, (target) => moveTo(aside, target)));
      return;
    }
    if (standing === 'newer') {
      // Two projections at once: the newer one's file came between the look and the move.
      try {
        linkSync(aside, this.#file);
      } catch {
        // Something stands there again, or links are not to be had: the next projection mends it.
      }
    }
    rmSync(aside, { force: true });
  }

  #judge(found: Found): Standing {
    if (found.kind !== 'file') return 'foreign';
    const { bytes, stamp } = found;
    // Whatever its head claims: it was looked at, and the log has what it says.
    if (this.#task.isTakenIn(bytes)) return 'foreign';
    const head = headOf(bytes);
    if (head === null) return 'foreign';
    if (!this.#isAsNoted(stamp) && head.docHash !== docHash(bytes)) return 'foreign';
    return this.#standing(head, stamp);
  }

  /** Whether that very file was written or checked before, so that its hash is known to be right. */
  #isAsNoted(stamp: FileStamp): boolean {
    return !this.#task.thorough && notedOf(this.#task.paths, stamp) !== null;
  }

  #standing(head: QueueFileHead, stamp: FileStamp): Standing {
    const noted = this.#noted(head, stamp);
    const standing = this.#task.standing(noted === null ? head : { ...head, ...noted });
    return standing === 'same' && head.form !== this.#task.shown.form ? 'older' : standing;
  }

  /** Which later line of this log a tracked file shows; null where it is the one in its head. */
  #noted(head: QueueFileHead, stamp: FileStamp): Shown | null {
    if (head.form !== 'tracked') return null;
    const noted = notedOf(this.#task.paths, stamp);
    if (noted === null || noted.seq <= head.seq) return null;
    return this.#task.standing({ ...head, ...noted }) === 'foreign' ? null : noted;
  }

  #sweep(): void {
    for (const { file, kind } of leftoversIn(this.#folder)) {
      if (kind === asideKind) this.#putAway(file);
      else if (kind === newKind) rmSync(file, { force: true });
    }
  }
}

/** What stands at a path; a link, a folder and what may not be read are not looked into. */
type Found = { readonly kind: 'none' | 'closed' } | FoundFile;

interface FoundFile {
  readonly kind: 'file';
  readonly bytes: Buffer;
  readonly stamp: FileStamp;
}

function look(file: string): Found {
  try {
    const found = readPlain(file);
    return found === null ? { kind: 'none' } : { kind: 'file', ...found };
  } catch (error) {
    const isClosed = hasCode(error, 'unsafe-path') || hasCode(error, 'EACCES');
    if (isClosed) return { kind: 'closed' };
    throw error;
  }
}

function isSame(a: Found, b: Found): boolean {
  if (a.kind !== 'file' || b.kind !== 'file') return a.kind === b.kind;
  return a.bytes.equals(b.bytes);
}

/** @throws with EEXIST where something stands at `target` */
function moveTo(file: string, target: string): void {
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) {
    throw Object.assign(new Error(`${target} is there already`), { code: 'EEXIST' });
  }
  renameSync(file, target);
}

function headOf(bytes: Buffer): QueueFileHead | null {
  return decodeQueueHead(bytes.toString('utf8', 0, headBytes));
}

/** SHA-256 over the bytes from `"queue"` to the end; '' where there are none. */
export function docHash(bytes: Buffer): string {
  const body = bodyOf(bytes);
  return body.length === 0 ? '' : hashOf([body]);
}

/** What stands after the head; nothing where that cannot be told. */
export function bodyOf(bytes: Buffer): Buffer {
  const start = bytes.indexOf('"queue"');
  return start === -1 ? bytes.subarray(0, 0) : bytes.subarray(start);
}

/** SHA-256 over all of `pieces`, in hex. */
export function hashOf(pieces: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

/** Whether nobody wrote to it since: the time that our own files carry cannot come again. */
function isUntouched(file: string, judged: Found): boolean {
  return judged.kind === 'file' && hasOwnTime(judged.stamp) && isUnchanged(file, judged.stamp);
}

function isUnchanged(file: string, stamp: FileStamp): boolean {
  const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return (
    stats?.ino === stamp.ino &&
    stats.mtimeNs === stamp.mtimeNs &&
    Number(stats.size) === stamp.sizeBytes
  );
}

/** Where files wait to be put in place: links do not reach over devices. */
function workFolder(paths: WorkspacePaths): string {
  makeFolder(paths.state, 0o755);
  makeFolder(paths.recovery, 0o700);
  return statSync(paths.recovery).dev === statSync(paths.root).dev ? paths.recovery : paths.root;
}
