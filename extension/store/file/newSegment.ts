/**
 * Begins a segment: a whole file with its first line, which appears at once or not at all.
 */
import type { QueueEvent } from '../../core/event.ts';
import { instant } from '../../core/ids.ts';
import { noHash } from '../../protocol/record.ts';
import type { LineFrame } from '../../protocol/record.ts';
import { publishFile, segmentPath } from './paths.ts';
import { sealLine } from './seal.ts';
import type { LogMode } from './storageGate.ts';
import type { SealedLine } from './seal.ts';

/** Begins a log in `logDir`, unless one is there by now. */
export function beginLog(
  logDir: string,
  log: {
    readonly id: string;
    readonly commandId: string;
    readonly writer: string;
    readonly at: number;
    readonly mode: LogMode;
  },
): void {
  const event: QueueEvent<'GENESIS'> = {
    event: 'GENESIS',
    task: null,
    agent: null,
    message: 'Began the log',
    status: null,
    data: { store: log.mode },
  };
  const { id, commandId, writer } = log;
  const at = instant(log.at);
  const frame = { log: id, epoch: 1, seq: 1, at, commandId, part: 1, of: 1, writer, prev: noHash };
  // Where another process was first, its log is the one.
  publishFile(segmentPath(logDir, 1), sealLine(event, frame).text);
}

/** Begins segment `number` with a new epoch; false where another process began that segment. */
export function beginEpoch(
  logDir: string,
  number: number,
  event: QueueEvent<'HEALED'>,
  frame: LineFrame,
): SealedLine | null {
  const line = sealLine(event, frame);
  return publishFile(segmentPath(logDir, number), line.text) ? line : null;
}
