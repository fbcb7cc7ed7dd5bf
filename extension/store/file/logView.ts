/**
 * What one process knows of the log: all it has read, held against the files and the witnesses.
 *
 * Decides whether the log may still be trusted; writes nothing. What this process has read is itself
 * a witness: a log that no longer contains it was rewound or replaced.
 */
import type { LogRecord } from '../../core/event.ts';
import type { Position } from '../../core/ids.ts';
import { position } from '../../core/ids.ts';
import { highestFormat } from '../../protocol/record.ts';
import { StoreError } from '../taskStore.ts';
import type { Opening } from '../taskStore.ts';
import { LogReader, placeOf } from './logReader.ts';
import type { Damage } from './logReader.ts';
import { Past } from './past.ts';
import type { OpenFile } from './paths.ts';
import type { SnapshotStates } from './snapshotStates.ts';
import type { Witness, WitnessKeeper } from './witness.ts';

type FoundWitness = Witness & { readonly path: string };

export class LogView {
  readonly #logDir: string;
  readonly #keeper: WitnessKeeper;
  readonly #states: SnapshotStates;
  #reader: LogReader;
  #past: Past | null;
  #opening: Opening | null;
  #rewound: Damage | null = null;
  #contradicted: Damage | null = null;
  /** Records up to the end that nobody asked for yet. */
  #unread: LogRecord[];

  /** Reads the log from its newest usable snapshot on. */
  constructor(logDir: string, keeper: WitnessKeeper, states: SnapshotStates) {
    this.#logDir = logDir;
    this.#keeper = keeper;
    this.#states = states;
    const witnesses = keeper.read();
    const { reader, opening } = states.open();
    this.#reader = reader;
    this.#past = this.#pastOf(reader);
    this.#opening = opening;
    this.#unread = reader.takeAccepted();
    this.#contradicted = this.#contradiction(witnesses);
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
    this.#contradicted = this.#contradiction(witnesses);
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

  /** The state that the log was opened with; only the first caller gets it. */
  takeOpening(): Opening | null {
    const opening = this.#opening;
    this.#opening = null;
    return opening;
  }

  /** The accepted records after `after`, as of the last look. */
  records(after: Position): readonly LogRecord[] {
    const start = position(this.#reader.after?.seq ?? 0);
    const past = after < start ? (this.#past?.records(after) ?? []) : [];
    const unread = this.#unread;
    this.#unread = [];
    const { index } = this.#reader;
    const wanted = index.size - index.indexAfter(after);
    const recent =
      wanted > unread.length
        ? this.#reader.recordsAfter(after)
        : wanted === 0
          ? []
          : unread.slice(-wanted);
    return past.length === 0 ? recent : [...past, ...recent];
  }

  /** Hash of the accepted line at `seq`, or undefined where none has that position. */
  hashAt(seq: Position): string | undefined {
    return seq > this.#start ? this.#reader.index.hashAt(seq) : this.#past?.hashAt(seq);
  }

  /** Bytes of all accepted lines up to `seq`. */
  bytesUpTo(seq: Position): number {
    return seq > this.#start
      ? this.#reader.index.bytesUpTo(seq)
      : (this.#past?.bytesUpTo(seq) ?? 0);
  }

  /** The accepted lines after `after`, byte for byte, as they are in the files now. */
  lines(after: Position): readonly Buffer[] {
    const recent = this.#reader.lines(after);
    return after < this.#start && this.#past !== null
      ? [...this.#past.lines(after), ...recent]
      : recent;
  }

  /** The records at `first` to `last`, which were just accepted. */
  newest(first: Position, last: Position): readonly LogRecord[] {
    return this.#unread.filter(({ seq }) => seq >= first && seq <= last);
  }

  /** Takes the log as it is now, whatever was read before: a recovery changed what counts. */
  startOver(): void {
    this.#reader = LogReader.scan(this.#logDir);
    this.#past = null;
    this.#opening = null;
    this.#unread = this.#reader.takeAccepted();
    this.#rewound = null;
    this.#contradicted = this.#contradiction(this.#keeper.read());
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
        `${this.end}, and this build knows format ${highestFormat}. Update Signalbox to write to it.`,
    );
  }

  /** The position that the reader begins after. */
  get #start(): number {
    return this.#reader.after?.seq ?? 0;
  }

  #pastOf({ after, firstSegment }: LogReader): Past | null {
    return after === null ? null : new Past(this.#logDir, after, firstSegment);
  }

  #contradiction(witnesses: readonly FoundWitness[]): Damage | null {
    return contradiction(this.#reader, witnesses, (seq) => {
      try {
        return this.hashAt(seq);
      } catch {
        // A past that cannot be read says nothing against what came after it.
        return null;
      }
    });
  }

  #readAgain(): void {
    const before = this.#reader;
    const known = before.end;
    // From where this process has read at most, so that it shows whether that is still there.
    const { reader } = this.#states.open(known);
    const { after, index } = reader;
    const hash = after?.seq === known ? after.hash : index.hashAt(known);
    if (known > 0 && hash !== before.acceptance.endHash) {
      const message =
        `no longer holds position ${known}, which this process has read: the log was rewound, ` +
        'replaced or cut back';
      const segment = Math.max(reader.currentSegment, 1);
      this.#rewound = { kind: 'rewound', segment, line: null, message };
      return;
    }
    this.#rewound = null;
    this.#reader = reader;
    this.#past = this.#pastOf(reader);
    for (const record of reader.takeAccepted()) if (record.seq > known) this.#unread.push(record);
  }
}

/** What is wrong with the log, going by a witness; null where they agree. */
export function contradiction(
  reader: LogReader,
  witnesses: readonly FoundWitness[],
  /** Null where it cannot be told. */
  hashAt: (seq: Position) => string | undefined | null,
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
    } else if (witness.epoch === epoch && !isAt(witness, hashAt)) {
      message = `has another line at position ${witness.seq} than ${path} names: it was replaced`;
    }
    if (message !== undefined) return { kind: 'rewound', segment, line: null, message };
  }
  return null;
}

function isAt({ seq, hash }: Witness, hashAt: (seq: Position) => string | undefined | null) {
  const found = hashAt(position(seq));
  return found === null || found === hash;
}

function halted(logDir: string, damage: Damage): StoreError {
  return new StoreError(
    'STORE_HALTED',
    `The log is damaged: ${placeOf(logDir, damage)} ${damage.message}. Nothing was changed, and ` +
      'what comes before can still be read. `signalbox store status` shows more; ' +
      '`signalbox store recover` keeps the damaged file and goes on after what is sound.',
  );
}
