/**
 * Opens the log in a PostgreSQL database from its newest snapshot on, or begins one there.
 *
 * Decides whether what is there may be used at all; moving a log is `move`'s.
 */
import { randomUUID } from 'node:crypto';
import type { QueueEvent } from '../../core/event.ts';
import { instant, position } from '../../core/ids.ts';
import { snapshotVersion } from '../../core/snapshot.ts';
import { logFormat, noHash } from '../../protocol/record.ts';
import { encodeBatch } from '../encodeBatch.ts';
import { readLine } from '../file/seal.ts';
import { WitnessKeeper } from '../file/witness.ts';
import type { Witness } from '../file/witness.ts';
import type { StoreUrl } from '../storeUrl.ts';
import { StoreError } from '../taskStore.ts';
import type { Opening } from '../taskStore.ts';
import { Connection } from './connection.ts';
import { beginning, Mirror, standAfter } from './mirror.ts';
import type { Before } from './mirror.ts';
import { PostgresStore } from './postgresStore.ts';
import { forked, LogLeft, notInCharge } from './refusals.ts';
import { ServerClock } from './serverClock.ts';
import { appendValues, layout, readRecord, statementsFor } from './tables.ts';
import type { HeadRow, LineRow, Statements } from './tables.ts';
import { readText } from './texts.ts';

export interface PostgresOptions {
  readonly store: Extract<StoreUrl, { readonly kind: 'postgres' }>;
  readonly writer: string;
  /** Whether to begin a log where none is. */
  readonly create: boolean;
  /** The log that was moved here, by its last line elsewhere; null: whichever log is there. */
  readonly arrival?: Arrival | null | undefined;
  /** Where this workspace remembers how far the log has reached; null: nowhere. */
  readonly witnessDir?: string | null | undefined;
  /** How often followers look without having been told; 1,000 ms unless given. */
  readonly pollMs?: number | undefined;
  /** How long to go on trying where a server goes away; 20,000 ms unless given. */
  readonly patienceMs?: number | undefined;
}

/** The seal that a log was moved with. */
export interface Arrival {
  readonly logId: string;
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
  readonly line: Uint8Array;
  /** Of all lines up to and with it. */
  readonly bytes: number;
}

/**
 * @throws {StoreError} `NO_LOG`, `STORE_UNAVAILABLE`, `STORE_MOVED`, `FORMAT_TOO_NEW`, or
 *   `STORE_HALTED` where the log is not what this workspace has seen of it
 */
export async function openPostgres(options: PostgresOptions): Promise<PostgresStore> {
  const { store, writer, arrival, witnessDir, pollMs = 1_000, patienceMs = 20_000 } = options;
  const { url, name, schema } = store;
  const connection = new Connection({ url, name, patienceMs });
  const statements = statementsFor(schema);
  try {
    await connection.open();
    const askedMs = performance.now();
    const head = await headOf(connection, statements, options);
    const clock = new ServerClock(head.now, askedMs);
    if (head.state === 'moved') throw new LogLeft(name, head);
    if (head.state === 'filling') throw notInCharge(name);
    const keeper = keeperIn(witnessDir);
    const witnesses = [...(keeper?.read() ?? []), ...(arrival == null ? [] : [witnessOf(arrival)])];
    await checkWitnesses(connection, statements, head, witnesses);
    const { opening, before } = await newestState(connection, statements);
    const mirror = new Mirror(head.log_id, name, before);
    const parts = { connection, statements, mirror, opening, clock, keeper, writer, pollMs };
    const opened = new PostgresStore({ ...parts, logId: head.log_id });
    await opened.read(position(before.seq));
    return opened;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** The row about the log, or null where there is none. */
export async function findHead(
  connection: Connection,
  statements: Statements,
): Promise<HeadRow | null> {
  const [tables] = await connection.query<{ readonly there: boolean }>(statements.isThere);
  if (tables?.there !== true) return null;
  const [head] = await connection.query<HeadRow>(statements.head);
  if (head !== undefined && head.layout !== layout) {
    throw new StoreError(
      'FORMAT_TOO_NEW',
      `The tables in ${connection.name} are of layout ${head.layout}, and this build knows ` +
        `${layout}. Update Signalbox to use them.`,
    );
  }
  return head ?? null;
}

/** Makes the tables where they are missing; safe when several do it at once. */
export async function makeTables(connection: Connection, statements: Statements): Promise<void> {
  await connection.insist(async (ask) => {
    await ask('BEGIN');
    try {
      await ask(statements.lock);
      await ask(statements.tables);
      await ask('COMMIT');
    } catch (error) {
      // On a connection that is gone it happens by itself.
      await ask('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
}

async function headOf(
  connection: Connection,
  statements: Statements,
  { create, writer, arrival }: PostgresOptions,
): Promise<HeadRow> {
  const found = await findHead(connection, statements);
  if (found !== null && arrival != null && found.state === 'filling') {
    return arrive(connection, statements, found, arrival);
  }
  if (found !== null) return found;
  if (!create) {
    throw new StoreError(
      'NO_LOG',
      `There is no log in ${connection.name}. Run \`signalbox init\` to begin one, or ` +
        '`signalbox store move` where the log is now to bring it there.',
    );
  }
  await makeTables(connection, statements);
  await begin(connection, statements, writer);
  const [head] = await connection.query<HeadRow>(statements.head);
  if (head === undefined) throw new Error(`The log in ${connection.name} is gone again`);
  return head;
}

/** Begins a log, unless one is there by now. */
async function begin(
  connection: Connection,
  statements: Statements,
  writer: string,
): Promise<void> {
  const event: QueueEvent<'GENESIS'> = {
    event: 'GENESIS',
    task: null,
    agent: null,
    message: 'Began the log',
    status: null,
    data: { store: 'postgres' },
  };
  const log = randomUUID();
  const batch = { commandId: randomUUID(), at: instant(Date.now()), events: [event] };
  const place = { log, epoch: 1, seq: 0, hash: noHash, level: logFormat, writer };
  for (const { hash, text } of encodeBatch(batch, place)) {
    await connection.query(statements.begin, [log, hash, Buffer.from(text)]);
  }
}

/**
 * Puts the log in charge here: adds the seal that ended it elsewhere, which only who has read it
 * there can. Several may do so at once.
 */
async function arrive(
  connection: Connection,
  statements: Statements,
  { log_id, seq, hash }: HeadRow,
  arrival: Arrival,
): Promise<HeadRow> {
  const bytes = Buffer.from(arrival.line);
  const reading = readLine(bytes.subarray(0, -1));
  const prev = reading.kind === 'line' ? reading.line.frame.prev : '';
  if (log_id === arrival.logId && Number(seq) === arrival.seq - 1 && hash === prev) {
    const total = arrival.bytes;
    const line = { seq: arrival.seq, hash: arrival.hash, total, event: 'SEALED', bytes };
    const { epoch } = arrival;
    const change = {
      from: { seq: Number(seq), hash, state: 'filling', sealed: false },
      to: { epoch, seq: line.seq, hash: line.hash, state: 'active', sealed: true, next: null },
    } as const;
    await connection.query(statements.append, appendValues(change, [line]));
  }
  const [head] = await connection.query<HeadRow>(statements.head);
  if (head === undefined) throw new Error(`The log in ${connection.name} is gone again`);
  return head;
}

function witnessOf({ logId, epoch, seq, hash }: Arrival): Witness & { readonly path: string } {
  return { log: logId, epoch, seq, hash, path: 'the log that was moved there' };
}

function keeperIn(witnessDir: string | null | undefined): WitnessKeeper | null {
  if (witnessDir == null) return null;
  return new WitnessKeeper({ logDir: witnessDir, gitCopyPath: undefined, pace: 'each' });
}

/** Holds the log against what this workspace has seen of it. */
async function checkWitnesses(
  connection: Connection,
  statements: Statements,
  head: HeadRow,
  witnesses: readonly (Witness & { readonly path: string })[],
): Promise<void> {
  for (const witness of witnesses) {
    if (witness.log !== head.log_id) {
      throw new StoreError(
        'STORE_HALTED',
        `${connection.name} holds the log ${head.log_id}, and this workspace has worked with the ` +
          `log ${witness.log}. If the change is meant, remove ${witness.path}.`,
      );
    }
    // A newer epoch is a decision of a person about everything before it.
    if (witness.epoch < Number(head.epoch)) continue;
    const [row] = await connection.query<LineRow>(statements.lineAt, [witness.seq]);
    const isThere = row?.seq === String(witness.seq) && row.hash === witness.hash;
    if (!isThere) throw forked(connection.name, witness.seq);
  }
}

async function newestState(
  connection: Connection,
  statements: Statements,
): Promise<{ readonly opening: Opening | null; readonly before: Before }> {
  for (const row of await connection.query<LineRow>(statements.snapshots)) {
    const record = readRecord(row);
    if (record?.event !== 'SNAPSHOT' || record.data.version !== snapshotVersion) continue;
    const { blob, state } = record.data;
    const text =
      blob === undefined
        ? JSON.stringify(state)
        : // Lost or damaged: an older snapshot, or all the lines, say the same.
          await readText(connection, statements, blob.blob).catch(() => null);
    if (text === null) continue;
    const seq = record.seq - 1;
    const [sealed] = await connection.query<LineRow>(statements.lineAt, [seq]);
    if (sealed === undefined) continue;
    return { opening: { end: position(seq), state: text }, before: standAfter(sealed) };
  }
  return { opening: null, before: beginning };
}
