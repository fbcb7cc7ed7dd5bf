/**
 * The tables of a log in a PostgreSQL schema, and the statements on them.
 *
 * One row says where the log ends. Whoever changes it with the right position and hash in hand has
 * the turn, and adds the lines in the same statement.
 */
import type { LogRecord } from '../../core/event.ts';
import { readLine } from '../file/seal.ts';

/** Of the tables; a build that finds another one does not touch them. */
export const layout = 1;

/**
 * Who is in charge: `filling` while a log is being copied here, `active`, or `moved` when it went on
 * elsewhere.
 */
export type LogState = 'filling' | 'active' | 'moved';

/** The one row about the log. Numbers of 64 bits come as text. */
export interface HeadRow {
  readonly layout: number;
  readonly log_id: string;
  readonly epoch: string;
  readonly seq: string;
  readonly hash: string;
  readonly state: LogState;
  readonly sealed: boolean;
  readonly next: string | null;
  /** Milliseconds since the Unix epoch by the server's clock. */
  readonly now: number;
}

export interface LineRow {
  readonly seq: string;
  readonly hash: string;
  readonly total: string;
  readonly bytes: Buffer;
}

/** A line, and what is said of the log; without a line where none is that far. */
export interface TailRow
  extends
    Pick<HeadRow, 'log_id' | 'state' | 'sealed' | 'next' | 'now'>,
    Partial<Readonly<LineRow>> {
  readonly end: string;
}

/** A change of the head: from what is expected to what is to be. */
export interface HeadChange {
  readonly from: {
    readonly seq: number;
    readonly hash: string;
    readonly state: LogState;
    readonly sealed: boolean;
  };
  readonly to: {
    readonly epoch: number;
    readonly seq: number;
    readonly hash: string;
    readonly state: LogState;
    readonly sealed: boolean;
    readonly next: string | null;
  };
}

/** A line as it is added. */
export interface NewLine {
  readonly seq: number;
  readonly hash: string;
  /** Bytes of all lines up to and with this one. */
  readonly total: number;
  readonly event: string;
  readonly bytes: Buffer;
}

const nowMs = `(extract(epoch FROM clock_timestamp()) * 1000)::float8`;

/** The statements for the log in `schema`, a name that needs no quotes. */
export function statementsFor(schema: string) {
  return {
    channel: `signalbox_${schema}`,

    /** May be run by many at once, in a transaction that first takes the lock. */
    lock: `SELECT pg_advisory_xact_lock(hashtext('signalbox'), hashtext('${schema}'))`,
    tables: `
      CREATE SCHEMA IF NOT EXISTS ${schema};
      CREATE TABLE IF NOT EXISTS ${schema}.log (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        layout integer NOT NULL, log_id text NOT NULL, epoch bigint NOT NULL,
        seq bigint NOT NULL, hash text NOT NULL, state text NOT NULL,
        sealed boolean NOT NULL, next text);
      CREATE TABLE IF NOT EXISTS ${schema}.line (
        seq bigint PRIMARY KEY, hash text NOT NULL, total bigint NOT NULL, event text NOT NULL,
        bytes bytea NOT NULL);
      CREATE INDEX IF NOT EXISTS line_snapshot ON ${schema}.line (seq) WHERE event = 'SNAPSHOT';
      CREATE TABLE IF NOT EXISTS ${schema}.blob (digest text PRIMARY KEY, bytes bytea);
      CREATE TABLE IF NOT EXISTS ${schema}.beat (
        task text, token bigint, mark bigint NOT NULL, at timestamptz NOT NULL,
        PRIMARY KEY (task, token));`,

    isThere: `SELECT to_regclass('${schema}.log') IS NOT NULL AS there`,
    head: `SELECT *, ${nowMs} AS now FROM ${schema}.log`,
    /** A log begins with its first line. */
    begin: `
      WITH head AS (
        INSERT INTO ${schema}.log (layout, log_id, epoch, seq, hash, state, sealed)
        VALUES (${layout}, $1, 1, 1, $2::text, 'active', false) ON CONFLICT DO NOTHING
        RETURNING 1
      )
      INSERT INTO ${schema}.line (seq, hash, total, event, bytes)
      SELECT 1, $2::text, octet_length($3::bytea), 'GENESIS', $3::bytea FROM head`,
    /** Room for a log that is about to be copied here. */
    beginFilling: `
      INSERT INTO ${schema}.log (layout, log_id, epoch, seq, hash, state, sealed)
      VALUES (${layout}, $1, 1, 0, $2, 'filling', false) ON CONFLICT DO NOTHING`,
    /** A log that had moved away comes back. */
    reopen: `
      UPDATE ${schema}.log SET state = 'filling', sealed = false, next = NULL
      WHERE seq = $1 AND hash = $2 AND state = 'moved'`,

    append: `
      WITH head AS (
        UPDATE ${schema}.log
        SET epoch = $5::bigint, seq = $6::bigint, hash = $7::text, state = $8::text,
          sealed = $9::boolean, next = $10::text
        WHERE seq = $1::bigint AND hash = $2::text AND state = $3::text AND sealed = $4::boolean
        RETURNING 1
      ), added AS (
        INSERT INTO ${schema}.line (seq, hash, total, event, bytes)
        SELECT l.* FROM head,
          unnest($11::bigint[], $12::text[], $13::bigint[], $14::text[], $15::bytea[]) AS l
        RETURNING 1
      )
      SELECT pg_notify('signalbox_${schema}', $6::bigint::text) FROM head`,

    /** From position $1 on, so that the first one shows whether the log still holds it. */
    linesFrom: `
      SELECT l.seq, l.hash, l.total, l.bytes,
        h.log_id, h.state, h.sealed, h.next, h.seq AS end, ${nowMs} AS now
      FROM ${schema}.log AS h LEFT JOIN ${schema}.line AS l ON l.seq >= $1
      ORDER BY l.seq LIMIT $2`,
    linesBetween: `
      SELECT seq, hash, total, bytes FROM ${schema}.line
      WHERE seq > $1 AND seq <= $2 ORDER BY seq`,
    lineAt: `
      SELECT seq, hash, total, bytes FROM ${schema}.line
      WHERE seq <= $1 ORDER BY seq DESC LIMIT 1`,
    snapshots: `
      SELECT seq, hash, total, bytes FROM ${schema}.line
      WHERE event = 'SNAPSHOT' ORDER BY seq DESC LIMIT 3`,

    beat: `
      INSERT INTO ${schema}.beat AS b (task, token, mark, at) VALUES ($1, $2, 1, clock_timestamp())
      ON CONFLICT (task, token) DO UPDATE SET mark = b.mark + 1, at = clock_timestamp()`,
    lastBeat: `
      SELECT mark, (extract(epoch FROM at) * 1000)::float8 AS at
      FROM ${schema}.beat WHERE task = $1 AND token = $2`,

    putBlob: `
      INSERT INTO ${schema}.blob (digest, bytes) VALUES ($1, $2)
      ON CONFLICT (digest) DO UPDATE SET bytes = EXCLUDED.bytes`,
    getBlob: `SELECT bytes FROM ${schema}.blob WHERE digest = $1`,
    purgeBlob: `UPDATE ${schema}.blob SET bytes = NULL WHERE digest = $1 AND bytes IS NOT NULL`,
    blobNames: `SELECT digest, bytes IS NULL AS purged FROM ${schema}.blob ORDER BY digest`,
  };
}

export type Statements = ReturnType<typeof statementsFor>;

/** The values of `append`. */
export function appendValues({ from, to }: HeadChange, lines: readonly NewLine[]): unknown[] {
  return [
    ...[from.seq, from.hash, from.state, from.sealed],
    ...[to.epoch, to.seq, to.hash, to.state, to.sealed, to.next],
    lines.map(({ seq }) => seq),
    lines.map(({ hash }) => hash),
    lines.map(({ total }) => total),
    lines.map(({ event }) => event),
    lines.map(({ bytes }) => bytes),
  ];
}

/** What a row's line says; null where it cannot be read. */
export function readRecord(row: Pick<LineRow, 'bytes'>): LogRecord | null {
  const reading = readLine(row.bytes.subarray(0, -1));
  return reading.kind === 'line' ? reading.line.record : null;
}
