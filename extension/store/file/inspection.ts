/**
 * What is in a log and what is wrong with it, for `store status`, `health`, `audit verify` and a
 * recovery. Reads everything anew, so that damage behind a reader's back shows.
 *
 * Changes nothing.
 */
import type { LogRecord } from '../../core/event.ts';
import { position } from '../../core/ids.ts';
import type { Position } from '../../core/ids.ts';
import { noHash } from '../../protocol/record.ts';
import type { Acceptance, Verdict } from './acceptance.ts';
import { LogReader } from './logReader.ts';
import type { Damage, SegmentScan } from './logReader.ts';
import { contradiction } from './logView.ts';
import { planScan } from './segments.ts';
import type { Witness, WitnessKeeper } from './witness.ts';

export interface LogInspection {
  /** Undefined where no line can be read. */
  readonly logId: string | undefined;
  readonly epoch: number;
  /** Format that the log is at. */
  readonly level: number;
  readonly end: Position;
  /**
   * The last position that nothing speaks against. Below `end` where damage or a witness shows that
   * another line once stood at a position: a line that had lost its race takes the place of one that
   * rotted.
   */
  readonly soundEnd: Position;
  readonly soundHash: string;
  /** The accepted records up to `soundEnd`. */
  readonly records: readonly LogRecord[];
  /** Hash of the accepted line at `seq`. */
  readonly hashAt: (seq: Position) => string | undefined;
  readonly segments: readonly SegmentScan[];
  /** How many lines were judged how; a verdict that is missing did not occur. */
  readonly counts: ReadonlyMap<Verdict, number>;
  readonly damage: Damage | null;
  /**
   * What is wrong with lines from before a snapshot that is sound: what happened then can no longer
   * be read, and neither the queue nor anyone who writes is affected.
   */
  readonly pastDamage: Damage | null;
  /** The format that some lines ask for, where this build does not know it. */
  readonly neededFormat: number | null;
  readonly witnesses: readonly (Witness & { readonly path: string })[];
  /** Highest position and epoch in any line with a right checksum, whether it counts or not. */
  readonly highestSeq: number;
  readonly highestEpoch: number;
}

/** `remembered` is damage that only the caller's memory shows, such as a rewind. */
export function inspectLog(
  logDir: string,
  keeper: WitnessKeeper,
  remembered: Damage | null,
): LogInspection {
  const witnesses = keeper.read();
  const { reader, pastDamage } = scanAll(logDir);
  const { logId, epoch, level, neededFormat, highestSeq, highestEpoch } = reader.acceptance;
  const records = reader.takeAccepted();
  const start = reader.after?.seq ?? 0;
  const hashAt = (seq: Position) => reader.index.hashAt(seq);
  const knownHash = (seq: Position) => (seq <= start && start > 0 ? null : hashAt(seq));
  const lines = records.map(({ seq, commandId }) => ({ seq, commandId, hash: hashAt(seq) }));
  const known = witnesses.filter((witness) => witness.log === logId && witness.epoch === epoch);
  const sound = records.slice(0, soundLength(lines, reader.acceptance, known));
  const soundEnd = sound.at(-1)?.seq ?? position(0);
  return {
    logId,
    epoch,
    level,
    end: reader.end,
    soundEnd,
    soundHash: hashAt(soundEnd) ?? noHash,
    records: sound,
    hashAt,
    segments: reader.segments,
    counts: reader.counts,
    damage: reader.damage ?? contradiction(reader, witnesses, knownHash) ?? remembered,
    pastDamage,
    neededFormat,
    witnesses,
    highestSeq,
    highestEpoch,
  };
}

/** Reads everything; where the past is damaged, everything since a sound snapshot. */
function scanAll(logDir: string): {
  readonly reader: LogReader;
  readonly pastDamage: Damage | null;
} {
  const reader = LogReader.scan(logDir);
  if (reader.damage === null) return { reader, pastDamage: null };
  const since = LogReader.scan(
    logDir,
    planScan(logDir, () => true),
  );
  const isPast = since.after !== null && since.after.seq > reader.end;
  return isPast ? { reader: since, pastDamage: reader.damage } : { reader, pastDamage: null };
}

/**
 * How many of the accepted `lines`, from the first, nothing speaks against; commands stay whole.
 *
 * Where the log is in trouble, nothing vouches for its last command: the next line, which would name
 * it, is not there or names another. If broken lines stand before it, one of them may have been what
 * was accepted at its position.
 */
export function soundLength(
  lines: readonly {
    readonly seq: number;
    readonly commandId: string;
    readonly hash: string | undefined;
  }[],
  { flaw, lastIsDisturbed }: Pick<Acceptance<never>, 'flaw' | 'lastIsDisturbed'>,
  witnesses: readonly { readonly seq: number; readonly hash: string }[],
): number {
  const end = lines.at(-1)?.seq ?? 0;
  const isInTrouble = flaw !== null || witnesses.some(({ seq }) => seq > end);
  let length = lines.length;
  if (flaw?.kind === 'fork' || (isInTrouble && lastIsDisturbed)) length--;
  for (const { seq, hash } of witnesses) {
    const index = lines.findIndex((line) => line.seq === seq);
    if (index !== -1 && lines[index]?.hash !== hash) length = Math.min(length, index);
  }
  while (length > 0 && lines[length]?.commandId === lines[length - 1]?.commandId) length--;
  return length;
}
