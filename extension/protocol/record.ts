/**
 * A line of the log, as text and as a record: the format that must open for ever.
 *
 * Knows fields, words and shapes. Checksums, and which lines count, are the store's business.
 *
 * A line is one JSON object that ends with `,"h":"<64 hex digits>"}`. Its frame (who wrote it and
 * where it claims to stand) is read apart from its content: a line of a newer format, or one with a
 * content that does not make sense, must still be placed before it can be judged.
 */
import type { LogRecord, QueueEvent } from '../core/event.ts';
import type { Instant, TaskId } from '../core/ids.ts';
import { parseTaskId, position } from '../core/ids.ts';
import { isEventData, isKnownEvent, isTaskStatus } from './eventData.ts';
import { formatIsoInstant, fromWords, parseIsoInstant, toWords } from './words.ts';

/** The format that this build begins logs in, and raises them to. A log keeps to its own until then. */
export const logFormat = 2;

/** Since this format a log goes on in further segments: `SEALED`, then `SNAPSHOT`. */
export const rotatingFormat = 2;

/** Since this format a log may go on in another store, which its last `SEALED` names. */
export const movingFormat = 3;

/** The highest format that this build may fold. */
export const highestFormat = 3;

/** Bytes of one line, its newline included. */
export const maxLineBytes = 64 * 1024;

/** `prev` of a line that follows none. */
export const noHash = '0'.repeat(64);

/** Length of `,"h":"<64 hex digits>"}`, the part of a line that its checksum does not cover. */
export const sealLength = 72;

/** Above any position that will be reached, and safe to count on from. */
const positionLimit = 2 ** 52;

/** Where a line claims to stand, and who wrote it. */
export interface Frame {
  /** Format of the line. */
  readonly v: number;
  /** Lowest format that may fold it. */
  readonly min: number;
  /** Log id. */
  readonly log: string;
  readonly epoch: number;
  readonly seq: number;
  /** UUID of the command, the same in all lines of a group. */
  readonly commandId: string;
  /** From 1; `of` is 1 where the line stands alone. */
  readonly part: number;
  readonly of: number;
  readonly writer: string;
  /** Hash of the accepted line before. */
  readonly prev: string;
}

/** The last accepted position that a new epoch builds on, and the hash of its line. */
export interface EpochBase {
  readonly seq: number;
  readonly hash: string;
}

export interface ParsedLine {
  readonly frame: Frame;
  /** Null where the content is of a newer format or does not make sense. */
  readonly record: LogRecord | null;
  /** Present on the line that begins a new epoch. */
  readonly base: EpochBase | null;
}

/** What a writer adds to an event to make it a line. */
export interface LineFrame {
  /** Format that the log is at; this build's own unless given. */
  readonly level?: number;
  readonly log: string;
  readonly epoch: number;
  readonly seq: number;
  readonly at: Instant;
  readonly commandId: string;
  readonly part: number;
  readonly of: number;
  readonly writer: string;
  readonly prev: string;
  /** Only for the line that begins a new epoch. */
  readonly base?: EpochBase;
}

/** The text of a line up to where its checksum begins: the bytes that the checksum covers. */
export function encodeBody(event: QueueEvent, frame: LineFrame): string {
  const data = toWords(event.data);
  if (frame.base !== undefined) data['after'] = frame.base;
  const text = JSON.stringify({
    v: frame.level ?? logFormat,
    min: lowestFormat(event),
    log: frame.log,
    epoch: frame.epoch,
    seq: frame.seq,
    ts: formatIsoInstant(frame.at),
    event: event.event,
    task: event.task,
    agent: event.agent,
    message: event.message,
    status: event.status,
    data,
    id: frame.commandId,
    ...(frame.of > 1 ? { part: frame.part, of: frame.of } : {}),
    writer: frame.writer,
    prev: frame.prev,
  });
  return text.slice(0, -1);
}

/** A build that does not know that a part of the log is closed would go on in it. */
function lowestFormat(event: QueueEvent): number {
  if (event.event === 'SEALED' && event.data.next !== undefined) return movingFormat;
  return event.event === 'SEALED' || event.event === 'SNAPSHOT' ? rotatingFormat : 1;
}

/** The end of a line whose body has this checksum. */
export function encodeSeal(hash: string): string {
  return `,"h":"${hash}"}`;
}

/** What `text`, a line without its newline, says; undefined where it is no line of any log. */
export function parseLine(text: string): ParsedLine | undefined {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    // Not JSON, so not one of our lines: that is the answer.
    return undefined;
  }
  if (!isObject(line)) return undefined;
  const frame = parseFrame(line);
  if (frame === undefined) return undefined;
  if (frame.min > highestFormat) return { frame, record: null, base: null };
  return { frame, record: parseRecord(line, frame), base: parseBase(line) };
}

function parseFrame(line: Fields): Frame | undefined {
  const { v, min, log, epoch, seq, id, writer, prev } = line;
  const { part = 1, of = 1 } = line;
  if (!isCount(v) || !isCount(min) || !isCount(epoch) || !isCount(seq)) return undefined;
  if (!isName(log) || !isName(id) || !isName(writer) || !isHash(prev)) return undefined;
  if (!isCount(part) || !isCount(of) || part > of || seq >= positionLimit) return undefined;
  return { v, min, log, epoch, seq, commandId: id, part, of, writer, prev };
}

function parseRecord(line: Fields, frame: Frame): LogRecord | null {
  const { ts, event, task, agent, message, status, data } = line;
  if (typeof ts !== 'string' || typeof event !== 'string' || typeof message !== 'string') {
    return null;
  }
  const at = parseIsoInstant(ts);
  if (at === undefined || !isObject(data)) return null;
  if (agent !== null && typeof agent !== 'string') return null;
  const seq = position(frame.seq);
  const { commandId } = frame;
  // Written out in full: spreading a common part costs a cold reader a tenth of its time.
  if (!isKnownEvent(event)) {
    // An additive event of a newer build: it takes its position and changes nothing here.
    return {
      event: 'NOTE',
      task: isTaskId(task) ? task : null,
      agent,
      message,
      status: null,
      data: { event },
      seq,
      at: at as Instant,
      commandId,
    };
  }
  if (task !== null && !isTaskId(task)) return null;
  if (status !== null && !isTaskStatus(status)) return null;
  const content = fromWords(data);
  if (!isEventData(event, content)) return null;
  return {
    event,
    task,
    agent,
    message,
    status,
    data: content,
    seq,
    at: at as Instant,
    commandId,
  } as LogRecord;
}

function parseBase(line: Fields): EpochBase | null {
  if (line['event'] !== 'HEALED' || !isObject(line['data'])) return null;
  const after = line['data']['after'];
  if (!isObject(after)) return null;
  const { seq, hash } = after;
  if ((seq !== 0 && !isCount(seq)) || !isHash(hash)) return null;
  return { seq, hash };
}

type Fields = Readonly<Record<string, unknown>>;

const maxNameLength = 200;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxNameLength;
}

/** Which characters it has is seen by comparing it with the hash that it must be. */
function isHash(value: unknown): value is string {
  return typeof value === 'string' && value.length === noHash.length;
}

function isTaskId(value: unknown): value is TaskId {
  return parseTaskId(value) === value && value !== undefined;
}
