/** The cure of a halted log: what is kept, what is not touched, and who goes on. */
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { instant, position } from '../../../extension/core/ids.ts';
import { inspectLog } from '../../../extension/store/file/inspection.ts';
import { recoverLog } from '../../../extension/store/file/recover.ts';
import type { Recovered } from '../../../extension/store/file/recover.ts';
import { WitnessKeeper, maxLagPositions } from '../../../extension/store/file/witness.ts';
import type { FileLog } from '../../support/fileLog.ts';
import { add, endOf, fileLog, messagesOf } from '../../support/fileLog.ts';
import { note, notes } from '../../support/storeNotes.ts';

const halted = { code: 'STORE_HALTED' };

async function filled(...messages: readonly string[]) {
  const log = fileLog();
  const store = log.open();
  for (const message of messages) await add(store, message);
  return { log, store };
}

function linesOf(log: FileLog): string[] {
  return log
    .bytes()
    .toString('latin1')
    .split(/(?<=\n)/);
}

/** Spoils one byte in the middle of line `number`, from 1. */
function rot(log: FileLog, number: number): void {
  const lines = linesOf(log);
  const spoiled = log.bytes();
  const at = lines.slice(0, number - 1).join('').length + 40;
  spoiled[at]! ^= 1;
  writeFileSync(log.segment(), spoiled);
}

describe('after damage', () => {
  test('what is sound is kept, the damaged file stays as it is, positions never repeat', async () => {
    const { log, store } = await filled('a', 'b', 'c', 'd');
    rot(log, 4);
    const spoiled = log.bytes();

    const recovered = log.open().recover();

    expect(recovered).toEqual({ ok: true, kept: 3, seq: 6, epoch: 2, segment: 'seg-2.jsonl' });
    expect(log.bytes()).toEqual(spoiled);
    const after = log.open();
    expect(await messagesOf(after)).toEqual(['a', 'b']);
    expect(await endOf(after)).toBe(6);
    expect(await add(after, 'e')).toBe(7);
    expect(log.bytes()).toEqual(spoiled);
    expect(after.inspect()).toMatchObject({ damage: null, epoch: 2, end: 7 });
    expect(after.logId).toBe(store.logId);
  });

  test('its lines say what was done', async () => {
    const { log } = await filled('a', 'b', 'c');
    rot(log, 3);
    log.open().recover();
    const [record] = await log.open().read(position(2));
    expect(record).toMatchObject({ event: 'HEALED', seq: 5 });
    expect(JSON.stringify(record?.data)).toMatch(/seg-1\.jsonl, line 4 .*position 4/);
  });

  test('the line source has the kept lines and the new ones, sizes and all', async () => {
    const { log } = await filled('a', 'b', 'c', 'd');
    rot(log, 4);
    const store = log.open();
    store.recover();
    await add(store, 'e', 'f');
    const lines = store.lines(position(0)).map(String);
    expect(lines.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual([
      1, 2, 3, 6, 7, 8,
    ]);
    expect(store.bytesUpTo(position(8))).toBe(lines.join('').length);
    expect(store.bytesUpTo(position(5))).toBe(store.bytesUpTo(position(3)));
    expect(store.hashAt(position(4))).toBeUndefined();
    expect(store.lines(position(4)).map(String)).toEqual(lines.slice(3));
    const reopened = log.open();
    await reopened.read(position(0));
    expect(reopened.lines(position(0)).map(String)).toEqual(lines);
  });

  test('a process that had read further stops; one that had not goes on', async () => {
    const { log, store } = await filled('a', 'b');
    const early = log.open();
    await add(store, 'c');
    await add(store, 'd');
    rot(log, 4);
    log.open().recover();

    await expect(store.read(position(0))).rejects.toMatchObject(halted);
    await expect(store.append(notes('x'), position(5))).rejects.toMatchObject(halted);
    expect(await messagesOf(early)).toEqual(['a', 'b']);
    await add(early, 'e');
    expect(await messagesOf(log.open())).toEqual(['a', 'b', 'e']);
  });

  test('a line that had lost its race never takes the place of one that rotted', async () => {
    const { log, store } = await filled('a');
    const late = log.open();
    const [event] = [note('late')];
    let taken = false;
    Object.defineProperty(event, 'message', {
      enumerable: true,
      get: () => {
        if (!taken) void store.append(notes('won'), position(2));
        taken = true;
        return 'late';
      },
    });
    expect(await late.append({ ...notes(), events: [event] }, position(2))).toEqual({ ok: false });
    await add(store, 'after');
    rot(log, 3);
    expect(await messagesOf(log.open()).catch((error: unknown) => error)).toMatchObject(halted);

    const healer = log.open();
    expect(healer.recover()).toMatchObject({ ok: true, kept: 2, seq: 5 });
    expect(await messagesOf(healer)).toEqual(['a']);
  });

  test('damage in the kept part can be recovered from again', async () => {
    const { log } = await filled('a', 'b', 'c', 'd');
    rot(log, 4);
    const healer = log.open();
    healer.recover();
    await add(healer, 'e');
    rot(log, 3);
    expect(log.open().recover()).toMatchObject({ ok: true, kept: 2, segment: 'seg-3.jsonl' });
    const after = log.open();
    expect(await messagesOf(after)).toEqual(['a']);
    await add(after, 'f');
    expect(await messagesOf(log.open())).toEqual(['a', 'f']);
  });

  test('a damaged first line of a new epoch can be recovered from', async () => {
    const { log } = await filled('a', 'b', 'c');
    rot(log, 3);
    log.open().recover();
    const spoiled = log.bytes(2);
    spoiled[30]! ^= 1;
    writeFileSync(log.segment(2), spoiled);
    await expect(log.open().read(position(0))).rejects.toMatchObject(halted);
    expect(log.open().recover()).toMatchObject({ ok: true, kept: 2, epoch: 3 });
    expect(await messagesOf(log.open())).toEqual(['a']);
  });

  test.each([
    ['unreadable', (log: FileLog) => rot(log, 1)],
    ['empty', (log: FileLog) => truncateSync(log.segment(), 0)],
    ['gone', (log: FileLog) => rmSync(log.segment())],
    ['gone with everything', (log: FileLog) => rmSync(log.logDir, { recursive: true })],
  ])('a log whose beginning is %s goes on under its id', async (_how, spoil) => {
    const { log, store } = await filled('a', 'b');
    spoil(log);
    await expect(log.open().read(position(0))).rejects.toMatchObject(halted);
    const healer = log.open();
    expect(healer.recover()).toMatchObject({ ok: true, kept: 0, epoch: 2 });
    expect(await add(healer, 'c')).toBeGreaterThan(4);
    const after = log.open();
    expect(await messagesOf(after)).toEqual(['c']);
    expect(after.logId).toBe(store.logId);
  });

  test('a log that was rewound goes on above what its witness may not have heard of', async () => {
    const { log } = await filled('a', 'b', 'c');
    truncateSync(log.segment(), linesOf(log).slice(0, 2).join('').length);
    const healer = log.open();
    expect(healer.recover()).toMatchObject({ ok: true, kept: 2, seq: 4 + maxLagPositions + 1 });
    expect(await messagesOf(log.open())).toEqual(['a']);
  });
});

describe('on request', () => {
  test('a healthy log is left alone', async () => {
    const { log, store } = await filled('a');
    expect(store.recover()).toEqual({ ok: false, reason: 'healthy' });
    expect(log.open().inspect().segments).toHaveLength(1);
  });

  test('a healthy log is cut back to a given position', async () => {
    const { log, store } = await filled('a', 'b', 'c');
    expect(store.recover({ to: position(3) })).toMatchObject({ ok: true, kept: 3, seq: 5 });
    expect(await messagesOf(store)).toEqual(['a', 'b']);
    await add(store, 'd');
    expect(store.recover({ to: position(2) })).toMatchObject({ ok: true, kept: 2, seq: 7 });
    await add(store, 'e');
    expect(await messagesOf(log.open())).toEqual(['a', 'e']);
  });

  test.each([0, 7, 3, 4])('position %i is none to cut back to', async (to) => {
    const { log, store } = await filled('a');
    await add(store, 'x', 'y', 'z');
    expect(store.recover({ to: position(to) })).toEqual({ ok: false, reason: 'unknown-position' });
    expect(log.open().inspect().segments).toHaveLength(1);
  });
});

test('of two recoveries at once one counts, and the other finds a healthy log', async () => {
  const { log } = await filled('a', 'b', 'c');
  rot(log, 3);
  const { workspaceDir: root, logDir, gitCopyPath } = log;
  const recover = (): (() => Recovered) => {
    const keeper = new WitnessKeeper({ logDir, gitCopyPath, pace: 'each' });
    const inspection = inspectLog(logDir, keeper, null);
    const at = instant(1);
    const knownEnd = position(0);
    return () =>
      recoverLog({
        root,
        logDir,
        writer: 'x',
        mode: 'append',
        to: undefined,
        at,
        inspection,
        knownEnd,
        keeper,
      });
  };
  const [first, second] = [recover(), recover()];
  expect(first()).toMatchObject({ ok: true, seq: 5 });
  expect(second()).toEqual({ ok: false, reason: 'healthy' });
  expect(log.open().recover()).toEqual({ ok: false, reason: 'healthy' });
  expect(await messagesOf(log.open())).toEqual(['a']);
});

test('a writer that did not notice the damage never shares a position with the new epoch', async () => {
  const { log, store } = await filled('a', 'b', 'c');
  rot(log, 3);
  const { workspaceDir: root, logDir } = log;
  const keeper = new WitnessKeeper({ logDir, gitCopyPath: undefined, pace: 'each' });
  const inspection = inspectLog(logDir, keeper, null);
  // It has read past the damage, so what it appends is acknowledged until the new segment is there.
  expect((await store.append(notes('d', 'e'), position(4))).ok).toBe(true);
  const recovered = recoverLog({
    root,
    logDir,
    writer: 'x',
    mode: 'append',
    to: undefined,
    at: instant(1),
    inspection,
    knownEnd: position(0),
    keeper,
  });
  expect(recovered).toMatchObject({ ok: true, kept: 2 });
  expect(recovered.ok && recovered.seq).toBeGreaterThan(6);
  await expect(store.append(notes('f'), position(6))).rejects.toMatchObject(halted);
  const after = log.open();
  expect(await messagesOf(after)).toEqual(['a']);
  expect(await add(after, 'g')).toBeGreaterThan(7);
});

test('a directory without a log or a witness is no log', () => {
  const log = fileLog();
  const closed = () => log.open({ create: false });
  expect(closed).toThrow(expect.objectContaining({ code: 'NO_LOG' }));
  mkdirSync(log.logDir, { recursive: true });
  expect(closed).toThrow(expect.objectContaining({ code: 'NO_LOG' }));
  writeFileSync(join(log.logDir, 'seg-x.jsonl'), '');
  expect(closed).toThrow(/signalbox init/);
});
