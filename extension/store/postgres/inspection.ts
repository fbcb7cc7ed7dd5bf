/** What is in a log on a server, in the words of an inspection of files. Reads nothing. */
import { position } from '../../core/ids.ts';
import type { LogInspection } from '../file/inspection.ts';
import type { Damage } from '../file/logReader.ts';
import type { Mirror } from './mirror.ts';

/** @param mirror with all lines in it that could be read */
export function inspectionOf(
  logId: string,
  mirror: Mirror,
  pastDamage: Damage | null,
  witnesses: LogInspection['witnesses'],
): LogInspection {
  const { end, level } = mirror;
  return {
    logId,
    epoch: end.epoch,
    level,
    end: position(end.seq),
    soundEnd: position(end.seq),
    soundHash: end.hash,
    records: mirror.records(position(0)),
    hashAt: (seq) => mirror.hashAt(seq),
    segments: [],
    counts: new Map(),
    damage: null,
    pastDamage,
    neededFormat: null,
    witnesses,
    highestSeq: end.seq,
    highestEpoch: end.epoch,
  };
}
