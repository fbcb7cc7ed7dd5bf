/**
 * Checksums of lines: how a line is closed, and what can be said of bytes that claim to be one.
 *
 * Judges one line by itself. Whether it counts depends on the lines before it: see `acceptance`.
 */
import type { QueueEvent } from '../../core/event.ts';
import { sha256 } from '../../platform/sha256.ts';
import type { LineFrame, ParsedLine } from '../../protocol/record.ts';
import {
  encodeBody,
  encodeSeal,
  maxLineBytes,
  parseLine,
  sealLength,
} from '../../protocol/record.ts';

/** What one ended line turned out to be. */
export type LineReading =
  /** Empty: a writer ended a tail that had been ended meanwhile. */
  | { readonly kind: 'blank' }
  /** Checksum wrong or missing, or too long: a crash, a full disk or rot made it. */
  | { readonly kind: 'torn' }
  /** Checksum right, but not a line of this format. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'line'; readonly line: ParsedLine; readonly hash: string };

export interface SealedLine {
  /** The line with its newline. */
  readonly text: string;
  readonly hash: string;
}

const blank: LineReading = { kind: 'blank' };
const torn: LineReading = { kind: 'torn' };
const foreign: LineReading = { kind: 'foreign' };

const sealStart = ',"h":"';
const sealEnd = '"}';

export function sealLine(event: QueueEvent, frame: LineFrame): SealedLine {
  const body = encodeBody(event, frame);
  const digest = sha256(body);
  return { text: `${body}${encodeSeal(digest)}\n`, hash: digest };
}

/** Reads `bytes`, a line without its newline. */
export function readLine(bytes: Buffer): LineReading {
  if (bytes.length === 0) return blank;
  const claimed = sealOf(bytes);
  if (claimed === undefined || bytes.length >= maxLineBytes) return torn;
  const digest = sha256(bytes.subarray(0, bytes.length - sealLength));
  if (digest !== claimed) return torn;
  const line = parseLine(bytes.toString('utf8'));
  return line === undefined ? foreign : { kind: 'line', line, hash: digest };
}

/** The checksum that `bytes`, which end where a line ends, claim to have. */
export function sealOf(bytes: Buffer): string | undefined {
  if (bytes.length < sealLength) return undefined;
  const seal = bytes.toString('latin1', bytes.length - sealLength);
  if (!seal.startsWith(sealStart) || !seal.endsWith(sealEnd)) return undefined;
  return seal.slice(sealStart.length, -sealEnd.length);
}
