/**
 * Which file the newest snapshot's text was in when its digest was last seen to be right, so that not
 * every command hashes all of it again.
 *
 * A hint and no truth: whatever is written to a file, or put in its place, changes its inode or the
 * time of its last change, which no program can set. What rots on the disk does not; `health`
 * hashes everything for that.
 */
import { closeSync, fstatSync } from 'node:fs';
import { join } from 'node:path';
import { openFile, readAt, readOnly, readSmallFile, replaceFile, storeError } from './paths.ts';

/** A time that the system gave may be given to a second write of the same tick. */
const settledMs = 1_000n;
const maxNoteBytes = 1_024;

/** A file's bytes, and which file they were read from. */
export interface StampedBytes {
  readonly bytes: Buffer;
  readonly stamp: string;
  /** Whether a later write would show in the stamp. */
  readonly isSettled: boolean;
}

/**
 * The bytes of the file at `path`; null where there is none or it is over the limit.
 *
 * @throws {StoreError} as `openFile`
 */
export function readStamped(path: string, maxBytes: number): StampedBytes | null {
  const file = openFile(path, readOnly);
  if (file === null) return null;
  try {
    if (file.sizeBytes > maxBytes) return null;
    const before = stampOf(file.fd);
    const bytes = readAt(file.fd, 0, file.sizeBytes);
    const { stamp, changedAtMs } = stampOf(file.fd);
    const isSettled = stamp === before.stamp && BigInt(Date.now()) - changedAtMs > settledMs;
    return { bytes, stamp, isSettled };
  } catch (error) {
    throw storeError(error, 'read', path);
  } finally {
    closeSync(file.fd);
  }
}

function stampOf(fd: number): { readonly stamp: string; readonly changedAtMs: bigint } {
  const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = fstatSync(fd, { bigint: true });
  return { stamp: `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`, changedAtMs: ctimeMs };
}

/** Remembers the text of one digest; a newer one takes its place. */
export class CheckedBlob {
  readonly #path: string;

  constructor(logDir: string) {
    this.#path = join(logDir, 'snapshot.checked');
  }

  /** Whether the digest was seen to be that of the file with this stamp. */
  isKnown(digest: string, { stamp, isSettled }: StampedBytes): boolean {
    return isSettled && this.#read() === `${digest} ${stamp}\n`;
  }

  /** Takes in that it is. Never throws: the next one hashes again. */
  note(digest: string, { stamp, isSettled }: StampedBytes): void {
    if (!isSettled) return;
    try {
      replaceFile(this.#path, `${digest} ${stamp}\n`, { durable: false });
    } catch {
      // A directory that may only be read.
    }
  }

  #read(): string | undefined {
    try {
      return readSmallFile(this.#path, maxNoteBytes)?.toString('latin1');
    } catch {
      // A link, or nothing that may be read: nothing is known.
      return undefined;
    }
  }
}
