/**
 * What one process holds of a log on a server: the lines since a snapshot, and older ones once they
 * were asked for. Each is checked against the one before it when it comes.
 *
 * Asks no server.
 */
import type { LogRecord } from '../../core/event.ts';
import type { Position } from '../../core/ids.ts';
import { highestFormat, noHash } from '../../protocol/record.ts';
import type { Frame } from '../../protocol/record.ts';
import { LineIndex } from '../file/lineIndex.ts';
import { readLine } from '../file/seal.ts';
import { StoreError } from '../taskStore.ts';
import type { LineRow } from './tables.ts';

/** A line that fits to the one before it. */
export interface HeldLine {
  readonly record: LogRecord;
  readonly frame: Frame;
  readonly hash: string;
  readonly bytes: Buffer;
}

/** Where a log stands before a line. */
export interface Before {
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
  /** Bytes of all lines up to there. */
  readonly bytes: number;
}

export const beginning: Before = { epoch: 1, seq: 0, hash: noHash, bytes: 0 };

/** Where the log stands after the line of `row`, which was checked when it was added. */
export function standAfter(row: LineRow): Before {
  const reading = readLine(row.bytes.subarray(0, -1));
  const epoch = reading.kind === 'line' ? reading.line.frame.epoch : 0;
  return { epoch, seq: Number(row.seq), hash: row.hash, bytes: Number(row.total) };
}

export class Mirror {
  readonly #logId: string;
  /** For messages. */
  readonly #name: string;
  #before: Before;
  #lines: HeldLine[] = [];
  #index: LineIndex;
  #level = 1;

  constructor(logId: string, name: string, before: Before) {
    this.#logId = logId;
    this.#name = name;
    this.#before = before;
    this.#index = new LineIndex(before);
  }

  /** Where the lines that are held begin. */
  get before(): Before {
    return this.#before;
  }

  get end(): Before {
    const last = this.#lines.at(-1);
    if (last === undefined) return this.#before;
    const { epoch, seq } = last.frame;
    return { epoch, seq, hash: last.hash, bytes: this.#index.bytesUpTo(last.record.seq) };
  }

  /** Highest format of a line that is held. */
  get level(): number {
    return this.#level;
  }

  /** Adds what follows the end. */
  add(lines: readonly HeldLine[]): void {
    for (const line of lines) {
      this.#lines.push(line);
      this.#note(line);
    }
  }

  /**
   * Adds lines that lead to the first that is held.
   *
   * @throws {StoreError} `STORE_HALTED` where they do not
   */
  prepend(before: Before, lines: readonly HeldLine[]): void {
    const { seq, hash } = this.#before;
    const last = lines.at(-1);
    if (last?.frame.seq !== seq || last.hash !== hash) {
      throw this.#halted(`its lines up to position ${seq} are not those that came before the rest`);
    }
    this.#before = before;
    this.#lines = [...lines, ...this.#lines];
    this.#index = new LineIndex(before);
    for (const line of this.#lines) this.#note(line);
  }

  /**
   * The lines that rows hold.
   *
   * @throws {StoreError} `STORE_HALTED` where one does not fit, `FORMAT_TOO_NEW`
   */
  check(rows: readonly LineRow[], from: Before): readonly HeldLine[] {
    let before: Pick<Before, 'epoch' | 'seq' | 'hash'> = from;
    return rows.map((row) => {
      const line = this.#checkOne(row, before);
      before = { epoch: line.frame.epoch, seq: line.frame.seq, hash: line.hash };
      return line;
    });
  }

  records(after: Position): readonly LogRecord[] {
    return this.#from(after).map(({ record }) => record);
  }

  lines(after: Position): readonly Buffer[] {
    return this.#from(after).map(({ bytes }) => bytes);
  }

  hashAt(seq: Position): string | undefined {
    return seq === this.#before.seq && seq > 0 ? this.#before.hash : this.#index.hashAt(seq);
  }

  bytesUpTo(seq: Position): number {
    return this.#index.bytesUpTo(seq);
  }

  #from(after: Position): readonly HeldLine[] {
    return this.#lines.slice(this.#index.indexAfter(after));
  }

  #note({ frame, hash, bytes }: HeldLine): void {
    const place = { segment: 1, file: 0, offset: 0, lengthBytes: bytes.length };
    this.#index.add(frame.seq, hash, place);
    this.#level = Math.max(this.#level, frame.v);
  }

  #checkOne(row: LineRow, before: Pick<Before, 'epoch' | 'seq' | 'hash'>): HeldLine {
    const { bytes } = row;
    const reading = readLine(bytes.subarray(0, -1));
    const at = `position ${row.seq}`;
    if (reading.kind !== 'line' || bytes.at(-1) !== 10 || reading.hash !== row.hash) {
      throw this.#halted(`${at} is not as it was written`);
    }
    const { frame, base, record } = reading.line;
    if (frame.min > highestFormat) throw this.#tooNew(frame);
    if (frame.log !== this.#logId) throw this.#halted(`${at} belongs to the log ${frame.log}`);
    const follows = base ?? { seq: before.seq, hash: before.hash };
    const isNext =
      follows.seq === before.seq &&
      follows.hash === before.hash &&
      frame.prev === before.hash &&
      (base === null
        ? frame.seq === before.seq + 1 && frame.epoch === before.epoch
        : frame.seq > before.seq && frame.epoch > before.epoch);
    if (!isNext || String(frame.seq) !== row.seq) {
      throw this.#halted(`${at} does not follow the line at position ${before.seq}`);
    }
    if (record === null) throw this.#halted(`${at} does not make sense`);
    return { record, frame, hash: reading.hash, bytes };
  }

  #halted(what: string): StoreError {
    return new StoreError(
      'STORE_HALTED',
      `The log in ${this.#name} is damaged: ${what}. Nothing was changed. Put the database back ` +
        'from a copy; `signalbox audit verify` says whether it fits.',
    );
  }

  #tooNew({ min }: Frame): StoreError {
    return new StoreError(
      'FORMAT_TOO_NEW',
      `The log in ${this.#name} has lines of format ${min}, and this build knows format ` +
        `${highestFormat}. Update Signalbox to use it.`,
    );
  }
}
