/**
 * Whether the copies of the log that people read, the audit file and its archives, are still what
 * the log says.
 *
 * Only compares. Mending the audit file is the projector's; archives are never rewritten.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { parseLine, sealLength } from '../protocol/record.ts';
import type { Position } from '../core/ids.ts';
import { position } from '../core/ids.ts';
import { linesOf, rotatedFiles } from './auditArchive.ts';
import type { WorkspacePaths } from './workspace.ts';

/** What is known of the log that the copies were made from. */
export interface CopiedLog {
  readonly logId: string | undefined;
  readonly epoch: number;
  readonly hashAt: (seq: Position) => string | undefined;
}

export interface CopyDamage {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export interface CopiesChecked {
  readonly archives: number;
  /** Lines of archives that were compared. */
  readonly archived: number;
  readonly damage: CopyDamage | null;
}

/** Compares every line; stops at the first that is not as it was written. */
export function checkCopies(paths: WorkspacePaths, log: CopiedLog): CopiesChecked {
  const rotated = rotatedFiles(paths);
  let archived = 0;
  for (const { file, first, last } of rotated) {
    const lines = linesOf(file);
    archived += lines.length;
    const damage = checkFile(file, lines, first, log) ?? checkEnd(file, lines, last);
    if (damage !== null) return { archives: rotated.length, archived, damage };
  }
  const base = Math.max(0, ...rotated.map(({ last }) => last));
  const damage = checkAuditFile(paths.auditFile, position(base + 1), log);
  return { archives: rotated.length, archived, damage };
}

/** Lines that plain scripts append are no damage, and neither is an end that someone just writes. */
function checkAuditFile(file: string, first: Position, log: CopiedLog): CopyDamage | null {
  return checkFile(file, linesOf(file), first, log, true);
}

function checkFile(
  file: string,
  lines: readonly string[],
  first: Position,
  log: CopiedLog,
  isOpen = false,
): CopyDamage | null {
  let expected: number = first;
  for (const [index, text] of lines.entries()) {
    const isLast = index === lines.length - 1;
    const damaged = (message: string) => ({ file: path.basename(file), line: index + 1, message });
    if (isOpen && (isForeign(text) || (isLast && !text.endsWith('}')))) continue;
    const frame = parseLine(text)?.frame;
    if (frame === undefined) return damaged('it is no line of the log');
    if (!isSealed(text)) return damaged('it was changed: its checksum is wrong');
    const { seq, epoch, log: logId } = frame;
    if (log.logId !== undefined && logId !== log.logId) return damaged('it is of another log');
    const known = log.hashAt(position(seq));
    // Lines that a recovery left out stay in copies that were made before it.
    const isOfThisEpoch = epoch === log.epoch && known !== undefined;
    if (isOfThisEpoch && known !== hashOf(text)) return damaged('the log has another line there');
    const missing = firstBetween(expected, seq, log);
    if (missing !== null) {
      return damaged(`it has position ${seq}, and position ${missing} before it is missing`);
    }
    expected = Math.max(expected, seq + 1);
  }
  return null;
}

/** The first position from `from` up to before `to` that the log has; recoveries leave some free. */
function firstBetween(from: number, to: number, { hashAt }: CopiedLog): number | null {
  for (let seq = from; seq < to; seq++) if (hashAt(position(seq)) !== undefined) return seq;
  return null;
}

function checkEnd(file: string, lines: readonly string[], last: Position): CopyDamage | null {
  const end = parseLine(lines.at(-1) ?? '')?.frame.seq ?? 0;
  if (end >= last) return null;
  const message = `it ends at position ${end}, and its name says ${last}`;
  return { file: path.basename(file), line: lines.length, message };
}

/** A line that some script wrote: JSON without what every line of a log has. */
function isForeign(text: string): boolean {
  try {
    const line = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
    return typeof line === 'object' && line !== null && !('prev' in line) && !('h' in line);
  } catch {
    // No JSON: it is judged as one of ours.
    return false;
  }
}

function hashOf(text: string): string {
  return text.slice(-66, -2);
}

function isSealed(text: string): boolean {
  const body = Buffer.from(text).subarray(0, -sealLength);
  return createHash('sha256').update(body).digest('hex') === hashOf(text);
}
