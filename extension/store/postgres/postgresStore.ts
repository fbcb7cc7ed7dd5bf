/**
 * The log in a PostgreSQL database, shared by machines.
 *
 * What a command needs of the past it has in memory (`mirror`); how a server is asked is
 * `connection`, what it keeps is `tables`. Every line goes over as it is in a file, byte for byte.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogRecord, QueueEvent } from '../../core/event.ts';
import { instant, position, taskKey } from '../../core/ids.ts';
import type { Instant, Position, TaskId } from '../../core/ids.ts';
import { snapshotVersion } from '../../core/snapshot.ts';
import { highestFormat, noHash, rotatingFormat } from '../../protocol/record.ts';
import { encodeBatch } from '../encodeBatch.ts';
import type { EncodedLine } from '../encodeBatch.ts';
import type { LogInspection } from '../file/inspection.ts';
import type { Damage } from '../file/logReader.ts';
import type { WitnessKeeper } from '../file/witness.ts';
import { NotAtHand, StoreError } from '../taskStore.ts';
import type {
  Appended,
  AppendOptions,
  Batch,
  Beat,
  LineSource,
  Opening,
  TaskStore,
} from '../taskStore.ts';
import type { Connection, ServerInfo } from './connection.ts';
import { followServer } from './follow.ts';
import { inspectionOf } from './inspection.ts';
import { beginning, standAfter } from './mirror.ts';
import type { Mirror } from './mirror.ts';
import { forked, LogLeft } from './refusals.ts';
import type { ServerClock } from './serverClock.ts';
import { appendValues, readRecord } from './tables.ts';
import type { HeadChange, LineRow, NewLine, Statements, TailRow } from './tables.ts';
import { putText, readText, textNames } from './texts.ts';

const maxInlineBytes = 16 * 1024;
/** Rows of one answer; a longer log comes in several. */
const pageRows = 5_000;
const maxBackoffMs = 100;
const manyPoints = 16;

export interface PostgresParts {
  readonly connection: Connection;
  readonly statements: Statements;
  readonly mirror: Mirror;
  readonly opening: Opening | null;
  readonly logId: string;
  readonly clock: ServerClock;
  /** Remembers, in this workspace, how far the log is known to have reached. */
  readonly keeper: WitnessKeeper | null;
  readonly writer: string;
  readonly pollMs: number;
}

export class PostgresStore implements TaskStore, LineSource {
  readonly engine = 'postgres';
  readonly logId: string;
  readonly #parts: PostgresParts;
  readonly #mirror: Mirror;
  readonly #followers = new Set<Disposable>();
  /** Of positions before those that are held, as the server answered. */
  readonly #points = new Map<number, { readonly seq: number; hash: string; total: number }>();
  #opening: Opening | null;
  #lostRounds = 0;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: PostgresParts) {
    this.#parts = parts;
    this.#mirror = parts.mirror;
    this.#opening = parts.opening;
    this.logId = parts.logId;
  }

  /** Where it is, for people: without credentials. */
  get name(): string {
    return this.#parts.connection.name;
  }

  get server(): ServerInfo {
    return this.#parts.connection.info;
  }

  get level(): number {
    return this.#mirror.level;
  }

  takeOpening(): Opening | null {
    const opening = this.#opening;
    this.#opening = null;
    return opening;
  }

  async append(batch: Batch, expectedEnd: Position, options?: AppendOptions): Promise<Appended> {
    // Whatever was read was durable before it could be read.
    if (batch.events.length === 0) return { ok: true, records: [] };
    const appended = await this.#alone(() => this.#tryOnce(batch, expectedEnd, options));
    if (appended.ok) this.#lostRounds = 0;
    else await sleep(Math.random() * Math.min(maxBackoffMs, 2 ** ++this.#lostRounds));
    return appended;
  }

  async #tryOnce(
    batch: Batch,
    expectedEnd: Position,
    { level = 0 }: AppendOptions = {},
  ): Promise<Appended> {
    if (this.#mirror.end.seq !== expectedEnd) await this.#readOn();
    if (this.#mirror.end.seq !== expectedEnd) return { ok: false };
    const lines = this.#encode(batch, level);
    const seal = batch.events.find(({ event }) => event === 'SEALED') as
      QueueEvent<'SEALED'> | undefined;
    const next = seal?.data.next ?? null;
    const state = next === null ? 'active' : 'moved';
    const isAdded = await this.#add(
      lines,
      { sealed: false },
      { sealed: seal !== undefined, state, next },
    );
    return isAdded ? { ok: true, records: lines.map(({ record }) => record) } : { ok: false };
  }

  continueAfter(sealedAt: Position, state: string): Promise<void> {
    return this.#alone(async () => {
      const { sealed } = await this.#readOn();
      const seal = this.#mirror.records(position(sealedAt - 1)).at(-1);
      if (!sealed || seal?.event !== 'SEALED' || seal.seq !== sealedAt) return;
      const batch = await this.#snapshotAfter(seal, state);
      const to = { sealed: false, state: 'active', next: null } as const;
      if (await this.#add(this.#encode(batch, 0), { sealed: true }, to)) await this.#purgeStates();
      else await this.#readOn();
    });
  }

  async #snapshotAfter(seal: LogRecord, state: string): Promise<Batch> {
    const bytes = Buffer.byteLength(state);
    const kept =
      bytes <= maxInlineBytes
        ? { state: JSON.parse(state) as unknown }
        : { blob: { blob: await this.putBlob(state), bytes } };
    const event: QueueEvent<'SNAPSHOT'> = {
      event: 'SNAPSHOT',
      task: null,
      agent: null,
      message: `The queue at position ${seal.seq}`,
      status: null,
      data: {
        version: snapshotVersion,
        store: 'postgres',
        bytesBefore: this.#mirror.end.bytes,
        ...kept,
      },
    };
    return { commandId: seal.commandId, at: seal.at, events: [event] };
  }

  /** The server makes those who append wait for one another. */
  async takeTurn(): Promise<Disposable> {
    return { [Symbol.dispose]: () => undefined };
  }

  read(after: Position): Promise<readonly LogRecord[]> {
    return this.#alone(async () => {
      await this.#readOn();
      if (after < this.#mirror.before.seq) await this.#reachBack(after);
      return this.#mirror.records(after);
    });
  }

  follow(onChange: () => void): Disposable {
    const { connection, statements, pollMs } = this.#parts;
    const seen = this.#mirror.end.seq;
    const following = followServer(connection, statements, { onChange, pollMs, seen });
    this.#followers.add(following);
    return {
      [Symbol.dispose]: () => {
        following[Symbol.dispose]();
        this.#followers.delete(following);
      },
    };
  }

  now(): Instant {
    return instant(this.#parts.clock.now());
  }

  async beat(task: TaskId, token: Position): Promise<void> {
    const { connection, statements } = this.#parts;
    await connection.query(statements.beat, [taskKey(task), token]);
  }

  async lastBeat(task: TaskId, token: Position): Promise<Beat | null> {
    const { connection, statements } = this.#parts;
    const [row] = await connection.query<{ readonly mark: string; readonly at: number }>(
      statements.lastBeat,
      [taskKey(task), token],
    );
    return row === undefined ? null : { token, mark: row.mark, at: instant(row.at) };
  }

  async putBlob(text: string): Promise<string> {
    return putText(this.#parts.connection, this.#parts.statements, text);
  }

  async getBlob(digest: string): Promise<string | null> {
    return readText(this.#parts.connection, this.#parts.statements, digest);
  }

  hashAt(seq: Position): string | undefined {
    if (seq <= 0 || seq >= this.#mirror.before.seq) return this.#mirror.hashAt(seq);
    const point = this.#pointAt(seq);
    return point.seq === seq ? point.hash : undefined;
  }

  bytesUpTo(seq: Position): number {
    if (seq <= 0) return 0;
    return seq >= this.#mirror.before.seq ? this.#mirror.bytesUpTo(seq) : this.#pointAt(seq).total;
  }

  lines(after: Position): readonly Buffer[] {
    if (after < this.#mirror.before.seq)
      throw new NotAtHand(() => this.#alone(() => this.#reachBack(after)));
    return this.#mirror.lines(after);
  }

  get epoch(): number {
    return this.#mirror.end.epoch;
  }

  get writer(): string {
    return this.#parts.writer;
  }

  /** The lines as `append` would add them if the log still ends where it was last seen to. */
  preview(batch: Batch, level: number): readonly EncodedLine[] {
    return this.#encode(batch, level);
  }

  /** The digests of all texts that are kept beside the log, and whether each was purged. */
  blobNames(): Promise<ReadonlyMap<string, boolean>> {
    return textNames(this.#parts.connection, this.#parts.statements);
  }

  /** Reads all lines again and says what is in them; what is wrong with old ones is told apart. */
  async inspect(): Promise<LogInspection> {
    let pastDamage: Damage | null = null;
    try {
      await this.read(position(0));
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'STORE_HALTED') throw error;
      pastDamage = { kind: 'content', segment: 0, line: null, message: error.message };
    }
    return inspectionOf(this.logId, this.#mirror, pastDamage, this.#parts.keeper?.read() ?? []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const following of this.#followers) following[Symbol.dispose]();
    this.#followers.clear();
    this.#parts.keeper?.flush();
    await this.#parts.connection.close();
  }

  #encode(batch: Batch, raised: number): readonly EncodedLine[] {
    const { end, level: held } = this.#mirror;
    const level = Math.min(highestFormat, Math.max(held, raised));
    if (batch.events.some(({ event }) => event === 'SEALED') && level < rotatingFormat) {
      throw new StoreError(
        'FORMAT_TOO_OLD',
        `The log in ${this.name} is of format ${level}, in which it cannot be rotated. ` +
          'Run `signalbox store upgrade`; builds that are older than this one can then no longer ' +
          'write to it.',
      );
    }
    const { logId: log } = this;
    return encodeBatch(batch, { log, ...end, level, writer: this.#parts.writer });
  }

  /**
   * Adds `lines` if the log still ends where this process knows its end, once however often the
   * connection breaks: lines that are there with their hash were added by an earlier try.
   */
  async #add(
    lines: readonly EncodedLine[],
    from: Pick<HeadChange['from'], 'sealed'>,
    to: Pick<HeadChange['to'], 'sealed' | 'state' | 'next'>,
  ): Promise<boolean> {
    const { connection, statements, keeper } = this.#parts;
    const { end } = this.#mirror;
    const last = lines.at(-1);
    if (last === undefined) return true;
    let total = end.bytes;
    const added = lines.map(({ seq, hash: lineHash, text, record }): NewLine => {
      const bytes = Buffer.from(text);
      total += bytes.length;
      return { seq, hash: lineHash, total, event: record.event, bytes };
    });
    const change: HeadChange = {
      from: { seq: end.seq, hash: end.hash, state: 'active', ...from },
      to: { epoch: end.epoch, seq: last.seq, hash: last.hash, ...to },
    };
    const values = appendValues(change, added);
    const isAdded = await connection.insist(async (ask, isRepeated) => {
      if ((await ask(statements.append, values)).rows.length > 0) return true;
      if (!isRepeated) return false;
      const { rows } = await ask<LineRow>(statements.lineAt, [last.seq]);
      return rows[0]?.hash === last.hash;
    });
    if (!isAdded) return false;
    const rows = added.map(({ bytes, ...line }) => ({
      seq: String(line.seq),
      hash: line.hash,
      total: String(line.total),
      bytes,
    }));
    this.#mirror.add(this.#mirror.check(rows, end));
    const { epoch, seq } = this.#mirror.end;
    keeper?.advance({ log: this.logId, epoch, seq, hash: last.hash });
    return true;
  }

  /**
   * Reads what is new, and sees that the server still holds what this process has read.
   *
   * @throws {StoreError} `STORE_HALTED` where it does not: it was put back to an older state, or
   *   another server took over that had not received all. `STORE_MOVED`
   */
  async #readOn(): Promise<{ readonly sealed: boolean }> {
    const { connection, statements, clock } = this.#parts;
    while (true) {
      const { end } = this.#mirror;
      const askedMs = performance.now();
      const rows = await connection.query<TailRow>(statements.linesFrom, [end.seq, pageRows]);
      const [first] = rows;
      if (first?.log_id !== this.logId) throw forked(this.name, end.seq);
      clock.note(first.now, askedMs);
      if (end.seq > 0 && (first.seq !== String(end.seq) || first.hash !== end.hash)) {
        throw forked(this.name, end.seq);
      }
      const news = (end.seq > 0 ? rows.slice(1) : rows).filter(isLine);
      this.#mirror.add(this.#mirror.check(news, end));
      // What went on elsewhere is not answered from.
      if (first.state === 'moved')
        throw new LogLeft(this.name, { seq: first.end, next: first.next, hash: null });
      if (rows.length < pageRows) return first;
    }
  }

  /** Brings the lines after `after` that come before those which are held. */
  async #reachBack(after: Position): Promise<void> {
    const { connection, statements } = this.#parts;
    const { before } = this.#mirror;
    if (after >= before.seq) return;
    const [row] = await connection.query<LineRow>(statements.lineAt, [after]);
    const start = row === undefined ? beginning : standAfter(row);
    const rows = await connection.query<LineRow>(statements.linesBetween, [start.seq, before.seq]);
    this.#mirror.prepend(start, this.#mirror.check(rows, start));
  }

  #pointAt(seq: Position): { readonly seq: number; readonly hash: string; readonly total: number } {
    const point = this.#points.get(seq);
    if (point !== undefined) return point;
    throw new NotAtHand(async () => {
      // Who asks for so many goes through all of them.
      if (this.#points.size >= manyPoints) return this.#alone(() => this.#reachBack(position(0)));
      const { connection, statements } = this.#parts;
      const [row] = await connection.query<LineRow>(statements.lineAt, [seq]);
      this.#points.set(seq, {
        seq: Number(row?.seq ?? 0),
        hash: row?.hash ?? noHash,
        total: Number(row?.total ?? 0),
      });
    });
  }

  async #purgeStates(): Promise<void> {
    const { connection, statements } = this.#parts;
    const rows = await connection.query<LineRow>(statements.snapshots);
    const older = rows[2] === undefined ? undefined : readRecord(rows[2]);
    const blob = older?.event === 'SNAPSHOT' ? older.data.blob : undefined;
    if (blob !== undefined) await connection.query(statements.purgeBlob, [blob.blob]);
  }

  /** One at a time: what is held must not change between a look and what is added after it. */
  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

function isLine(row: TailRow): row is TailRow & LineRow {
  return row.bytes != null;
}
