/**
 * The log in a directory of the workspace, appended to by many processes without a lock.
 *
 * Holds the engine's parts together. The rules are in `acceptance`, writing in `appender`, trust in
 * `logView`.
 */
import { fdatasyncSync } from 'node:fs';
import type { LogRecord } from '../../core/event.ts';
import type { Instant, Position, TaskId } from '../../core/ids.ts';
import { instant, position } from '../../core/ids.ts';
import type {
  Appended,
  AppendOptions,
  Batch,
  Beat,
  LineSource,
  Opening,
  TaskStore,
} from '../taskStore.ts';
import { fileScheme } from '../storeUrl.ts';
import { StoreError } from '../taskStore.ts';
import { Appender } from './appender.ts';
import { Blobs } from './blobs.ts';
import { followLog } from './follow.ts';
import { Heartbeats } from './heartbeats.ts';
import type { LogInspection } from './inspection.ts';
import { inspectLog } from './inspection.ts';
import { LogView } from './logView.ts';
import type { Recovered, RecoverOptions } from './recover.ts';
import { recoverLog } from './recover.ts';
import { Rotation } from './rotation.ts';
import { SnapshotStates } from './snapshotStates.ts';
import type { FileSystem } from './storageGate.ts';
import { WitnessKeeper } from './witness.ts';

export interface FileStoreOptions {
  /** The directory that is trusted: nothing below it may be a link. */
  readonly root: string;
  readonly logDir: string;
  /** Where the lock directories of claims are. */
  readonly locksDir: string;
  /** What the log directory is on. */
  readonly fileSystem: FileSystem;
  /** Who writes, for whoever reads the log: a process, such as `cli 4711`. */
  readonly writer: string;
  /** Where the second witness is kept, if the workspace is in a git repository. */
  readonly gitCopyPath?: string | undefined;
  /** `lazy` for processes that append often and end orderly; see `WitnessOptions`. */
  readonly witnessPace?: 'each' | 'lazy' | undefined;
  /** How often followers look at the file without having been told; 250 ms unless given. */
  readonly pollMs?: number | undefined;
  /** Whether a follower alone keeps the process running; it does not unless asked. */
  readonly followersKeepAlive?: boolean | undefined;
  /** Milliseconds since the Unix epoch; the system's clock unless given. */
  readonly clock?: (() => number) | undefined;
  /** Makes an open file durable; `fdatasync` unless given. */
  readonly sync?: ((fd: number) => void) | undefined;
  /** In [0, 1), for back-off; `Math.random` unless given. */
  readonly random?: (() => number) | undefined;
}

export class FileStore implements TaskStore, LineSource {
  readonly engine = 'file';
  readonly logId: string;
  readonly #options: FileStoreOptions;
  readonly #keeper: WitnessKeeper;
  readonly #view: LogView;
  readonly #rotation: Rotation;
  readonly #appender: Appender;
  readonly #blobs: Blobs;
  readonly #heartbeats: Heartbeats;
  readonly #followers = new Set<Disposable>();
  /** What was moved before it was opened is opened to be looked at. */
  readonly #wasMoved: boolean;

  /** Reads the log from its newest snapshot on; damage shows with the first `read`, so that it can still be inspected. */
  constructor(options: FileStoreOptions) {
    const { root, logDir, locksDir, writer, gitCopyPath } = options;
    this.#options = options;
    const pace = options.witnessPace ?? 'each';
    this.#keeper = new WitnessKeeper({ logDir, gitCopyPath, pace });
    this.#blobs = new Blobs(root, logDir);
    const states = new SnapshotStates(logDir, this.#blobs);
    const view = new LogView(logDir, this.#keeper, states);
    this.#view = view;
    const { random = Math.random, sync = fdatasyncSync } = options;
    const keeper = this.#keeper;
    this.#rotation = new Rotation({ logDir, view, states, keeper, sync });
    const rotation = this.#rotation;
    this.#appender = new Appender({ logDir, view, keeper, rotation, writer, random, sync });
    this.#heartbeats = new Heartbeats(root, locksDir);
    this.#wasMoved = this.movedTo !== null;
    this.logId = this.#view.reader.acceptance.logId ?? this.#keeper.read()[0]?.log ?? 'unknown';
  }

  /** What the log directory is on, for people. */
  get fileSystem(): string {
    return this.#options.fileSystem.name;
  }

  /** How lines are added, as fixed when the log began. */
  get mode(): string | undefined {
    return this.#view.reader.acceptance.mode;
  }

  get level(): number {
    return this.#view.reader.acceptance.level;
  }

  /** Position of the last accepted line that was read. */
  get end(): Position {
    return this.#view.end;
  }

  get epoch(): number {
    return this.#view.reader.acceptance.epoch;
  }

  /** The store that the log goes on in, or null where it is here; as of the last look. */
  get movedTo(): string | null {
    const { seal } = this.#view.reader.acceptance;
    return seal === null || seal.next?.startsWith(fileScheme) === true ? null : seal.next;
  }

  takeOpening(): Opening | null {
    return this.#view.takeOpening();
  }

  async append(batch: Batch, expectedEnd: Position, options?: AppendOptions): Promise<Appended> {
    const appended = await this.#appender.append(batch, expectedEnd, options);
    if (!appended.ok) this.#assertHere();
    return appended;
  }

  async continueAfter(sealedAt: Position, state: string): Promise<void> {
    this.#view.refresh();
    this.#view.assertWritable();
    this.#assertHere();
    const { seal, end } = this.#view.reader.acceptance;
    if (seal !== null && end === sealedAt) this.#rotation.finish(seal, state);
  }

  async takeTurn(met = false): Promise<Disposable> {
    return this.#appender.takeTurn(met);
  }

  async read(after: Position): Promise<readonly LogRecord[]> {
    this.#view.refresh();
    this.#view.assertSound();
    if (!this.#wasMoved) this.#assertHere();
    return this.#view.records(after);
  }

  /** What could be read of a log that has halted: all that comes before the damage. */
  soundRecords(): readonly LogRecord[] {
    this.#view.refresh();
    return this.#view.records(position(0));
  }

  follow(onChange: () => void): Disposable {
    const { logDir, pollMs = 250, followersKeepAlive = false } = this.#options;
    const following = followLog(logDir, onChange, { pollMs, keepAlive: followersKeepAlive });
    this.#followers.add(following);
    return {
      [Symbol.dispose]: () => {
        following[Symbol.dispose]();
        this.#followers.delete(following);
      },
    };
  }

  now(): Instant {
    return instant((this.#options.clock ?? Date.now)());
  }

  async beat(task: TaskId, token: Position): Promise<void> {
    this.#heartbeats.beat(task, token);
  }

  async lastBeat(task: TaskId, token: Position): Promise<Beat | null> {
    return this.#heartbeats.last(task, token);
  }

  async putBlob(text: string): Promise<string> {
    return this.#blobs.put(text);
  }

  async getBlob(digest: string): Promise<string | null> {
    return this.#blobs.get(digest, { again: true });
  }

  /** The digests of all texts that are kept beside the log, purged ones too. */
  blobNames(): readonly string[] {
    return this.#blobs.names();
  }

  hashAt(seq: Position): string | undefined {
    return this.#view.hashAt(seq);
  }

  bytesUpTo(seq: Position): number {
    return this.#view.bytesUpTo(seq);
  }

  lines(after: Position): readonly Buffer[] {
    return this.#view.lines(after);
  }

  /**
   * Reads the whole log again and says what is in it, and what is wrong with it.
   *
   * @throws {StoreError} where it may not be read, never for damage.
   */
  inspect(): LogInspection {
    this.#view.refresh();
    return inspectLog(this.#options.logDir, this.#keeper, this.#view.damage);
  }

  /**
   * Ends a halt: a new epoch begins after the last sound position, or after `to`, in a new segment,
   * above any position that may have been given out. The damaged segment stays as it is.
   */
  recover(options: RecoverOptions = {}): Recovered {
    const { root, logDir, writer, fileSystem } = this.#options;
    this.#view.refresh();
    const recovered = recoverLog({
      root,
      logDir,
      writer,
      to: options.to,
      at: this.now(),
      mode: this.mode ?? fileSystem.mode,
      inspection: this.inspect(),
      knownEnd: this.#view.end,
      keeper: this.#keeper,
    });
    this.#view.startOver();
    return recovered;
  }

  /** Whoever had the log open when it was moved must open it where it is now. */
  #assertHere(): void {
    const { movedTo } = this;
    if (movedTo === null) return;
    throw new StoreError(
      'STORE_MOVED',
      `The log in ${this.#options.logDir} was moved to ${movedTo} at position ${this.end}. Begin ` +
        'anew to work with it there: a program that was running meanwhile is to be started again.',
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const following of this.#followers) following[Symbol.dispose]();
    this.#followers.clear();
    this.#appender.dispose();
    this.#keeper.flush();
  }
}
