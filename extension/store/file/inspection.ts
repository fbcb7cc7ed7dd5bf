/**
 * What is in a log and what is wrong with it, for `store status`, `health`, `audit verify` and a
 * recovery. Reads everything anew, so that damage behind a reader's back shows.
 *
 * Changes nothing.
 */
import type { LogRecord } from '../../core/event.ts';
import type { Position } from '../../core/ids.ts';
import type { Verdict } from './acceptance.ts';
import { LogReader } from './logReader.ts';
import type { Damage, SegmentScan } from './logReader.ts';
import { contradiction } from './logView.ts';
import type { Witness, WitnessKeeper } from './witness.ts';

export interface LogInspection {
  /** Undefined where no line can be read. */
  readonly logId: string | undefined;
  readonly epoch: number;
  readonly end: Position;
  readonly endHash: string;
  /** The accepted records, up to the damage where there is any. */
  readonly records: readonly LogRecord[];
  /** Hash of the accepted line at `seq`. */
  readonly hashAt: (seq: Position) => string | undefined;
  readonly segments: readonly SegmentScan[];
  /** How many lines were judged how; a verdict that is missing did not occur. */
  readonly counts: ReadonlyMap<Verdict, number>;
  readonly damage: Damage | null;
  /** The format that some lines ask for, where this build does not know it. */
  readonly neededFormat: number | null;
  readonly witnesses: readonly (Witness & { readonly path: string })[];
  /** Highest position and epoch in any line with a right checksum, whether it counts or not. */
  readonly highestSeq: number;
  readonly highestEpoch: number;
}

/** `known` is damage that only the caller's memory shows, such as a rewind. */
export function inspectLog(
  logDir: string,
  keeper: WitnessKeeper,
  known: Damage | null,
): LogInspection {
  const witnesses = keeper.read();
  const reader = LogReader.scan(logDir);
  const { logId, epoch, endHash, neededFormat, highestSeq, highestEpoch } = reader.acceptance;
  return {
    logId,
    epoch,
    end: reader.end,
    endHash,
    records: reader.takeAccepted(),
    hashAt: (seq) => reader.index.hashAt(seq),
    segments: reader.segments,
    counts: reader.counts,
    damage: reader.damage ?? contradiction(reader, witnesses) ?? known,
    neededFormat,
    witnesses,
    highestSeq,
    highestEpoch,
  };
}
