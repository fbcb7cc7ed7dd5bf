/** Every bit of a log flipped, one at a time, and judged by the rules that readers go by. */
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LogReader } from '../../../extension/store/file/logReader.ts';
import { Acceptance } from '../../../extension/store/file/acceptance.ts';
import { contradiction } from '../../../extension/store/file/logView.ts';
import type { LineReading } from '../../../extension/store/file/seal.ts';
import { readLine } from '../../../extension/store/file/seal.ts';
import { parseLine } from '../../../extension/protocol/record.ts';
import type { FileLog } from '../../support/fileLog.ts';
import { add, fileLog } from '../../support/fileLog.ts';

const events = 50;
const newline = 10;

type ReadLine = (bytes: Buffer) => LineReading;

/** A log of that many events with all that is ignored in one: torn lines, losers, blank lines. */
async function someLog(): Promise<FileLog> {
  const log = fileLog();
  const store = log.open();
  const lineNow = () => log.bytes().toString().split('\n').at(-2)!;
  const insert = (text: string) => writeFileSync(log.segment(), text, { flag: 'a' });
  for (let n = 1; n < events - 2; n += 3) {
    await add(store, `alone ${n}`);
    const late = lineNow();
    if (n % 2 === 0) insert(`${late.slice(0, 100)}\n`);
    await add(store, `first of two ${n}`, `second of two ${n}`);
    if (n % 5 === 0) insert(`${late}\n\n`);
  }
  await add(store, 'the last');
  return log;
}

interface Judged {
  readonly hashes: string;
  readonly isDamaged: boolean;
  readonly reader: LogReader;
  readonly hashAt: (seq: number) => string | undefined;
}

/** What a reader of these lines comes to. */
function judge(readings: readonly LineReading[]): Judged {
  const accepted: { readonly seq: number; readonly hash: string }[] = [];
  const acceptance = new Acceptance<null>(({ seq }, hash) => accepted.push({ seq, hash }));
  acceptance.startSegment(Infinity);
  for (const reading of readings) acceptance.push(reading, null);
  const hashAt = (seq: number) => accepted.find((line) => line.seq === seq)?.hash;
  const reader = { acceptance, segments: [{}], currentSegment: 1 };
  return {
    hashes: accepted.map(({ hash }) => hash).join(),
    isDamaged: acceptance.flaw !== null,
    reader: reader as unknown as LogReader,
    hashAt,
  };
}

/** The first flip that changes what counts without anyone noticing, or null; and how many it tried. */
function unnoticed(file: Buffer, read: ReadLine): { found: string | null; flips: number } {
  const lines = split(file);
  const readings = lines.map((line) => read(line));
  const sound = judge(readings);
  const { logId = '', epoch, end: seq, endHash: hash } = sound.reader.acceptance;
  const witness = { log: logId, epoch, seq, hash, path: 'the witness' };
  let start = 0;
  let flips = 0;
  for (const [index, line] of lines.entries()) {
    // With its newline, whose loss makes one line of this and the next.
    const next = lines[index + 1];
    const both = Buffer.concat([line, Buffer.of(newline), ...(next === undefined ? [] : [next])]);
    for (let bit = 0; bit < (line.length + 1) * 8; bit++) {
      flips++;
      const rotten = Buffer.from(both);
      rotten[bit >> 3]! ^= 1 << (bit & 7);
      const isEnded = next !== undefined || rotten[line.length] === newline;
      const pieces = splitOn(rotten).slice(0, isEnded ? undefined : -1);
      const changed = pieces.map((piece) =>
        next?.equals(piece) ? readings[index + 1]! : read(piece),
      );
      const { hashes, isDamaged, reader, hashAt } = judge([
        ...readings.slice(0, index),
        ...changed,
        ...readings.slice(index + 2),
      ]);
      const isNoticed = isDamaged || contradiction(reader, [witness], hashAt) !== null;
      if (!isNoticed && hashes !== sound.hashes) {
        return { found: `bit ${bit & 7} of byte ${start + (bit >> 3)}, line ${index + 1}`, flips };
      }
    }
    start += line.length + 1;
  }
  return { found: null, flips };
}

/** The lines of a file that ends with one. */
function split(file: Buffer): readonly Buffer[] {
  return splitOn(file).slice(0, -1);
}

function splitOn(bytes: Buffer): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
    pieces.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return [...pieces, bytes.subarray(start)];
}

test('each is noticed, or changes nothing that counts', async () => {
  const log = await someLog();
  const file = log.bytes();
  expect(log.open().inspect()).toMatchObject({ damage: null, end: events });
  const { found, flips } = unnoticed(file, readLine);
  expect(found).toBeNull();
  expect(flips).toBe(file.length * 8);
});

test('a reader of files comes to the same answer', async () => {
  const log = await someLog();
  const file = log.bytes();
  for (let bit = 3; bit < file.length * 8; bit += 997) {
    const rotten = Buffer.from(file);
    rotten[bit >> 3]! ^= 1 << (bit & 7);
    writeFileSync(log.segment(), rotten);
    const reader = LogReader.scan(log.logDir);
    const pieces = splitOn(rotten).slice(0, -1);
    const judged = judge(pieces.map((piece) => readLine(piece)));
    const hashes = reader.takeAccepted().map(({ seq }) => reader.index.hashAt(seq));
    expect(hashes.join(), `bit ${bit}`).toBe(judged.hashes);
    expect(reader.damage !== null, `bit ${bit}`).toBe(judged.isDamaged);
  }
});

test('a reader that believes what a line says of itself is caught', async () => {
  const log = await someLog();
  const believing: ReadLine = (bytes) => {
    const reading = readLine(bytes);
    const line = parseLine(bytes.toString());
    const hash = /"h":"([^"]*)"/.exec(bytes.toString())?.[1];
    return reading.kind === 'torn' && line !== undefined && hash !== undefined
      ? { kind: 'line', line, hash }
      : reading;
  };
  expect(unnoticed(log.bytes(), believing).found).not.toBeNull();
});
