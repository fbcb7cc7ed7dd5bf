/**
 * What came before the snapshot that a log was opened with: read only when someone asks for it, and
 * from the newest snapshot that lies before what is asked for.
 *
 * Judges no line by itself. A past that does not lead to the snapshot is damaged, and is not
 * answered from.
 */
import type { LogRecord } from '../../core/event.ts';
import type { Position } from '../../core/ids.ts';
import { position } from '../../core/ids.ts';
import { StoreError } from '../taskStore.ts';
import type { LogPoint } from './acceptance.ts';
import { LogReader, placeOf } from './logReader.ts';
import { planScan, snapshotsBack } from './segments.ts';

export class Past {
  readonly #logDir: string;
  readonly #end: LogPoint;
  readonly #segment: number;
  #reader: LogReader | null = null;
  /** Where the log stood before each snapshot, by position. */
  #points: ReadonlyMap<number, LogPoint> | null = null;
  /** What was accepted when it was read, for the first who asks for all of it. */
  #records: readonly LogRecord[] | null = null;

  /**
   * @param end where the past ends
   * @param segment the one that goes on after it
   */
  constructor(logDir: string, end: LogPoint, segment: number) {
    this.#logDir = logDir;
    this.#end = end;
    this.#segment = segment;
  }

  /** @throws {StoreError} `STORE_HALTED` where the past is damaged */
  hashAt(seq: Position): string | undefined {
    return this.#pointAt(seq)?.hash ?? this.#from(seq).index.hashAt(seq);
  }

  /** @throws {StoreError} `STORE_HALTED` where the past is damaged */
  bytesUpTo(seq: Position): number {
    if (seq <= 0) return 0;
    return this.#pointAt(seq)?.bytes ?? this.#from(seq).index.bytesUpTo(seq);
  }

  /** @throws {StoreError} `STORE_HALTED` where the past is damaged */
  lines(after: Position): readonly Buffer[] {
    return this.#from(after).lines(after);
  }

  /** @throws {StoreError} `STORE_HALTED` where the past is damaged */
  records(after: Position): readonly LogRecord[] {
    const reader = this.#from(after);
    const records = this.#records ?? reader.recordsAfter(position(reader.after?.seq ?? 0));
    this.#records = null;
    return after === 0 ? records : records.filter(({ seq }) => seq > after);
  }

  /** Where the log stood at `seq`, if a snapshot says so: then no line needs to be read. */
  #pointAt(seq: Position): LogPoint | undefined {
    if (seq === this.#end.seq) return this.#end;
    if (this.#covers(seq)) return undefined;
    this.#points ??= new Map(
      Array.from(snapshotsBack(this.#logDir), ({ after }) => [after.seq, after]),
    );
    return this.#points.get(seq);
  }

  #covers(seq: Position): boolean {
    return this.#reader !== null && (this.#reader.after?.seq ?? 0) < seq;
  }

  /** A reader of everything from `seq` or before up to the end of the past. */
  #from(seq: Position): LogReader {
    const known = this.#reader;
    if (known !== null && (known.after?.seq ?? 0) <= seq) return known;
    const plan = planScan(this.#logDir, ({ after }) => after.seq <= seq, this.#segment);
    const reader = LogReader.scan(this.#logDir, plan);
    if (reader.end !== this.#end.seq || reader.acceptance.endHash !== this.#end.hash) {
      throw this.#damaged(reader);
    }
    this.#records = reader.takeAccepted();
    this.#reader = reader;
    return reader;
  }

  #damaged({ damage, end }: LogReader): StoreError {
    const what =
      damage === null
        ? `the lines before position ${this.#end.seq} end at position ${end}`
        : `${placeOf(this.#logDir, damage)} ${damage.message}`;
    return new StoreError(
      'STORE_HALTED',
      `The past of the log is damaged: ${what}. What happened since position ${this.#end.seq} and ` +
        'the queue are not affected. Put the file back from a copy; `signalbox audit verify` ' +
        'says whether it fits.',
    );
  }
}
