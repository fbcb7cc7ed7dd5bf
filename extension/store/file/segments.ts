/**
 * Which segments a log has, how each begins, and from which of them on to read.
 *
 * Reads first lines only. Whether a segment's lines count is decided by `acceptance`.
 */
import { closeSync, readdirSync } from 'node:fs';
import type { LogRecord } from '../../core/event.ts';
import { maxLineBytes } from '../../protocol/record.ts';
import type { ParsedLine } from '../../protocol/record.ts';
import type { LogPoint } from './acceptance.ts';
import { openFile, readAt, readOnly, segmentNumber, segmentPath, storeError } from './paths.ts';
import { readLine } from './seal.ts';

const newline = 10;

/** Which segments to read, and what was before them. */
export interface ScanPlan {
  /** Ascending; of each, nothing counts after position `cut`. */
  readonly segments: readonly { readonly number: number; readonly cut: number }[];
  /** Null where the first of them begins the log. */
  readonly after: LogPoint | null;
}

/** The first line of a segment that begins with a snapshot. */
export interface SnapshotHead {
  readonly segment: number;
  readonly record: LogRecord<'SNAPSHOT'>;
  /** Where the log stood before it. */
  readonly after: LogPoint;
}

/** Numbers of the segments that are there, ascending; empty where there is no log. */
export function listSegments(logDir: string): readonly number[] {
  let names: readonly string[];
  try {
    names = readdirSync(logDir);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw storeError(error, 'list', logDir);
  }
  return names
    .map((name) => segmentNumber(name))
    .filter((number) => number !== undefined)
    .sort((one, other) => one - other);
}

/**
 * What to read for all of the log, or for what follows the newest snapshot that `isStart` takes.
 *
 * @param before segments from this number on are left out; what they say of earlier ones is not
 */
export function planScan(
  logDir: string,
  isStart: (head: SnapshotHead) => boolean = () => false,
  before = Infinity,
): ScanPlan {
  const segments: { readonly number: number; readonly cut: number }[] = [];
  for (const { number, cut, snapshot } of headsBack(logDir)) {
    if (number >= before) continue;
    // Dead as a whole: a later epoch builds on what was before it.
    if (cut === 0) continue;
    segments.unshift({ number, cut });
    if (snapshot !== null && isStart(snapshot)) return { segments, after: snapshot.after };
  }
  return { segments, after: null };
}

/** The snapshots that segments of the log begin with, the newest first. */
export function* snapshotsBack(logDir: string): Generator<SnapshotHead> {
  for (const { snapshot } of headsBack(logDir)) if (snapshot !== null) yield snapshot;
}

interface SegmentHead {
  readonly number: number;
  /** The position after which nothing in it counts: the lowest that any later epoch builds on. */
  readonly cut: number;
  readonly snapshot: SnapshotHead | null;
}

/** The segments from the newest to the oldest: what counts in one is decided by those after it. */
function* headsBack(logDir: string): Generator<SegmentHead> {
  const numbers = listSegments(logDir);
  const isOnlyBeginning = numbers.length === 1 && numbers[0] === 1;
  let cut = Infinity;
  for (const number of numbers.toReversed()) {
    const head = isOnlyBeginning ? undefined : readHead(logDir, number);
    // A segment that begins behind the cut is dead as a whole. So is one whose first line cannot be
    // read: a later epoch cannot build on anything in it.
    const start = head?.frame.seq ?? (cut === Infinity ? 1 : Infinity);
    const isAlive = start <= cut;
    const snapshot = isAlive && head !== undefined ? snapshotHead(number, head) : null;
    yield { number, cut: isAlive ? cut : 0, snapshot };
    if (isAlive && head?.base) cut = head.base.seq;
  }
}

function snapshotHead(segment: number, { frame, record }: ParsedLine): SnapshotHead | null {
  if (record?.event !== 'SNAPSHOT') return null;
  const { v, log, epoch, seq, prev } = frame;
  const { store, bytesBefore } = record.data;
  const after: LogPoint = {
    log,
    epoch,
    seq: seq - 1,
    hash: prev,
    level: v,
    mode: store,
    bytes: bytesBefore,
  };
  return { segment, record, after };
}

/** The first line of a segment; undefined where it cannot be read. */
export function readHead(logDir: string, number: number): ParsedLine | undefined {
  const path = segmentPath(logDir, number);
  const file = openFile(path, readOnly);
  if (file === null) return undefined;
  try {
    const start = readAt(file.fd, 0, Math.min(maxLineBytes, file.sizeBytes));
    const end = start.indexOf(newline);
    const reading = end === -1 ? undefined : readLine(start.subarray(0, end));
    return reading?.kind === 'line' ? reading.line : undefined;
  } catch (error) {
    throw storeError(error, 'read', path);
  } finally {
    closeSync(file.fd);
  }
}
