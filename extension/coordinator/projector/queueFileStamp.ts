/**
 * Which file `TASK_QUEUE.json` was when it was written last, so that one look at its inode, size and
 * time tells whether anyone else wrote to it: no command reads a large file only to find that out.
 *
 * A hint and no truth: what is missing, torn or of another file means that the file is read.
 */
import { lstatSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Position } from '../../core/ids.ts';
import { position } from '../../core/ids.ts';
import type { QueueFileForm } from '../../protocol/queueFile.ts';
import type { WorkspacePaths } from '../workspace.ts';
import type { FileStamp } from './files.ts';
import { readPlain, unreadIn } from './files.ts';

/** What the file shows. */
export interface Shown {
  /** The line of the log; a tracked file may name an earlier one that shows the same in it. */
  readonly seq: Position;
  readonly hash: string;
  readonly form: QueueFileForm;
}

/** A time that the system gave may be given to a second write of the same tick. */
const settledMs = 100n;

function stampFile({ recovery }: WorkspacePaths): string {
  return path.join(recovery, 'queue_file.stamp');
}

/** What the file shows, or null where it is not known to be as it was written. */
export function writtenAs(paths: WorkspacePaths): Shown | null {
  try {
    const stats = lstatSync(paths.queueFile, { bigint: true, throwIfNoEntry: false });
    if (stats?.isFile() !== true) return null;
    const { ino, size, mtimeNs } = stats;
    return notedOf(paths, { ino, sizeBytes: Number(size), mtimeNs });
  } catch {
    // Not to be looked at: then the file itself is read, and that says why.
    return null;
  }
}

/** What was noted of the file with that stamp, wherever it stands by now. */
export function notedOf(
  paths: WorkspacePaths,
  { ino, sizeBytes, mtimeNs }: FileStamp,
): Shown | null {
  try {
    const said = readPlain(stampFile(paths))?.bytes.toString('latin1') ?? '';
    const [inode, size, time, seq, hash, form] = said.trimEnd().split(' ');
    const isSame = inode === `${ino}` && size === `${sizeBytes}` && time === `${mtimeNs}`;
    if (!isSame || hash === undefined) return null;
    return { seq: position(Number(seq)), hash, form: form === 'tracked' ? form : 'live' };
  } catch {
    // Torn, or nothing that may be read.
    return null;
  }
}

/** How long ago, by this machine's clock, anyone noted what the file shows. */
export function notedAgeMs(paths: WorkspacePaths): number {
  const stats = lstatSync(stampFile(paths), { throwIfNoEntry: false });
  return stats === undefined ? Infinity : Date.now() - stats.mtimeMs;
}

/** Whether someone may have written what is to be taken in; false costs a look at two names. */
export function mayHoldEdits(paths: WorkspacePaths): boolean {
  const isThere = lstatSync(paths.queueFile, { throwIfNoEntry: false }) !== undefined;
  return (isThere && writtenAs(paths) === null) || unreadIn(paths.edits).length > 0;
}

/** Notes that the file with that stamp was read or written as what shows `shown`. */
export function noteWritten(
  paths: WorkspacePaths,
  stamp: FileStamp,
  { seq, hash, form }: Shown,
): void {
  const { ino, sizeBytes, mtimeNs } = stamp;
  const ageMs = BigInt(Date.now()) - mtimeNs / 1_000_000n;
  if (!hasOwnTime(stamp) && ageMs < settledMs) return;
  try {
    const line = `${ino} ${sizeBytes} ${mtimeNs} ${seq} ${hash}${form === 'tracked' ? ' tracked' : ''}\n`;
    writeFileSync(stampFile(paths), line, { mode: 0o600 });
  } catch {
    // Without it the next command reads the file, and says what keeps it from writing.
  }
}

/** Whether a file carries a time that no clock gave it: see `markOwn`. */
export function hasOwnTime({ mtimeNs }: FileStamp): boolean {
  const besideMs = mtimeNs % 1_000_000n;
  return besideMs < 2_000n || besideMs > 998_000n;
}

/**
 * Gives a file that was just made a time of whole milliseconds, which the system's clock does not
 * give: so a write of the same size within the same tick of that clock is told from it.
 */
export function markOwn(file: string): FileStamp {
  const { mtimeMs } = lstatSync(file);
  const seconds = Math.floor(mtimeMs) / 1_000;
  utimesSync(file, seconds, seconds);
  const { ino, size, mtimeNs } = lstatSync(file, { bigint: true });
  return { ino, sizeBytes: Number(size), mtimeNs };
}
