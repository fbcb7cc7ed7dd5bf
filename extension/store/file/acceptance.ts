/**
 * Which lines of the log count: the rules of acceptance as one state machine over lines.
 *
 * Pure: knows no files. Every reader of the same bytes comes to the same answer, however the bytes
 * reached it, and what was accepted once stays accepted as the file grows.
 *
 * Between lines the machine is in one of these states:
 *
 *     at a segment's start   the next line must begin the log or a new epoch, or go on after what
 *                            was sealed; anything else is damage, since a segment comes into being
 *                            with its first line whole
 *     in line                the next line may be accepted, alone or as part 1 of a group
 *     within a group         parts 1 to k of n were read; only part k+1, directly after, continues
 *     sealed                 `SEALED` was accepted: nothing more counts in this segment. The next one
 *                            begins with `SNAPSHOT`; or, where the disk had failed to keep this one,
 *                            with a copy of its lines, of which those count that were lost
 *     behind the cut         a newer epoch builds on an earlier position: nothing counts any more
 *     stopped                damage, or a line of a newer format: nothing is judged any more
 *
 * A line whose checksum is right but whose content makes no sense is skipped where it could not
 * have counted anyway. Where it stands exactly at the next position it is damage: a build that does
 * understand it would accept it, and two readings of one log must not exist.
 *
 * A part of a group that does not continue one is never damage, wherever it claims to stand: its
 * first part may have been glued to another writer's torn line, or have lost its race.
 */
import type { EventName, LogRecord, SealReason } from '../../core/event.ts';
import type { Instant } from '../../core/ids.ts';
import { highestFormat, noHash } from '../../protocol/record.ts';
import type { Frame, ParsedLine } from '../../protocol/record.ts';
import type { LineReading } from './seal.ts';

export type Verdict =
  /** It counts, and with the last part of a group all parts before it. */
  | 'accepted'
  /** Part of a group that may still become whole. */
  | 'pending'
  | 'blank'
  | 'torn'
  /** Another log, another epoch or another format. */
  | 'foreign'
  /** Its position was taken before. */
  | 'loser'
  /** A later part of a group that lost or broke. */
  | 'orphan'
  /** Accepted before, and kept again because the disk had failed to keep it. */
  | 'copy'
  /** Behind a seal, or behind the position that a newer epoch builds on. */
  | 'dead'
  | 'damage'
  /** Only a newer build may fold it. */
  | 'too-new'
  /** Behind damage or a newer format. */
  | 'unread';

/** What is wrong with the first line that cannot be explained. */
export interface Flaw {
  readonly kind: 'head' | 'gap' | 'fork' | 'content';
  readonly message: string;
}

interface Candidate<Place> {
  readonly record: LogRecord;
  readonly hash: string;
  readonly frame: Frame;
  readonly place: Place;
}

/** Where a log stands after a line: all that is needed to go on from there. */
export interface LogPoint {
  readonly log: string;
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
  /** Highest format of any line so far. */
  readonly level: number;
  /** How lines are added, as fixed when the log began. */
  readonly mode: string | undefined;
  /** Bytes of all accepted lines so far. */
  readonly bytes: number;
}

/** The seal that the last accepted line is. */
export interface Seal {
  readonly frame: Frame;
  readonly at: Instant;
  readonly why: SealReason;
  /** The store that the log goes on in, if not this one. */
  readonly next: string | null;
}

/** `Place` is where a line stands, for the reader's own use. */
export class Acceptance<Place> {
  /** Undefined until the first line was accepted. */
  logId: string | undefined;
  epoch = 0;
  /** Position of the last accepted line. */
  end = 0;
  endHash = noHash;
  /** Highest format of any accepted line: what this log is written in. */
  level = 1;
  mode: string | undefined;
  /** Null unless nothing but the next segment may follow. */
  seal: Seal | null = null;
  /** Whether this segment keeps the lines of the one before once more. */
  isCopy = false;
  flaw: Flaw | null = null;
  /** The format that the first unreadable line asks for. */
  neededFormat: number | null = null;
  /** Highest position and epoch that any line with a right checksum claims, counted or not. */
  highestSeq = 0;
  highestEpoch = 0;

  /**
   * Whether broken lines stand directly before the last command that counts. Then it may be one that
   * had lost its race to a command that rotted since.
   */
  lastIsDisturbed = false;

  readonly #accept: (record: LogRecord, hash: string, place: Place) => void;
  #group: Candidate<Place>[] = [];
  #atStart = false;
  #disturbed = false;
  #cut = Infinity;
  /** Whether the next segment must go on after a seal that was not read. */
  #resumed = false;

  /** @param after where to begin; the first segment then begins with a snapshot */
  constructor(
    accept: (record: LogRecord, hash: string, place: Place) => void,
    after: LogPoint | null = null,
  ) {
    this.#accept = accept;
    if (after === null) return;
    this.logId = after.log;
    this.epoch = after.epoch;
    this.end = after.seq;
    this.endHash = after.hash;
    this.level = after.level;
    this.mode = after.mode;
    this.#resumed = true;
  }

  get stopped(): boolean {
    return this.flaw !== null || this.neededFormat !== null;
  }

  /** The next line is the first of a segment, of which nothing counts after position `cut`. */
  startSegment(cut: number): void {
    this.#group = [];
    this.#atStart = true;
    this.isCopy = false;
    this.#cut = cut;
  }

  push(reading: LineReading, place: Place): Verdict {
    if (reading.kind === 'line') this.#noteHighest(reading.line.frame);
    if (this.stopped) return 'unread';
    if (this.#atStart) {
      this.#atStart = false;
      return this.#judgeFirst(reading, place);
    }
    if (this.end >= this.#cut) return 'dead';
    if (this.seal !== null && !this.isCopy) return 'dead';
    if (reading.kind !== 'line') {
      this.#group = [];
      this.#disturbed ||= reading.kind === 'torn';
      return reading.kind;
    }
    return this.#judge(reading.line, reading.hash, place);
  }

  #noteHighest({ log, seq, epoch }: Frame): void {
    if (this.logId !== undefined && log !== this.logId) return;
    this.highestSeq = Math.max(this.highestSeq, seq);
    this.highestEpoch = Math.max(this.highestEpoch, epoch);
  }

  #judgeFirst(reading: LineReading, place: Place): Verdict {
    if (reading.kind !== 'line') return this.#damage('head', 'cannot be read as the first line');
    const { line, hash } = reading;
    const { frame, base, record } = line;
    if (frame.min > highestFormat) return this.#tooNew(frame);
    if (record === null) return this.#damage('head', 'does not make sense as the first line');
    if (this.logId !== undefined && frame.log !== this.logId) {
      return this.#damage('head', `belongs to another log (${frame.log})`);
    }
    if (base === null) {
      if (this.#isCopied(record.event, frame)) {
        this.isCopy = true;
        return this.#judge(line, hash, place);
      }
      const begins = record.event === 'GENESIS' && this.#isFirst(frame);
      if (!begins && !(record.event === 'SNAPSHOT' && this.#followsSeal(frame))) {
        return this.#damage('head', 'begins neither the log nor a new epoch, nor goes on after it');
      }
    } else {
      const follows = base.seq === this.end && base.hash === this.endHash;
      if (!follows || frame.prev !== base.hash) {
        const found = `${base.seq}, but the lines before it end at position ${this.end}`;
        return this.#damage('head', `begins an epoch that builds on position ${found}`);
      }
      if (frame.epoch <= this.epoch || frame.seq <= this.end) {
        return this.#damage('head', 'begins an epoch that is not newer than the one before');
      }
    }
    this.logId = frame.log;
    this.epoch = frame.epoch;
    this.#count([{ record, hash, frame, place }]);
    return 'accepted';
  }

  #isFirst({ seq, epoch, prev }: Frame): boolean {
    return seq === 1 && epoch === 1 && this.end === 0 && prev === noHash;
  }

  #followsSeal(frame: Frame): boolean {
    const { seq, epoch, prev, of } = frame;
    if (this.seal === null && !this.#resumed) return false;
    return seq === this.end + 1 && epoch === this.epoch && prev === this.endHash && of === 1;
  }

  /** Whether the first line of a segment is one of the segment before, or the first that it lost. */
  #isCopied(event: EventName, { seq, epoch, prev }: Frame): boolean {
    if (event === 'GENESIS' || event === 'SNAPSHOT' || epoch !== this.epoch) return false;
    return seq <= this.end || (seq === this.end + 1 && prev === this.endHash);
  }

  #judge(line: ParsedLine, hash: string, place: Place): Verdict {
    const { frame, record } = line;
    if (frame.log !== this.logId || frame.epoch !== this.epoch) {
      this.#group = [];
      return 'foreign';
    }
    const continues = this.#continuesGroup(frame);
    if (!continues) {
      this.#group = [];
      if (frame.part > 1) {
        this.#disturbed = true;
        return 'orphan';
      }
      if (frame.seq <= this.end) return this.isCopy ? 'copy' : 'loser';
      if (this.seal !== null) return 'dead';
      if (frame.seq > this.end + 1) {
        return this.#damage(
          'gap',
          `has position ${frame.seq}, but position ${this.end + 1} is missing`,
        );
      }
      if (frame.prev !== this.endHash) {
        return this.#damage(
          'fork',
          `has position ${frame.seq}, but was written after another line than the one that is ` +
            `at position ${this.end}`,
        );
      }
    }
    if (frame.min > highestFormat) return this.#tooNew(frame);
    if (record === null) {
      return this.#damage('content', `has position ${frame.seq}, but does not make sense`);
    }
    if (record.event === 'SEALED' && frame.of > 1) {
      return this.#damage('content', `has position ${frame.seq}, and is a seal among other events`);
    }
    const candidate = { record, hash, frame, place };
    if (frame.of === 1) {
      this.#count([candidate]);
      return 'accepted';
    }
    this.#group.push(candidate);
    if (frame.part < frame.of) return 'pending';
    const group = this.#group;
    this.#group = [];
    this.#count(group);
    return 'accepted';
  }

  #continuesGroup(frame: Frame): boolean {
    const before = this.#group.at(-1);
    return (
      before?.frame.commandId === frame.commandId &&
      frame.of === before.frame.of &&
      frame.part === before.frame.part + 1 &&
      frame.seq === before.frame.seq + 1 &&
      frame.prev === before.hash
    );
  }

  #count(command: readonly Candidate<Place>[]): void {
    for (const { record, hash, frame, place } of command) {
      this.end = frame.seq;
      this.endHash = hash;
      this.level = Math.max(this.level, frame.v);
      this.seal = record.event === 'SEALED' ? sealOf(record, frame) : null;
      if (record.event === 'GENESIS' || record.event === 'SNAPSHOT') this.mode = record.data.store;
      else if (record.event === 'HEALED') this.mode = record.data.store ?? this.mode;
      this.#accept(record, hash, place);
    }
    this.#resumed = false;
    this.lastIsDisturbed = this.#disturbed;
    this.#disturbed = false;
  }

  #damage(kind: Flaw['kind'], message: string): Verdict {
    this.#group = [];
    this.flaw = { kind, message };
    return 'damage';
  }

  #tooNew(frame: Frame): Verdict {
    this.#group = [];
    this.neededFormat = frame.min;
    return 'too-new';
  }
}

function sealOf({ at, data }: LogRecord<'SEALED'>, frame: Frame): Seal {
  return { frame, at, why: data.why, next: data.next ?? null };
}
