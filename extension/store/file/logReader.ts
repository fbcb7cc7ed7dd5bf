/**
 * Reads the log from its segments, once from the start and then only what is new.
 *
 * Only reads, and judges nothing by itself: `acceptance` says which lines count. Keeps no file open
 * between calls; what it saw last is recognised by device, inode and the last line's checksum.
 */
import { closeSync } from 'node:fs';
import type { LogRecord } from '../../core/event.ts';
import { position } from '../../core/ids.ts';
import type { Position } from '../../core/ids.ts';
import { maxLineBytes, parseLine, sealLength } from '../../protocol/record.ts';
import { StoreError } from '../taskStore.ts';
import { Acceptance } from './acceptance.ts';
import type { LogPoint, Verdict } from './acceptance.ts';
import { commandPath, highestCommand, readCommand } from './commandFiles.ts';
import { LineIndex } from './lineIndex.ts';
import type { LinePlace } from './lineIndex.ts';
import type { OpenFile } from './paths.ts';
import {
  exists,
  lookAgain,
  openFile,
  readAt,
  readOnly,
  segmentName,
  segmentPath,
  storeError,
} from './paths.ts';
import { readLine, sealOf } from './seal.ts';
import { positionMode } from './storageGate.ts';
import type { ScanPlan } from './segments.ts';
import { listSegments, planScan, readHead } from './segments.ts';

const newline = 10;
const noBytes = Buffer.alloc(0);
const chunkBytes = 1024 * 1024;

export interface Damage {
  readonly kind: 'head' | 'gap' | 'fork' | 'content' | 'missing' | 'rewound';
  readonly segment: number;
  /** From 1; null where no line shows it. */
  readonly line: number | null;
  readonly message: string;
}

export interface SegmentScan {
  readonly number: number;
  readonly path: string;
  /** Lines that were ended, of whatever kind. */
  readonly lines: number;
  /** Bytes after the last newline. */
  readonly openTailBytes: number;
}

interface Segment {
  readonly number: number;
  readonly path: string;
  dev: bigint;
  ino: bigint;
  sizeBytes: number;
  /** Where the first line that is not ended yet begins. */
  offset: number;
  lines: number;
  /** Position after its first line. */
  start: number;
  /** Nothing counts after this position. */
  readonly cut: number;
  /** Whether the line at `offset` is the rest of one that is too long to be any. */
  overlong: boolean;
}

/** What came of looking for new lines. */
export type Advance =
  | 'ok'
  /** What was read before is not there any more, or a new segment changes what counts. */
  | 'changed';

export class LogReader {
  readonly logDir: string;
  readonly acceptance: Acceptance<LinePlace>;
  /** Where the log stood before what is read here; null where it begins. */
  readonly after: LogPoint | null;
  readonly index: LineIndex;
  readonly counts = new Map<Verdict, number>();
  damage: Damage | null = null;
  readonly #segments: Segment[] = [];
  #current: Segment | undefined;
  #accepted: LogRecord[] = [];

  /**
   * Reads all there is, or what `plan` says.
   *
   * @throws {StoreError} where it may not, never for damage
   */
  static scan(logDir: string, plan: ScanPlan = planScan(logDir)): LogReader {
    const reader = new LogReader(logDir, plan.after);
    for (const { number, cut } of plan.segments) reader.#readSegment(number, cut);
    return reader;
  }

  private constructor(logDir: string, after: LogPoint | null) {
    this.logDir = logDir;
    this.after = after;
    this.index = new LineIndex(after ?? undefined);
    this.acceptance = new Acceptance((record, hash, place) => {
      this.index.add(record.seq, hash, place);
      this.#accepted.push(record);
    }, after);
  }

  get end(): Position {
    return position(this.acceptance.end);
  }

  get segments(): readonly SegmentScan[] {
    return this.#segments.map(({ number, path, lines, sizeBytes, offset }) => ({
      number,
      path,
      lines,
      openTailBytes: sizeBytes - offset,
    }));
  }

  /** The segment that was read first; 0 where there is none. */
  get firstSegment(): number {
    return this.#segments[0]?.number ?? 0;
  }

  /** The segment that the next line belongs into; 0 where there is none. */
  get currentSegment(): number {
    return this.#current?.number ?? 0;
  }

  /** Position of the line that the newest segment begins with. */
  get currentStart(): number {
    return this.#current?.start ?? 0;
  }

  /** Whether `file` is what the current segment was read from. */
  isCurrent(file: OpenFile): boolean {
    return file.dev === this.#current?.dev && file.ino === this.#current.ino;
  }

  /** Whether the last line of the current segment lacks its newline. */
  get tailIsOpen(): boolean {
    const current = this.#current;
    return current !== undefined && (current.sizeBytes > current.offset || current.overlong);
  }

  /** The records that were accepted since the last call. */
  takeAccepted(): LogRecord[] {
    const accepted = this.#accepted;
    this.#accepted = [];
    return accepted;
  }

  /** Reads what is there by now, through `file` where the caller has it open. */
  advance(file?: OpenFile): Advance {
    const current = this.#current;
    if (current === undefined) return listSegments(this.logDir).length > 0 ? 'changed' : 'ok';
    const next = current.number + 1;
    const isFollowed = exists(segmentPath(this.logDir, next));
    // Another epoch, or nothing that could be read.
    if (isFollowed && readHead(this.logDir, next)?.base !== null) return 'changed';
    // Its size now: the caller may have learnt since it opened the file that the log has grown.
    const opened =
      file === undefined ? openFile(current.path, readOnly) : lookAgain(file, current.path);
    if (opened === null) return 'changed';
    try {
      if (!this.isCurrent(opened)) return 'changed';
      if (opened.sizeBytes < current.sizeBytes || !this.#lastLineIsThere(opened, current)) {
        return 'changed';
      }
      if (opened.sizeBytes > current.sizeBytes) this.#readNew(opened, current);
      this.#readCommands(current, false);
    } catch (error) {
      throw storeError(error, 'read', current.path);
    } finally {
      if (file === undefined) closeSync(opened.fd);
    }
    if (!isFollowed) return 'ok';
    if (this.acceptance.seal === null) return 'changed';
    this.#readSegment(next, Infinity);
    return this.damage === null ? this.advance() : 'changed';
  }

  /** The accepted lines after `after`, byte for byte, as they are in the files now. */
  lines(after: Position): readonly Buffer[] {
    const lines: Buffer[] = [];
    let index = this.index.indexAfter(after);
    while (index < this.index.size) index = this.#linesOfOneFile(index, lines);
    return lines;
  }

  /** The accepted records after `after`, read again from the files. */
  recordsAfter(after: Position): readonly LogRecord[] {
    return this.lines(after).map((line) => {
      const record = parseLine(line.toString('utf8', 0, line.length - 1))?.record;
      if (!record) throw new Error(`A line that was accepted does not parse: ${line.toString()}`);
      return record;
    });
  }

  #linesOfOneFile(from: number, lines: Buffer[]): number {
    const first = this.index.at(from);
    if (first === undefined) return this.index.size;
    const path =
      first.file === 0
        ? segmentPath(this.logDir, first.segment)
        : commandPath(this.logDir, first.segment, first.file);
    const file = openFile(path, readOnly);
    try {
      let index = from;
      let chunk: Buffer = Buffer.alloc(0);
      let chunkStart = 0;
      for (; index < this.index.size; index++) {
        const line = this.index.at(index);
        if (line?.segment !== first.segment || line.file !== first.file) break;
        const { offset, lengthBytes, hash, seq } = line;
        if (file !== null && offset + lengthBytes > chunkStart + chunk.length) {
          chunkStart = offset;
          chunk = readAt(
            file.fd,
            offset,
            Math.max(0, Math.min(chunkBytes, file.sizeBytes - offset)),
          );
        }
        const bytes = chunk.subarray(offset - chunkStart, offset - chunkStart + lengthBytes);
        if (sealOf(bytes.subarray(0, -1)) !== hash) {
          throw new StoreError(
            'STORE_HALTED',
            `The log is damaged: position ${seq} is no longer in ${path}. ` +
              'Run `signalbox store recover`.',
          );
        }
        lines.push(bytes);
      }
      return index;
    } catch (error) {
      throw storeError(error, 'read', path);
    } finally {
      if (file !== null) closeSync(file.fd);
    }
  }

  #lastLineIsThere(file: OpenFile, current: Segment): boolean {
    const last = this.index.at(this.index.size - 1);
    if (last?.segment !== current.number) return true;
    // With its newline: without it, what comes next would be one line with this one.
    const end = last.offset + last.lengthBytes;
    const start = end - sealLength - 1;
    const seal =
      last.file === 0
        ? readAt(file.fd, start, sealLength + 1)
        : (readCommand(this.logDir, last.segment, last.file)?.subarray(start, end) ?? noBytes);
    return seal.at(-1) === newline && sealOf(seal.subarray(0, -1)) === last.hash;
  }

  #readSegment(number: number, cut: number): void {
    const path = segmentPath(this.logDir, number);
    const file = openFile(path, readOnly);
    // Gone since the directory was listed: the lines after it will tell what is missing.
    if (file === null) return;
    const { dev, ino } = file;
    const segment: Segment = {
      number,
      path,
      dev,
      ino,
      sizeBytes: 0,
      offset: 0,
      lines: 0,
      start: 0,
      cut,
      overlong: false,
    };
    this.#segments.push(segment);
    this.#current = segment;
    this.acceptance.startSegment(cut);
    try {
      this.#readNew(file, segment);
      this.#readCommands(segment, true);
    } catch (error) {
      throw storeError(error, 'read', path);
    } finally {
      closeSync(file.fd);
    }
    // A segment comes into being with its first line, so without one it was cut off.
    if (segment.lines === 0) {
      const message = 'has no whole line, not even its first';
      this.damage ??= { kind: 'missing', segment: number, line: null, message };
    }
  }

  /** Reads the commands that have files of their own, where the log is kept so. */
  #readCommands(segment: Segment, isWhole: boolean): void {
    const { acceptance, logDir } = this;
    if (acceptance.mode !== positionMode) return;
    let highest = 0;
    while (!acceptance.stopped && acceptance.seal === null && acceptance.end < segment.cut) {
      const first = acceptance.end + 1;
      const bytes = readCommand(logDir, segment.number, first);
      if (bytes !== null) {
        this.#judgeLines(bytes, segment, first);
        if (acceptance.end >= first) continue;
        const message = `has a file ${commandPath(logDir, segment.number, first)} that was changed`;
        this.damage ??= { kind: 'content', segment: segment.number, line: null, message };
        return;
      }
      // Only once a later one was seen is one that is not there yet a loss.
      if (highest > acceptance.end) {
        const later = readCommand(logDir, segment.number, highest) ?? noBytes;
        this.#judgeLines(later, segment, highest);
        return;
      }
      if (!isWhole) return;
      highest = highestCommand(logDir, segment.number);
      if (highest <= acceptance.end) return;
    }
  }

  #readNew(file: OpenFile, segment: Segment): void {
    let start = segment.offset;
    while (start < file.sizeBytes) {
      const chunk = readAt(file.fd, start, Math.min(chunkBytes, file.sizeBytes - start));
      if (chunk.length === 0) break;
      const used = this.#readLines(chunk, segment);
      if (used === 0 && (chunk.length >= maxLineBytes || segment.overlong)) {
        // No line is that long. What follows up to the next newline is one torn line.
        segment.overlong = true;
        segment.offset += chunk.length;
      } else if (used === 0) {
        break;
      }
      start = segment.offset;
    }
    segment.sizeBytes = file.sizeBytes;
  }

  /** Judges the whole lines in `chunk`, which begins at the segment's offset; answers their bytes. */
  #readLines(chunk: Buffer, segment: Segment): number {
    const used = this.#judgeLines(chunk, segment, 0, segment.offset);
    segment.offset += used;
    return used;
  }

  /** @param offset where `chunk` begins in the file of command `file`, or in the segment's own */
  #judgeLines(chunk: Buffer, segment: Segment, file: number, offset = 0): number {
    let start = 0;
    while (true) {
      const end = chunk.indexOf(newline, start);
      if (end === -1) return start;
      const reading = segment.overlong
        ? ({ kind: 'torn' } as const)
        : readLine(chunk.subarray(start, end));
      const lengthBytes = end + 1 - start;
      const place = { segment: segment.number, file, offset: offset + start, lengthBytes };
      segment.overlong = false;
      segment.lines++;
      const verdict = this.acceptance.push(reading, place);
      if (segment.lines === 1) segment.start = this.end;
      this.counts.set(verdict, (this.counts.get(verdict) ?? 0) + 1);
      const { flaw } = this.acceptance;
      if (verdict === 'damage' && flaw !== null) {
        this.damage ??= { ...flaw, segment: segment.number, line: segment.lines };
      }
      start = end + 1;
    }
  }
}

/** `AI/log/seg-1.jsonl, line 7` for people. */
export function placeOf(logDir: string, damage: Damage): string {
  const line = damage.line === null ? '' : `, line ${damage.line}`;
  return `${logDir}/${segmentName(damage.segment)}${line}`;
}
