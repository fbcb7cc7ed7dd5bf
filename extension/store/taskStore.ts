/**
 * Where the log lives. One interface, one contract, any number of engines.
 *
 * The only hard thing asked of an engine is `append`: these events, if the log still ends here.
 * Leases, fencing and exactly-once recording are built on it. The text of the contract is
 * `test/contract/taskStore.contract.ts`.
 */
import type { LogRecord, QueueEvent } from '../core/event.ts';
import type { Instant, Position, TaskId } from '../core/ids.ts';

/** The lines of one command: all of them are accepted, or none. */
export interface Batch {
  /** UUID of the command. */
  readonly commandId: string;
  /** When it was decided; becomes `ts` of each line. */
  readonly at: Instant;
  readonly events: readonly QueueEvent[];
}

export type Appended =
  | { readonly ok: true; readonly records: readonly LogRecord[] }
  /** Someone else appended first, and nothing of the batch counts. Read on and decide again. */
  | { readonly ok: false };

/** The last sign of life of a claim's holder, as the engine keeps it. */
export interface Beat {
  readonly token: Position;
  /** Changes with every heartbeat; comparable for equality only. */
  readonly mark: string;
  /** When it was sent, for people; leases are judged by changes of `mark` alone. */
  readonly at?: Instant;
}

/** A state that stands for all records up to `end`. */
export interface Opening {
  readonly end: Position;
  /** As `continueAfter` was given it. */
  readonly state: string;
}

export interface AppendOptions {
  /** Raises the format of the log to this one, from this batch on. */
  readonly level?: number;
  /**
   * Resolve before the lines are durable: the caller makes them so, by an append of nothing, before it
   * tells anyone. Several commands then wait for the disk once.
   */
  readonly sync?: 'later';
}

export interface TaskStore extends AsyncDisposable {
  /** Identifies the log for ever. */
  readonly logId: string;

  /** The format that the log's lines are written in. */
  readonly level: number;

  /**
   * The newest usable state that was recorded with a `SNAPSHOT`, or null where there is none. Whoever
   * takes it reads on after its `end`, and need not read what was before; it is given once.
   */
  takeOpening(): Opening | null;

  /**
   * Goes on after the `SEALED` at `sealedAt`, the last record: makes `state`, the state up to and with
   * it, the `SNAPSHOT` that follows. Until then nothing can be appended. Any process may do so after
   * any other's seal, and all do the same: where one did already, nothing happens.
   *
   * @throws {StoreError} `STORE_UNAVAILABLE`: the next one who appends tries again
   */
  continueAfter(sealedAt: Position, state: string): Promise<void>;

  /**
   * Appends all of `batch`, or none, and only if the log still ends at `expectedEnd`. Behind a
   * `SEALED` nothing can be appended; see `continueAfter`.
   *
   * Resolves once the lines survive the loss of this process and of the machine's power. A line
   * appended here is never changed, reordered or removed. An empty batch writes nothing and makes
   * all that was read so far durable: the answer "already done" must not be lost either.
   *
   * @throws {StoreError} `STORE_UNAVAILABLE` when the outcome is unknown: read before retrying with
   *   the same command id. `STORE_HALTED` on damage or a rewound log: nothing was written.
   *   `FORMAT_TOO_OLD` for a `SEALED` in a log whose format does not know it.
   */
  append(batch: Batch, expectedEnd: Position, options?: AppendOptions): Promise<Appended>;

  /**
   * Resolves when it is worth while to read, decide and append: at once as a rule, and where many
   * append, when others have had their turn. The turn ends with the next append, or when the answer
   * is disposed of. Nothing depends on it but how many rounds are lost.
   *
   * @param met whether the caller has just met another one at the same work
   */
  takeTurn(met?: boolean): Promise<Disposable>;

  /**
   * The accepted records after position `after`, up to the end of the log at the time of the call.
   *
   * @throws {StoreError} `STORE_HALTED` where the log is damaged or ends before its witness.
   */
  read(after: Position): Promise<readonly LogRecord[]>;

  /**
   * Calls `onChange` soon after anyone appended; a hint, so the listener reads by itself. Never
   * calls it before the first `await` of the caller, and never after `dispose`.
   */
  follow(onChange: () => void): Disposable;

  /** The one clock that all delays are measured by. */
  now(): Instant;

  /** Records a heartbeat of the claim of `task` with `token`. Not an event of the log. */
  beat(task: TaskId, token: Position): Promise<void>;
  /** The newest heartbeat of the claim of `task`, or null where it never sent one. */
  lastBeat(task: TaskId, token: Position): Promise<Beat | null>;

  /** Keeps `text` beside the log, durably, before a line names it; answers its SHA-256 in hex. */
  putBlob(text: string): Promise<string>;
  /** The text with that digest, or null where it was purged. */
  getBlob(digest: string): Promise<string | null>;
}

/**
 * The lines themselves, for whoever copies them. Positions are those of the last `read` or `append`
 * of the same handle; these methods do not look for new lines. Where an engine has not brought the
 * lines that are asked for, they throw `NotAtHand`: see `withLines`.
 */
export interface LineSource {
  /** Hash of the accepted line at `seq`, or undefined where none has that position. */
  hashAt(seq: Position): string | undefined;
  /** Bytes of all accepted lines up to `seq`, their newlines included. */
  bytesUpTo(seq: Position): number;
  /**
   * The accepted lines after `after`, byte for byte, each with its newline.
   *
   * @throws {StoreError} `STORE_HALTED` where a line is no longer what it was when it was read.
   */
  lines(after: Position): readonly Uint8Array[];
}

export type StoreErrorCode =
  /** No log here, and the caller did not ask to make one. */
  | 'NO_LOG'
  /** It goes on in another store, which the message names. */
  | 'STORE_MOVED'
  /** An URL that no engine here takes. */
  | 'UNSUPPORTED_STORE'
  /** Cannot be read or written: permissions, a full disk, a failed sync, a server out of reach. */
  | 'STORE_UNAVAILABLE'
  /** Damage, or a log shorter than its witness; `store recover` is the cure. */
  | 'STORE_HALTED'
  /** A link or a foreign file where the log's own files belong. */
  | 'UNSAFE_PATH'
  /** An event is larger than a line may be; nothing was written. Long texts belong into blobs. */
  | 'LINE_TOO_LONG'
  /** Written by a newer build: reading goes on, writing does not. */
  | 'FORMAT_TOO_NEW'
  /** The log is kept in a way that is not safe on the file system that it is on. */
  | 'WRONG_FILE_SYSTEM'
  /** What was asked for needs a newer format than the log's; `store upgrade` is the cure. */
  | 'FORMAT_TOO_OLD';

/** Lines that are not in memory were asked for. */
export class NotAtHand extends Error {
  /** Brings them there. */
  readonly fetch: () => Promise<void>;

  constructor(fetch: () => Promise<void>) {
    super('These lines of the log are not at hand yet');
    this.fetch = fetch;
  }
}

/** What `work` answers once all lines that it asks for are at hand. It may run more than once. */
export async function withLines<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  while (true) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof NotAtHand)) throw error;
      await error.fetch();
    }
  }
}

/** The world failed. `message` says what was being done to which path, and what to do next. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}
