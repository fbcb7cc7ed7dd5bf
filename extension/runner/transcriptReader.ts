/**
 * Reads transcripts, also while they are being written, and passes over what is torn.
 *
 * Never writes and never waits for a writer.
 */
import { constants, watch } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { RunnerError } from './runnerError.ts';
import {
  parseLine,
  safely,
  transcriptFiles,
  type TranscriptPlace,
  type TranscriptRecord,
} from './transcriptFiles.ts';

export interface TranscriptContents {
  readonly records: readonly TranscriptRecord[];
  /** Lines that a crash or a full disk tore. */
  readonly tornLines: number;
}

/** For where no change is signalled; a look at three files costs little. */
const safetyPollMs = 250;

/**
 * All of a transcript that there is, in order; nothing where there is none.
 *
 * @throws {RunnerError} `TRANSCRIPT_FAILED` when a file is there and cannot be read.
 */
export async function readTranscript(place: TranscriptPlace): Promise<TranscriptContents> {
  return new Position(place).readOn();
}

/**
 * Yields what is there and then what comes, until `signal` is aborted.
 *
 * What was dropped, or rotated away before it was read, is left out: `seq` tells.
 *
 * @throws {RunnerError} `TRANSCRIPT_FAILED` when a file is there and cannot be read.
 */
export async function* followTranscript(
  place: TranscriptPlace,
  signal: AbortSignal,
): AsyncGenerator<TranscriptRecord, void, undefined> {
  const position = new Position(place);
  const { dir } = transcriptFiles(place);
  let wake: () => void = () => undefined;
  const onChange = () => wake();
  let watcher = watchIfThere(dir, onChange);
  signal.addEventListener('abort', onChange);
  try {
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => (wake = resolve));
      yield* (await position.readOn()).records;
      watcher ??= watchIfThere(dir, onChange);
      const timer = setTimeout(onChange, safetyPollMs);
      await changed;
      clearTimeout(timer);
    }
  } finally {
    signal.removeEventListener('abort', onChange);
    watcher?.close();
  }
}

/** How far a reader has come, in each file by what it is: rotation renames files. */
class Position {
  readonly #place: TranscriptPlace;
  #offsets: ReadonlyMap<string, number> = new Map();
  #lastSeq = 0;

  constructor(place: TranscriptPlace) {
    this.#place = place;
  }

  async readOn(): Promise<TranscriptContents> {
    const { head, older, newest } = transcriptFiles(this.#place);
    const parts: FilePart[] = [];
    // Against the order of writing: a rotation meanwhile shows a file twice, and hides none.
    for (const path of [newest, older, head]) {
      const part = await readFrom(path, this.#offsets);
      if (part !== undefined) parts.unshift(part);
    }
    this.#offsets = new Map(parts.map(({ file, end }) => [file, end]));
    const records: TranscriptRecord[] = [];
    let tornLines = 0;
    for (const line of parts.flatMap((part) => part.lines)) {
      const record = parseLine(line);
      if (record === undefined) tornLines++;
      else if (record.seq > this.#lastSeq) {
        this.#lastSeq = record.seq;
        records.push(record);
      }
    }
    return { records, tornLines };
  }
}

interface FilePart {
  /** Inode and birth, since a file system gives the number of a file that is gone to the next. */
  readonly file: string;
  readonly lines: readonly string[];
  /** Offset behind the last whole line; a line without its end waits for it. */
  readonly end: number;
}

async function readFrom(
  path: string,
  offsets: ReadonlyMap<string, number>,
): Promise<FilePart | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | safely);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(path, cause);
  }
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) throw new Error('it is no regular file');
    const { ino, birthtimeNs, size } = stats;
    const file = `${String(ino)}:${String(birthtimeNs)}`;
    const start = offsets.get(file) ?? 0;
    const bytes = Buffer.alloc(Math.max(0, Number(size) - start));
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, start + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    const wholeLines = bytes.subarray(0, bytes.subarray(0, length).lastIndexOf('\n') + 1);
    const lines = wholeLines.toString().split('\n').slice(0, -1);
    return { file, lines, end: start + wholeLines.length };
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    await handle.close();
  }
}

function unreadable(path: string, cause: unknown): RunnerError {
  const message = `The transcript ${path} could not be read: ${(cause as Error).message}.`;
  return new RunnerError('TRANSCRIPT_FAILED', message, { cause });
}

function watchIfThere(dir: string, onChange: () => void) {
  try {
    const watcher = watch(dir, onChange);
    // The safety poll goes on without it.
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    // Not there yet, or no more watches to be had: the safety poll sees changes too.
    return undefined;
  }
}
