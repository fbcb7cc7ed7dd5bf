/**
 * Brings lines that were recorded elsewhere into the log of a workspace: as whole segments, made
 * aside, and put in place once the log elsewhere is sealed.
 *
 * Whether it is sealed is the caller's to know. From the moment that a folder `arriving` is there it
 * is, and any process finishes what another began.
 */
import { linkSync, lstatSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { LogReader } from './logReader.ts';
import {
  exists,
  makeDirectory,
  publishFile,
  segmentName,
  segmentPath,
  storeError,
  syncDirectory,
} from './paths.ts';
import { readLine } from './seal.ts';
import { listSegments } from './segments.ts';
import { StoreError } from '../taskStore.ts';

const arriving = 'arriving';
const incoming = /^incoming-[0-9a-f]{64}-[0-9a-f]{8}$/;

/** Segments that were made aside, and belong to the log once it ends elsewhere with `sealHash`. */
export interface Staged {
  readonly folder: string;
  readonly sealHash: string;
}

/**
 * Makes segments of `lines`, which follow the last one in `logDir`, and sees that the file engine
 * reads them as one log with what is there.
 *
 * @param lines up to the snapshot that follows the seal with `sealHash`
 * @throws {StoreError} `STORE_HALTED` where it does not
 */
export function stage(
  root: string,
  logDir: string,
  lines: readonly Uint8Array[],
  sealHash: string,
): Staged & { readonly reader: LogReader } {
  const folder = join(logDir, `incoming-${sealHash}-${randomBytes(4).toString('hex')}`);
  makeDirectory(root, folder);
  const there = listSegments(logDir);
  // To be read with the rest; they are in the log already.
  for (const number of there) linkSync(segmentPath(logDir, number), segmentPath(folder, number));
  let number = there.at(-1) ?? 0;
  for (const segment of segmentsOf(lines)) publishFile(segmentPath(folder, ++number), segment);
  const reader = LogReader.scan(folder);
  const last = lines.at(-1);
  const expected = last === undefined ? undefined : hashOf(last);
  if (reader.damage !== null || reader.acceptance.endHash !== expected) {
    const why = reader.damage?.message ?? `it ends at position ${reader.end}`;
    rmSync(folder, { recursive: true, force: true });
    throw new StoreError(
      'STORE_HALTED',
      `What was copied to ${logDir} is not read as one log with what is there: ${why}. The log ` +
        'stays where it is. Please report this.',
    );
  }
  return { folder, sealHash, reader };
}

export function discard({ folder }: Staged): void {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Puts what was made aside for the seal with `sealHash` in place.
 *
 * @returns false where nothing was
 */
export function arriveHome(logDir: string, sealHash: string): boolean {
  finishArriving(logDir);
  const staged = foldersOf(logDir).find((name) => name.includes(sealHash));
  if (staged === undefined) return false;
  try {
    renameSync(join(logDir, staged), join(logDir, arriving));
    syncDirectory(logDir);
  } catch (error) {
    // Another process does the same.
    if (!exists(join(logDir, arriving)) && exists(join(logDir, staged))) {
      throw storeError(error, 'put in place', staged);
    }
  }
  finishArriving(logDir);
  for (const name of foldersOf(logDir))
    rmSync(join(logDir, name), { recursive: true, force: true });
  return true;
}

/** Finishes what a process that put segments in place left undone; costs a look where none did. */
export function finishArriving(logDir: string): void {
  const folder = join(logDir, arriving);
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return;
  try {
    // The last one first: who looks meanwhile must not take a part of them for all.
    for (const number of listSegments(folder).toReversed()) {
      const content = readFileSync(join(folder, segmentName(number)));
      if (!exists(segmentPath(logDir, number))) publishFile(segmentPath(logDir, number), content);
    }
    rmSync(folder, { recursive: true, force: true });
    syncDirectory(logDir);
  } catch (error) {
    // Another process was at it and is done.
    if (exists(folder)) throw storeError(error, 'put in place', folder);
  }
}

function foldersOf(logDir: string): readonly string[] {
  try {
    return readdirSync(logDir).filter((name) => incoming.test(name));
  } catch {
    // No log was ever here.
    return [];
  }
}

/** A seal ends a segment, and a new epoch begins one. */
function segmentsOf(lines: readonly Uint8Array[]): readonly Buffer[] {
  const segments: Uint8Array[][] = [];
  let current: Uint8Array[] = [];
  for (const line of lines) {
    const reading = readLine(Buffer.from(line).subarray(0, -1));
    if (reading.kind !== 'line') throw new Error('A line of a sound log can be read');
    const { base, record } = reading.line;
    if (current.length === 0 || base !== null) {
      current = [];
      segments.push(current);
    }
    current.push(line);
    if (record?.event === 'SEALED') current = [];
  }
  return segments.map((each) => Buffer.concat(each));
}

function hashOf(line: Uint8Array): string | undefined {
  const reading = readLine(Buffer.from(line).subarray(0, -1));
  return reading.kind === 'line' ? reading.hash : undefined;
}
