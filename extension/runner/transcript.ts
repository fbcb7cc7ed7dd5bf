/**
 * Keeps what a program says in one attempt: every event a line, in order, bounded in size.
 *
 * Survives a full disk by keeping the newest text in memory and trying again. Redacts nothing:
 * transcripts are raw, and only their owner may read them.
 */
import { lstat, mkdir } from 'node:fs/promises';
import { RunnerError } from './runnerError.ts';
import {
  bodyOf,
  type TranscriptEvent,
  transcriptFiles,
  type TranscriptPlace,
} from './transcriptFiles.ts';
import { TranscriptLog } from './transcriptLog.ts';
import { readTranscript } from './transcriptReader.ts';

export interface TranscriptOptions extends TranscriptPlace {
  readonly session: string | null;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** All files of the attempt together, 8 MiB by default. Half of it is the head. */
  readonly maxBytes?: number;
}

/** Whether all that was said is on disk; if not, it is still in memory and tried again. */
export type Saved =
  | { readonly saved: true }
  | { readonly saved: false; readonly error: RunnerError; readonly unsavedBytes: number };

const defaultMaxBytes = 8 * 1024 * 1024;
/** Text that comes within this time is one event, until it is this long (in UTF-16 units). */
const chunkMs = 50;
const chunkChars = 8 * 1024;
/** Longest other text, such as the detail of a tool call. */
const maxFieldChars = 16 * 1024;
/** Beyond this a program is asked to wait. */
const behindChars = 256 * 1024;
/** What is kept in memory while the disk takes nothing; the oldest goes first. */
const maxQueuedChars = 4 * 1024 * 1024;
const retryMs = 1_000;

/**
 * Opens the transcript of one attempt; one that is there already is continued.
 *
 * @throws {RunnerError} `UNSAFE_PATH` when a directory on the way is a link or no directory;
 * `TRANSCRIPT_FAILED` when it cannot be made or read.
 */
export async function openTranscript(options: TranscriptOptions): Promise<Transcript> {
  const { dir } = transcriptFiles(options);
  for (const path of [options.outputDir, dir]) await ensureDirectory(path);
  const { records } = await readTranscript(options);
  return new Transcript(options, records.at(-1)?.seq ?? 0);
}

/** Made by `openTranscript`, and to be closed by whoever opened it. */
export class Transcript {
  readonly #options: TranscriptOptions;
  readonly #log: TranscriptLog;
  #chunk: { text: string; stream: 'stdout' | 'stderr' | undefined; at: string } | undefined;
  #chunkTimer: NodeJS.Timeout | undefined;
  /** Lines still without their number, oldest first. */
  readonly #queue: string[] = [];
  #queuedChars = 0;
  #writing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #problem: RunnerError | undefined;
  #droppedBytes = 0;
  #droppedSaid = 0;
  #isClosed = false;

  constructor(options: TranscriptOptions, lastSeq: number) {
    this.#options = options;
    this.#log = new TranscriptLog(options, options.maxBytes ?? defaultMaxBytes, lastSeq);
  }

  /**
   * Takes an event in; it is on disk soon, and surely after `flush`. Never fails. What comes after
   * `close` is not taken in.
   */
  append(event: TranscriptEvent): void {
    if (this.#isClosed) return;
    if (event.type !== 'chunk') {
      this.#sealChunk();
      this.#push(this.#at(), event);
      return;
    }
    if (this.#chunk !== undefined && this.#chunk.stream !== event.stream) this.#sealChunk();
    const { at, stream, text } = this.#chunk ?? {
      ...event,
      stream: event.stream,
      at: this.#at(),
      text: '',
    };
    let rest = text + event.text;
    while (rest.length >= chunkChars) {
      const piece = start(rest, chunkChars);
      this.#push(at, chunkEvent(piece, stream));
      rest = rest.slice(piece.length);
    }
    this.#chunk = { text: rest, stream, at };
    this.#chunkTimer ??= setTimeout(() => this.#sealChunk(), chunkMs);
  }

  /** Resolves when more may be said without piling up; a full disk makes nobody wait. */
  async drained(): Promise<void> {
    while (this.#queuedChars > behindChars && this.#writing !== undefined) await this.#writing;
  }

  /** Writes all that was taken in, and waits until it would survive a crash of the machine. */
  async flush(): Promise<Saved> {
    this.#sealChunk();
    // What is under way may be failing over an older line.
    await this.#writing;
    await this.#write();
    try {
      if (this.#problem === undefined) await this.#log.sync();
    } catch (cause) {
      this.#problem = this.#failed(cause);
    }
    if (this.#problem === undefined) return { saved: true };
    return { saved: false, error: this.#problem, unsavedBytes: this.#queuedChars };
  }

  /** Flushes and lets go of the files. What could not be saved is lost with this process. */
  async close(): Promise<Saved> {
    this.#isClosed = true;
    const saved = await this.flush();
    clearTimeout(this.#retry);
    await this.#log.close();
    return saved;
  }

  #at(): string {
    return new Date(this.#options.now()).toISOString();
  }

  #sealChunk(): void {
    clearTimeout(this.#chunkTimer);
    this.#chunkTimer = undefined;
    const chunk = this.#chunk;
    this.#chunk = undefined;
    if (chunk !== undefined && chunk.text !== '') {
      this.#push(chunk.at, chunkEvent(chunk.text, chunk.stream));
    }
  }

  #push(at: string, event: TranscriptEvent): void {
    this.#enqueue(this.#body(at, event));
    while (this.#queuedChars > maxQueuedChars) this.#droppedBytes += this.#take()?.length ?? 0;
    if (this.#retry === undefined) void this.#write();
  }

  #body(at: string, event: TranscriptEvent): string {
    const { task, attempt, session } = this.#options;
    return bodyOf({ at, task, attempt, session, event: shorten(event) });
  }

  #enqueue(body: string): void {
    this.#queue.push(body);
    this.#queuedChars += body.length;
  }

  #take(): string | undefined {
    const body = this.#queue.shift();
    this.#queuedChars -= body?.length ?? 0;
    return body;
  }

  /** One writer at a time; it takes along what comes while it writes. Never rejects. */
  #write(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    try {
      for (;;) {
        await this.#sayDropped();
        const body = this.#take();
        if (body === undefined) break;
        try {
          await this.#appendLine(body);
        } catch (error) {
          this.#queue.unshift(body);
          this.#queuedChars += body.length;
          throw error;
        }
      }
      this.#problem = undefined;
    } catch (cause) {
      this.#problem = this.#failed(cause);
      this.#retry = setTimeout(() => void this.#write(), retryMs).unref();
    }
  }

  async #sayDropped(): Promise<void> {
    const droppedBytes = this.#droppedBytes;
    if (droppedBytes === this.#droppedSaid) return;
    const message = `${String(droppedBytes)} bytes of this transcript were dropped to bound its size.`;
    const event = { type: 'progress', message, droppedBytes } as const;
    await this.#appendLine(this.#body(this.#at(), event));
    this.#droppedSaid = droppedBytes;
  }

  async #appendLine(body: string): Promise<void> {
    // Added after the wait: a push meanwhile may have dropped something too.
    const goneBytes = await this.#log.append(body);
    this.#droppedBytes += goneBytes;
  }

  #failed(cause: unknown): RunnerError {
    const { dir } = transcriptFiles(this.#options);
    return new RunnerError(
      'TRANSCRIPT_FAILED',
      `The transcript in ${dir} could not be written: ${(cause as Error).message}. ` +
        'The newest of it is kept in memory and tried again; free space or repair the directory.',
      { cause },
    );
  }
}

async function ensureDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    if ((await lstat(path)).isDirectory()) return;
  } catch (cause) {
    const message = `The directory ${path} for transcripts could not be made: ${(cause as Error).message}.`;
    throw new RunnerError('TRANSCRIPT_FAILED', message, { cause });
  }
  throw new RunnerError(
    'UNSAFE_PATH',
    `${path} is a link, so transcripts are not written there. Put a directory in its place.`,
  );
}

function chunkEvent(text: string, stream: 'stdout' | 'stderr' | undefined): TranscriptEvent {
  return { type: 'chunk', text, ...(stream && { stream }) };
}

/** A line must stay one that readers take whole; chunks are cut before they come here. */
function shorten(event: TranscriptEvent): TranscriptEvent {
  const fields = Object.entries(event).map(([name, value]: [string, unknown]) => {
    if (typeof value !== 'string' || value.length <= maxFieldChars) return [name, value];
    return [name, `${start(value, maxFieldChars)}…`];
  });
  return Object.fromEntries(fields) as TranscriptEvent;
}

/** The longest start of `text` of at most `max` units that splits no character. */
function start(text: string, max: number): string {
  return text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '');
}
