/**
 * What one process knows of the log: all it has read, held against the files and the witnesses.
 *
 * Decides whether the log may still be trusted; writes nothing. What this process has read is itself
 * a witness: a log that no longer contains it was rewound or replaced.
 */
import type { LogRecord } from '../../core/event.ts';
import type { Position } from '../../core/ids.ts';
import { position } from '../../core/ids.ts';
import { logFormat, parseLine } from '../../protocol/record.ts';
import { StoreError } from '../taskStore.ts';
import { LogReader, placeOf } from './logReader.ts';
import type { Damage } from './logReader.ts';
import type { OpenFile } from './paths.ts';
import type { Witness, WitnessKeeper } from './witness.ts';

export class LogView {
  /** How lines are added, as fixed when the log began; undefined where that line is lost. */
  readonly mode: string | undefined;
  readonly #logDir: string;
  readonly #keeper: WitnessKeeper;
  #reader: LogReader;
  #rewound: Damage | null = null;
  #contradicted: Damage | null = null;
  /** Records up to the end that nobody asked for yet. */
  #unread: LogRecord[];

  /** Reads the whole log. */
  constructor(logDir: string, keeper: WitnessKeeper) {
    this.#logDir = logDir;
    this.#keeper = keeper;
    const witnesses = keeper.read();
    this.#reader = LogReader.scan(logDir);
    this.#unread = this.#reader.takeAccepted();
    this.#contradicted = contradiction(this.#reader, witnesses);
    const first = this.#unread[0];
    if (first?.event === 'GENESIS') this.mode = first.data.store;
  }

  get reader(): LogReader {
    return this.#reader;
  }

  get end(): Position {
    return this.#reader.end;
  }

  /** Why nothing may be written, or null where the log is sound. */
  get damage(): Damage | null {
    return this.#reader.damage ?? this.#rewound ?? this.#contradicted;
  }

  /** Reads what is new, and compares with the witnesses. */
  refresh(file?: OpenFile): void {
    // Before the log: it may grow meanwhile, and must not look shorter than a newer witness.
    const witnesses = this.#keeper.read();
    this.advance(file);
    this.#contradicted = contradiction(this.#reader, witnesses);
  }

  /** Reads what is new. */
  advance(file?: OpenFile): void {
    if (this.#reader.advance(file) === 'changed') {
      this.#readAgain();
      return;
    }
    this.#rewound = null;
    for (const record of this.#reader.takeAccepted()) this.#unread.push(record);
  }

  /** The accepted records after `after`, as of the last look. */
  records(after: Position): readonly LogRecord[] {
    const unread = this.#unread;
    this.#unread = [];
    const { index } = this.#reader;
    const wanted = index.size - index.indexAfter(after);
    if (wanted <= unread.length) return wanted === 0 ? [] : unread.slice(-wanted);
    return this.#reader.lines(after).map((line) => {
      const record = parseLine(line.toString('utf8', 0, line.length - 1))?.record;
      if (!record) throw new Error(`A line that was accepted does not parse: ${line.toString()}`);
      return record;
    });
  }

  /** The records at `first` to `last`, which were just accepted. */
  newest(first: Position, last: Position): readonly LogRecord[] {
    return this.#unread.filter(({ seq }) => seq >= first && seq <= last);
  }

  /** Takes the log as it is now, whatever was read before: a recovery changed what counts. */
  startOver(): void {
    this.#reader = LogReader.scan(this.#logDir);
    this.#unread = this.#reader.takeAccepted();
    this.#rewound = null;
    this.#contradicted = contradiction(this.#reader, this.#keeper.read());
  }

  /** @throws {StoreError} `STORE_HALTED` where the log is damaged or was rewound. */
  assertSound(): void {
    const { damage } = this;
    if (damage !== null) throw halted(this.#logDir, damage);
  }

  /** @throws {StoreError} also `FORMAT_TOO_NEW`, which does not keep anyone from reading. */
  assertWritable(): void {
    this.assertSound();
    const { neededFormat } = this.#reader.acceptance;
    if (neededFormat === null) return;
    throw new StoreError(
      'FORMAT_TOO_NEW',
      `The log in ${this.#logDir} contains lines of format ${neededFormat} after position ` +
        `${this.end}, and this build knows format ${logFormat}. Update Signalbox to write to it.`,
    );
  }

  #readAgain(): void {
    const before = this.#reader;
    const reader = LogReader.scan(this.#logDir);
    const known = before.end;
    if (known > 0 && reader.index.hashAt(known) !== before.acceptance.endHash) {
      const message =
        `no longer holds position ${known}, which this process has read: the log was rewound, ` +
        'replaced or cut back';
      const segment = Math.max(reader.currentSegment, 1);
      this.#rewound = { kind: 'rewound', segment, line: null, message };
      return;
    }
    this.#rewound = null;
    this.#reader = reader;
    for (const record of reader.takeAccepted()) if (record.seq > known) this.#unread.push(record);
  }
}

/** What is wrong with the log, going by a witness; null where they agree. */
export function contradiction(
  reader: LogReader,
  witnesses: readonly (Witness & { readonly path: string })[],
): Damage | null {
  const { logId, epoch, end, stopped } = reader.acceptance;
  const segment = Math.max(reader.currentSegment, 1);
  if (reader.segments.length === 0) {
    return { kind: 'missing', segment, line: null, message: 'is gone, with all others' };
  }
  // Damage says what is wrong by itself, and a newer format hides how far the log goes.
  if (stopped) return null;
  for (const { path, ...witness } of witnesses) {
    const said = `${path} names position ${witness.seq} of epoch ${witness.epoch}`;
    let message: string | undefined;
    if (witness.log !== logId) {
      message = `belongs to log ${logId ?? '(none)'}, but ${path} names log ${witness.log}`;
    } else if (witness.epoch > epoch || witness.seq > end) {
      message = `ends at position ${end} of epoch ${epoch}, but ${said}: the log was rewound`;
    } else if (
      witness.epoch === epoch &&
      reader.index.hashAt(position(witness.seq)) !== witness.hash
    ) {
      message = `has another line at position ${witness.seq} than ${path} names: it was replaced`;
    }
    if (message !== undefined) return { kind: 'rewound', segment, line: null, message };
  }
  return null;
}

function halted(logDir: string, damage: Damage): StoreError {
  return new StoreError(
    'STORE_HALTED',
    `The log is damaged: ${placeOf(logDir, damage)} ${damage.message}. Nothing was changed, and ` +
      'what comes before can still be read. `signalbox store status` shows more; ' +
      '`signalbox store recover` keeps the damaged file and goes on after what is sound.',
  );
}
