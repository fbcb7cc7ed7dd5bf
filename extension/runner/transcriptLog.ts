/**
 * The files of one transcript: appends lines, goes on to the tail when the head is full, rotates
 * the tail.
 *
 * Neither buffers nor retries: an error leaves it ready for the same line again.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename } from 'node:fs/promises';
import { lineOf, safely, transcriptFiles, type TranscriptPlace } from './transcriptFiles.ts';

interface OpenFile {
  readonly handle: FileHandle;
  bytes: number;
  /** Whether it ends within a line: a full disk or a crash tore it. */
  endsOpen: boolean;
}

export class TranscriptLog {
  readonly #files: ReturnType<typeof transcriptFiles>;
  readonly #maxBytes: number;
  #seq: number;
  #path: string | undefined;
  #file: OpenFile | undefined;
  #syncProblem: Error | undefined;

  /** `lastSeq` is the number of the last line there is, 0 for none. */
  constructor(place: TranscriptPlace, maxBytes: number, lastSeq: number) {
    this.#files = transcriptFiles(place);
    this.#maxBytes = maxBytes;
    this.#seq = lastSeq;
  }

  /** Appends one line; says how many bytes of older lines had to go for it. */
  async append(body: string): Promise<number> {
    const line = Buffer.from(lineOf(this.#seq + 1, body));
    let file = await this.#open();
    // Half of all for the head, and a quarter for each file of the tail.
    const limit = this.#path === this.#files.head ? this.#maxBytes / 2 : this.#maxBytes / 4;
    let goneBytes = 0;
    if (file.bytes > 0 && file.bytes + line.length > limit) {
      goneBytes = await this.#turn();
      file = await this.#open();
    }
    await write(file, file.endsOpen ? Buffer.concat([Buffer.from('\n'), line]) : line);
    this.#seq++;
    return goneBytes;
  }

  /**
   * Resolves when everything appended would survive a crash of the machine.
   *
   * Once it failed it fails for good: the next success would say nothing of what was lost before.
   */
  async sync(): Promise<void> {
    if (this.#syncProblem !== undefined) throw this.#syncProblem;
    try {
      await this.#file?.handle.datasync();
    } catch (error) {
      this.#syncProblem = error as Error;
      throw error;
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close();
  }

  async #open(): Promise<OpenFile> {
    if (this.#file !== undefined) return this.#file;
    const { head, newest } = this.#files;
    this.#path ??= (await sizeOf(newest)) === undefined ? head : newest;
    const { O_APPEND, O_CREAT, O_RDWR } = constants;
    const handle = await open(this.#path, O_APPEND | O_CREAT | O_RDWR | safely, 0o600);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw new Error(`${this.#path} is no regular file`);
      const { size } = stats;
      const last = Buffer.alloc(1);
      if (size > 0) await handle.read(last, 0, 1, size - 1);
      const file = { handle, bytes: size, endsOpen: size > 0 && last.toString() !== '\n' };
      if (size === 0) await syncDirectory(this.#files.dir);
      this.#file = file;
      return file;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Goes on to the next file; says how large the one was that had to go. */
  async #turn(): Promise<number> {
    await this.sync();
    await this.close();
    const { head, newest, older } = this.#files;
    if (this.#path === head) {
      this.#path = newest;
      return 0;
    }
    const goneBytes = (await sizeOf(older)) ?? 0;
    await rename(newest, older);
    return goneBytes;
  }
}

async function write(file: OpenFile, bytes: Buffer): Promise<void> {
  // A full disk takes a part, and refuses only the rest.
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.handle.write(bytes, at);
    at += bytesWritten;
    file.bytes += bytesWritten;
    file.endsOpen = at < bytes.length;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await lstat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A file is there after a crash of the machine only if its directory was synced. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
