/**
 * The cure of a halted log: a new epoch in a new segment, after the last position that is sound.
 *
 * Touches no existing segment: what is damaged stays as it is, for whoever wants to look. Positions
 * go on above any that may ever have been given out, so that an old token never becomes valid again.
 */
import { randomUUID } from 'node:crypto';
import type { QueueEvent } from '../../core/event.ts';
import type { Instant, Position } from '../../core/ids.ts';
import { position } from '../../core/ids.ts';
import type { EpochBase } from '../../protocol/record.ts';
import { inspectLog } from './inspection.ts';
import type { LogInspection } from './inspection.ts';
import { placeOf } from './logReader.ts';
import { beginEpoch } from './newSegment.ts';
import { makeDirectory, segmentName } from './paths.ts';
import { maxLagPositions } from './witness.ts';
import type { WitnessKeeper } from './witness.ts';

export interface RecoverOptions {
  /** The last position to keep; the last sound one unless given. */
  readonly to?: Position | undefined;
}

export type Recovered =
  | {
      readonly ok: true;
      /** The last position that was kept; 0 where nothing could be. */
      readonly kept: Position;
      /** Position of the line that begins the new epoch. */
      readonly seq: Position;
      readonly epoch: number;
      readonly segment: string;
    }
  | {
      readonly ok: false;
      /**
       * `healthy`: nothing to recover, perhaps because another process just did. `too-new`: only a
       * newer build can judge it. `unknown-position`: `to` is no position that can be read, or lies
       * within the lines of one command.
       */
      readonly reason: 'healthy' | 'too-new' | 'unknown-position';
    };

export interface Recovery {
  readonly root: string;
  readonly logDir: string;
  readonly writer: string;
  readonly to: Position | undefined;
  readonly at: Instant;
  readonly mode: string;
  readonly inspection: LogInspection;
  /** The last position that this process has read. */
  readonly knownEnd: Position;
  readonly keeper: WitnessKeeper;
}

/** More new epochs than this at once would mean that writers ignore the new segment. */
const maxEpochs = 10;

export function recoverLog(recovery: Recovery): Recovered {
  const { root, logDir, keeper, to, knownEnd } = recovery;
  let { inspection } = recovery;
  if (inspection.neededFormat !== null) return { ok: false, reason: 'too-new' };
  if (inspection.damage === null && to === undefined) return { ok: false, reason: 'healthy' };
  const base = baseOf(inspection, to);
  if (base === undefined) return { ok: false, reason: 'unknown-position' };

  makeDirectory(root, logDir);
  const logId = inspection.logId ?? inspection.witnesses[0]?.log ?? randomUUID();
  for (let epochs = 0; epochs < maxEpochs; epochs++) {
    const number = (inspection.segments.at(-1)?.number ?? 0) + 1;
    const { witnesses, highestEpoch, highestSeq } = inspection;
    const epoch = Math.max(highestEpoch, ...witnesses.map((witness) => witness.epoch)) + 1;
    const known = Math.max(knownEnd, ...witnesses.map((witness) => witness.seq));
    // Where lines are gone that a witness tells of, there may have been some that it does not.
    const seq = (known > highestSeq ? known + maxLagPositions : highestSeq) + 1;
    const line = beginEpoch(logDir, number, healed(recovery, base.seq), {
      level: inspection.level,
      log: logId,
      epoch,
      seq,
      at: recovery.at,
      commandId: randomUUID(),
      part: 1,
      of: 1,
      writer: recovery.writer,
      prev: base.hash,
      base,
    });
    // Another recovery was first, and its cut is the one that counts.
    if (line === null) return { ok: false, reason: 'healthy' };
    keeper.advance({ log: logId, epoch, seq, hash: line.hash });
    keeper.flush();
    // A writer that had not noticed the damage may have gone on until the new segment was there.
    inspection = inspectLog(logDir, keeper, null);
    if (inspection.highestSeq <= seq) {
      const segment = segmentName(number);
      return { ok: true, kept: position(base.seq), seq: position(seq), epoch, segment };
    }
  }
  throw new Error(`Positions in ${logDir} grow while it is being recovered`);
}

/** The last line to keep, or undefined where `to` names none. */
function baseOf(
  { soundEnd, soundHash, records, hashAt }: LogInspection,
  to: Position | undefined,
): EpochBase | undefined {
  if (to === undefined || to === soundEnd) return { seq: soundEnd, hash: soundHash };
  const hash = hashAt(to);
  if (hash === undefined || to > soundEnd) return undefined;
  const next = records.findIndex(({ seq }) => seq > to);
  const cutsCommand = records[next]?.commandId === records[next - 1]?.commandId;
  return cutsCommand ? undefined : { seq: to, hash };
}

function healed({ inspection, logDir, mode }: Recovery, kept: number): QueueEvent<'HEALED'> {
  const { damage } = inspection;
  const why = damage === null ? 'On request' : `${placeOf(logDir, damage)} ${damage.message}`;
  return {
    event: 'HEALED',
    task: null,
    agent: null,
    message: `Went on after position ${kept}`,
    status: null,
    data: {
      done: [why, `Kept what was recorded up to position ${kept}, and began a new epoch`],
      store: mode,
    },
  };
}
