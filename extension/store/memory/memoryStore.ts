/**
 * The log in memory: for tests, and the shortest reading of the contract.
 *
 * Nothing outlives the process, and nothing can be damaged. Lines are encoded as files hold them, so
 * that what reads lines need not know the difference.
 */
import { hash, randomUUID } from 'node:crypto';
import type { LogRecord, QueueEvent } from '../../core/event.ts';
import { instant, position, taskKey } from '../../core/ids.ts';
import type { Instant, Position, TaskId } from '../../core/ids.ts';
import { snapshotVersion } from '../../core/snapshot.ts';
import { logFormat, noHash } from '../../protocol/record.ts';
import { encodeBatch } from '../encodeBatch.ts';
import { LineIndex } from '../file/lineIndex.ts';
import { StoreError } from '../taskStore.ts';
import type { Appended, Batch, Beat, LineSource, Opening, TaskStore } from '../taskStore.ts';

/** One log; every `MemoryStore` on it is another handle. */
export class MemoryLog {
  readonly id: string = randomUUID();
  readonly records: LogRecord[] = [];
  readonly lines: Buffer[] = [];
  readonly index = new LineIndex();
  readonly beats = new Map<string, Beat>();
  readonly blobs = new Map<string, string>();
  readonly listeners = new Set<() => void>();
  endHash: string = noHash;

  constructor(at: Instant = instant(Date.now())) {
    const event: QueueEvent<'GENESIS'> = {
      event: 'GENESIS',
      task: null,
      agent: null,
      message: 'Began the log',
      status: null,
      data: { store: 'memory' },
    };
    this.add({ commandId: randomUUID(), at, events: [event] }, 'memory');
  }

  /** The newest state that was recorded. */
  opening: Opening | null = null;
  isSealed = false;

  get end(): Position {
    return position(this.records.length);
  }

  /** Adds all of `batch` or throws before it added anything. */
  add(batch: Batch, writer: string): readonly LogRecord[] {
    const { id: log, end: seq, endHash: hash } = this;
    const added = encodeBatch(batch, { log, epoch: 1, seq, hash, level: logFormat, writer });
    for (const line of added) {
      const bytes = Buffer.from(line.text);
      const offset = this.index.bytesUpTo(this.end);
      this.index.add(line.seq, line.hash, {
        segment: 1,
        file: 0,
        offset,
        lengthBytes: bytes.length,
      });
      this.records.push(line.record);
      this.lines.push(bytes);
      this.endHash = line.hash;
    }
    this.isSealed = this.records.at(-1)?.event === 'SEALED';
    return added.map(({ record }) => record);
  }
}

export interface MemoryStoreOptions {
  readonly writer?: string;
  /** Milliseconds since the Unix epoch; the system's clock unless given. */
  readonly clock?: () => number;
}

export class MemoryStore implements TaskStore, LineSource {
  readonly #log: MemoryLog;
  readonly #writer: string;
  readonly #clock: () => number;
  readonly #followers = new Set<Disposable>();
  #opening: Opening | null;

  constructor(log: MemoryLog = new MemoryLog(), options: MemoryStoreOptions = {}) {
    this.#log = log;
    this.#opening = log.opening;
    this.#writer = options.writer ?? 'memory';
    this.#clock = options.clock ?? Date.now;
  }

  get level(): number {
    return logFormat;
  }

  get logId(): string {
    return this.#log.id;
  }

  /** One process, one call at a time: nobody has to wait. */
  async takeTurn(): Promise<Disposable> {
    return { [Symbol.dispose]: () => undefined };
  }

  async append(batch: Batch, expectedEnd: Position): Promise<Appended> {
    const log = this.#log;
    if (batch.events.length === 0) return { ok: true, records: [] };
    if (log.end !== expectedEnd || log.isSealed) return { ok: false };
    const records = log.add(batch, this.#writer);
    for (const tell of log.listeners) tell();
    return { ok: true, records };
  }

  takeOpening(): Opening | null {
    const opening = this.#opening;
    this.#opening = null;
    return opening;
  }

  async continueAfter(sealedAt: Position, state: string): Promise<void> {
    const log = this.#log;
    const blob = { blob: await this.putBlob(state), bytes: Buffer.byteLength(state) };
    const seal = log.records.at(-1);
    if (seal?.event !== 'SEALED' || seal.seq !== sealedAt) return;
    const event: QueueEvent<'SNAPSHOT'> = {
      event: 'SNAPSHOT',
      task: null,
      agent: null,
      message: `The queue at position ${sealedAt}`,
      status: null,
      data: {
        version: snapshotVersion,
        store: 'memory',
        bytesBefore: this.bytesUpTo(sealedAt),
        blob,
      },
    };
    log.add({ commandId: seal.commandId, at: seal.at, events: [event] }, this.#writer);
    log.opening = { end: sealedAt, state };
    for (const tell of log.listeners) tell();
  }

  async read(after: Position): Promise<readonly LogRecord[]> {
    return this.#log.records.slice(after);
  }

  follow(onChange: () => void): Disposable {
    const { listeners } = this.#log;
    let disposed = false;
    const tell = (): void => {
      queueMicrotask(() => {
        if (!disposed) onChange();
      });
    };
    listeners.add(tell);
    const following = {
      [Symbol.dispose]: () => {
        disposed = true;
        listeners.delete(tell);
        this.#followers.delete(following);
      },
    };
    this.#followers.add(following);
    return following;
  }

  now(): Instant {
    return instant(this.#clock());
  }

  async beat(task: TaskId, token: Position): Promise<void> {
    const key = `${taskKey(task)} ${token}`;
    const before = this.#log.beats.get(key);
    const mark = String(Number(before?.mark ?? 0) + 1);
    this.#log.beats.set(key, { token, mark });
  }

  async lastBeat(task: TaskId, token: Position): Promise<Beat | null> {
    return this.#log.beats.get(`${taskKey(task)} ${token}`) ?? null;
  }

  async putBlob(text: string): Promise<string> {
    const digest = hash('sha256', text, 'hex');
    this.#log.blobs.set(digest, text);
    return digest;
  }

  async getBlob(digest: string): Promise<string | null> {
    const text = this.#log.blobs.get(digest);
    if (text === undefined) {
      throw new StoreError('STORE_UNAVAILABLE', `The text ${digest} is not in the memory store.`);
    }
    return text;
  }

  hashAt(seq: Position): string | undefined {
    return this.#log.index.hashAt(seq);
  }

  bytesUpTo(seq: Position): number {
    return this.#log.index.bytesUpTo(seq);
  }

  lines(after: Position): readonly Buffer[] {
    return this.#log.lines.slice(after);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const following of this.#followers) following[Symbol.dispose]();
  }
}
