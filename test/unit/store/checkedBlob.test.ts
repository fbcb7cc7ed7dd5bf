/** A snapshot's text that was hashed once is not hashed again, until anyone writes to its file. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Blobs } from '../../../extension/store/file/blobs.ts';
import { CheckedBlob, readStamped } from '../../../extension/store/file/checkedBlob.ts';

const text = 'a state '.repeat(100);
let root = '';
let blobs: Blobs;
let digest = '';
let file = '';
let note = '';

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'signalbox-checked-'));
  blobs = new Blobs(root, path.join(root, 'log'));
  digest = blobs.put(text);
  file = path.join(root, 'log', 'blob', digest);
  note = path.join(root, 'log', 'snapshot.checked');
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(root, { recursive: true, force: true });
});

/** As if the files had been written an hour ago. */
function anHourLater(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
}

test('a text that was just written is hashed each time', () => {
  expect(blobs.get(digest, { again: false })).toBe(text);
  expect(existsSync(note)).toBe(false);
});

test('an older one is noted once it was hashed, and its note is believed', () => {
  anHourLater();
  expect(blobs.get(digest, { again: false })).toBe(text);
  expect(readFileSync(note, 'latin1')).toMatch(new RegExp(`^${digest} `));

  // Nobody writes such a note of a wrong text; it only shows that no hash is taken.
  writeFileSync(file, 'another state');
  anHourLater();
  const found = readStamped(file, 1_000);
  expect(found).not.toBeNull();
  if (found !== null) new CheckedBlob(path.join(root, 'log')).note(digest, found);
  expect(blobs.get(digest, { again: false })).toBe('another state');
  expect(() => blobs.get(digest, { again: true })).toThrow(/is not what the log names/);
});

test('what is written to it is noticed, also where its size is as before', () => {
  anHourLater();
  expect(blobs.get(digest, { again: false })).toBe(text);
  const { ctimeNs } = statSync(file, { bigint: true });
  // The clock of a file system may stand still for some milliseconds.
  for (let tries = 0; statSync(file, { bigint: true }).ctimeNs === ctimeNs; tries++) {
    expect(tries).toBeLessThan(1_000_000);
    writeFileSync(file, text.replace('state', 'stale'));
  }
  expect(() => blobs.get(digest, { again: false })).toThrow(/is not what the log names/);
});

test('a note that makes no sense is worth nothing', () => {
  anHourLater();
  for (const said of ['', digest, `${digest} 1 2 3 4 5\n`]) {
    writeFileSync(note, said);
    expect(blobs.get(digest, { again: false })).toBe(text);
  }
});
