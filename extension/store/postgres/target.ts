/**
 * A PostgreSQL database while a log is being copied into it: room that nobody may append to.
 *
 * Puts nothing in charge: that takes the seal which ends the log elsewhere, and is done by opening.
 */
import { noHash } from '../../protocol/record.ts';
import { readLine } from '../file/seal.ts';
import type { StoreUrl } from '../storeUrl.ts';
import { StoreError } from '../taskStore.ts';
import { Connection } from './connection.ts';
import type { ServerInfo } from './connection.ts';
import { beginning, Mirror } from './mirror.ts';
import { findHead, makeTables } from './openPostgres.ts';
import { appendValues, statementsFor } from './tables.ts';
import type { HeadRow, LineRow, NewLine, Statements } from './tables.ts';
import { textNames } from './texts.ts';
import type { LogRecord } from '../../core/event.ts';
import { position } from '../../core/ids.ts';

/** Lines that go in one statement, and so all or none. */
const batchLines = 500;
const patienceMs = 20_000;

/** Where a copy ends. */
export interface CopyEnd {
  readonly seq: number;
  readonly hash: string;
  /** Bytes of all lines up to there. */
  readonly bytes: number;
}

export class PostgresTarget {
  readonly name: string;
  readonly #connection: Connection;
  readonly #statements: Statements;

  private constructor(name: string, connection: Connection, statements: Statements) {
    this.name = name;
    this.#connection = connection;
    this.#statements = statements;
  }

  /** @throws {StoreError} `STORE_UNAVAILABLE` where it cannot be reached or written */
  static async open(store: Extract<StoreUrl, { kind: 'postgres' }>): Promise<PostgresTarget> {
    const { url, name, schema } = store;
    const connection = new Connection({ url, name, patienceMs });
    const statements = statementsFor(schema);
    try {
      await connection.open();
      await makeTables(connection, statements);
      return new PostgresTarget(name, connection, statements);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  get server(): ServerInfo {
    return this.#connection.info;
  }

  /**
   * Takes up the copy of the log `logId`, where an earlier one was broken off too.
   *
   * @param hashAt of a line of the log that is copied
   * @throws {StoreError} `STORE_UNAVAILABLE` where another log is there, or one that is in charge
   */
  async begin(logId: string, hashAt: (seq: number) => string | undefined): Promise<CopyEnd> {
    await this.#connection.query(this.#statements.beginFilling, [logId, noHash]);
    const head = await this.#head();
    const seq = Number(head.seq);
    if (head.log_id !== logId) throw this.#taken(`the log ${head.log_id} is there`);
    if (head.state === 'active') throw this.#taken('this very log is in charge there');
    if (seq > 0 && hashAt(seq) !== head.hash) {
      throw this.#taken(`a log is there that has another line at position ${seq}`);
    }
    if (head.state === 'moved') {
      await this.#connection.query(this.#statements.reopen, [seq, head.hash]);
    }
    return this.end();
  }

  /** How far the copy is. */
  async end(): Promise<CopyEnd> {
    const head = await this.#head();
    const seq = Number(head.seq);
    const [row] = await this.#connection.query<LineRow>(this.#statements.lineAt, [seq]);
    return { seq, hash: head.hash, bytes: seq === 0 ? 0 : Number(row?.total ?? 0) };
  }

  /**
   * Adds `lines`, which follow `end`; where another mover was first, less or nothing.
   *
   * @returns how far the copy is then
   */
  async add(end: CopyEnd, lines: readonly Uint8Array[]): Promise<CopyEnd> {
    let reached = end;
    for (let start = 0; start < lines.length; start += batchLines) {
      const added = newLines(reached, lines.slice(start, start + batchLines));
      const last = added.at(-1);
      if (last === undefined) break;
      const change = {
        from: { seq: reached.seq, hash: reached.hash, state: 'filling', sealed: false },
        to: {
          epoch: last.epoch,
          seq: last.seq,
          hash: last.hash,
          state: 'filling',
          sealed: false,
          next: null,
        },
      } as const;
      const values = appendValues(change, added);
      await this.#connection.query(this.#statements.append, values);
      const found = await this.end();
      if (found.hash !== last.hash) return found;
      reached = found;
    }
    return reached;
  }

  /** The texts that are there, by digest, and whether each was purged. */
  blobs(): Promise<ReadonlyMap<string, boolean>> {
    return textNames(this.#connection, this.#statements);
  }

  /** @param text null: it was purged */
  async putBlob(digest: string, text: string | null): Promise<void> {
    const bytes = text === null ? null : Buffer.from(text);
    await this.#connection.query(this.#statements.putBlob, [digest, bytes]);
  }

  /**
   * Reads all of the copy, and checks each line against the one before.
   *
   * @throws {StoreError} `STORE_HALTED` where it is not what was written
   */
  async readBack(logId: string): Promise<readonly LogRecord[]> {
    const head = await this.#head();
    const mirror = new Mirror(logId, this.name, beginning);
    const rows = await this.#connection.query<LineRow>(this.#statements.linesBetween, [
      0,
      head.seq,
    ]);
    mirror.add(mirror.check(rows, beginning));
    return mirror.records(position(0));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #head(): Promise<HeadRow> {
    const head = await findHead(this.#connection, this.#statements);
    if (head === null) throw new Error(`The log in ${this.name} is gone`);
    return head;
  }

  #taken(why: string): StoreError {
    return new StoreError(
      'STORE_UNAVAILABLE',
      `${this.name} cannot take the log: ${why}. Nothing was changed. Name an empty database, or ` +
        'another schema of this one with ?schema=NAME.',
    );
  }
}

function newLines(
  after: CopyEnd,
  lines: readonly Uint8Array[],
): readonly (NewLine & { readonly epoch: number })[] {
  let total = after.bytes;
  return lines.map((each) => {
    const bytes = Buffer.from(each);
    const reading = readLine(bytes.subarray(0, -1));
    if (reading.kind !== 'line' || reading.line.record === null) {
      throw new Error('A line of a sound log can be read');
    }
    total += bytes.length;
    const { frame, record } = reading.line;
    const { seq, epoch } = frame;
    return { seq, epoch, hash: reading.hash, total, event: record.event, bytes };
  });
}
