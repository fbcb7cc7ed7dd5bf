/** Files that were spoiled behind the store's back: noticed, never followed, never written to. */
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { position } from '../../../extension/core/ids.ts';
import type { FileStore } from '../../../extension/store/file/fileStore.ts';
import { Appender } from '../../../extension/store/file/appender.ts';
import { Blobs } from '../../../extension/store/file/blobs.ts';
import { inspectLog } from '../../../extension/store/file/inspection.ts';
import { LogView } from '../../../extension/store/file/logView.ts';
import { Rotation } from '../../../extension/store/file/rotation.ts';
import { SnapshotStates } from '../../../extension/store/file/snapshotStates.ts';
import { WitnessKeeper } from '../../../extension/store/file/witness.ts';
import type { FileLog } from '../../support/fileLog.ts';
import { add, endOf, fileLog, interruptedNote, messagesOf } from '../../support/fileLog.ts';
import { note, notes } from '../../support/storeNotes.ts';
import { forged, genesis, lineOf } from '../../support/logLines.ts';

/** Nothing can be read or written any more, and trying changes nothing. */
async function expectHalted(log: FileLog, store: FileStore, message?: RegExp): Promise<void> {
  const before = existsSync(log.segment()) ? log.bytes() : null;
  const halted = { name: 'StoreError', code: 'STORE_HALTED' };
  await expect(store.read(position(0))).rejects.toMatchObject(halted);
  const { end, damage } = store.inspect();
  expect(damage).not.toBeNull();
  await expect(store.append(notes('more'), end)).rejects.toMatchObject(halted);
  if (message !== undefined) await expect(store.read(position(0))).rejects.toThrow(message);
  expect(existsSync(log.segment()) ? log.bytes() : null).toEqual(before);
}

describe('lines that cannot be explained', () => {
  test('a missing line halts, and names the segment and the line', async () => {
    const log = fileLog();
    const store = log.open();
    for (const message of ['a', 'b', 'c', 'd']) await add(store, message);
    const lines = log.bytes().toString().split('\n');
    lines.splice(2, 1);
    writeFileSync(log.segment(), lines.join('\n'));

    await expectHalted(log, log.open(), /seg-1\.jsonl, line 3 has position 4, but position 3/);
    await expectHalted(log, store);
    const inspection = log.open().inspect();
    expect(inspection.records.map(({ message }) => message).slice(1)).toEqual(['a']);
    expect(inspection).toMatchObject({
      soundEnd: 2,
      damage: { kind: 'gap', segment: 1, line: 3 },
      highestSeq: 5,
    });
  });

  test('a line of nonsense with a right checksum at the next position halts', async () => {
    const log = fileLog();
    const store = log.open();
    await add(store, 'a');
    const [first = ''] = log
      .bytes()
      .toString()
      .split(/(?<=\n)/)
      .slice(1);
    const nonsense = forged({ text: first, hash: '' }, { seq: 3, prev: store.hashAt(position(2)) });
    appendFileSync(log.segment(), forged(nonsense, { task: {} }).text);
    await expectHalted(log, store, /does not make sense/);
  });

  test('a line that only a newer build may fold stops writers, not readers', async () => {
    const log = fileLog();
    const store = log.open();
    await add(store, 'a');
    const [line = ''] = log
      .bytes()
      .toString()
      .split(/(?<=\n)/)
      .slice(1);
    const newer = forged({ text: line, hash: '' }, { seq: 3, prev: store.hashAt(position(2)) });
    appendFileSync(log.segment(), forged(newer, { v: 4, min: 4 }).text);
    for (const handle of [store, log.open()]) {
      expect(await messagesOf(handle)).toEqual(['a']);
      await expect(handle.append(notes('b'), position(2))).rejects.toMatchObject({
        code: 'FORMAT_TOO_NEW',
      });
      expect(handle.recover()).toEqual({ ok: false, reason: 'too-new' });
    }
  });

  test('a log kept in an unknown way is not opened', () => {
    const log = fileLog();
    log.open();
    rmSync(log.logDir, { recursive: true });
    rmSync(log.gitCopyPath, { force: true });
    log.open();
    const begun = forged({ text: log.bytes().toString(), hash: '' }, { data: { store: 'files' } });
    writeFileSync(log.segment(), begun.text);
    expect(() => log.open()).toThrow(expect.objectContaining({ code: 'FORMAT_TOO_NEW' }));
  });

  test('lines of another log are ignored', async () => {
    const log = fileLog();
    const store = log.open();
    await add(store, 'a');
    const other = genesis('other');
    appendFileSync(log.segment(), other.text);
    appendFileSync(log.segment(), lineOf({ log: 'other', seq: 3, prev: other.hash }).text);
    await add(store, 'b');
    expect(await messagesOf(log.open())).toEqual(['a', 'b']);
  });

  test('junk without a newline, however long, is ended and passed over', async () => {
    const log = fileLog();
    const store = log.open();
    for (const length of [1, 70_000, 3_000_000]) {
      appendFileSync(log.segment(), 'x'.repeat(length));
      await add(store, `after ${length}`);
      appendFileSync(log.segment(), `${'y'.repeat(length)}\n\n`);
      await add(log.open(), `again ${length}`);
    }
    expect(await messagesOf(log.open())).toEqual(await messagesOf(store));
    expect(await messagesOf(store)).toHaveLength(6);
    expect(log.open().inspect().counts.get('torn')).toBe(6);
  });
});

test('each flipped bit is noticed, or confined to a line that was ignored anyway', async () => {
  const log = fileLog();
  const store = log.open();
  await add(store, 'one');
  const loser = log
    .bytes()
    .toString()
    .split(/(?<=\n)/)[1]!;
  await add(store, 'two', 'three');
  appendFileSync(log.segment(), `torn\n${loser}`);
  await add(store, 'four');
  const sound = log.bytes();
  const expected = await messagesOf(store);
  // Not its newline: without that the next line would be one with it.
  const ignored = { from: sound.indexOf('torn'), to: sound.lastIndexOf(loser) + loser.length - 1 };

  const { logDir, gitCopyPath } = log;
  const keeper = new WitnessKeeper({ logDir, gitCopyPath, pace: 'each' });
  const file = openSync(log.segment(), 'r+');
  onTestFinished(() => closeSync(file));
  let noticed = 0;
  for (let bit = 0; bit < sound.length * 8; bit++) {
    const at = bit >> 3;
    writeSync(file, Buffer.of(sound[at]! ^ (1 << (bit & 7))), 0, 1, at);
    const { damage, records } = inspectLog(logDir, keeper, null);
    writeSync(file, sound, at, 1, at);
    const found = records.slice(1).map(({ message }) => message);
    if (damage === null) {
      expect(at, `byte ${at}`).toBeGreaterThanOrEqual(ignored.from);
      expect(at, `byte ${at}`).toBeLessThan(ignored.to);
      expect(found).toEqual(expected);
    } else {
      noticed++;
      expect(expected.slice(0, found.length)).toEqual(found);
    }
  }
  expect(noticed).toBe((sound.length - (ignored.to - ignored.from)) * 8);
});

describe('a log that was rewound, replaced or deleted', () => {
  async function filled(): Promise<{ log: FileLog; store: FileStore; early: string }> {
    const log = fileLog();
    const store = log.open();
    await add(store, 'a');
    const early = join(log.workspaceDir, 'early.jsonl');
    copyFileSync(log.segment(), early);
    await add(store, 'b');
    await add(store, 'c');
    return { log, store, early };
  }

  const rewinds: readonly (readonly [string, (log: FileLog, early: string) => void])[] = [
    ['cut to an earlier line', (log) => truncateSync(log.segment(), endOfLine(log, 2))],
    ['cut within a line', (log) => truncateSync(log.segment(), endOfLine(log, 3) - 5)],
    ['cut by its last newline', (log) => truncateSync(log.segment(), log.bytes().length - 1)],
    ['emptied', (log) => truncateSync(log.segment(), 0)],
    ['overwritten by an older copy', (log, early) => copyFileSync(early, log.segment())],
    ['replaced by an older copy', (log, early) => renameSync(early, log.segment())],
    ['deleted', (log) => unlinkSync(log.segment())],
    ['deleted with its directory', (log) => rmSync(log.logDir, { recursive: true })],
    [
      'deleted with all state, as by git clean',
      (log) => rmSync(join(log.workspaceDir, 'AI'), { recursive: true }),
    ],
  ];

  test.each(rewinds)('%s: halts open handles and new ones', async (_how, rewind) => {
    const { log, store, early } = await filled();
    rewind(log, early);
    await expectHalted(log, store);
    await expectHalted(log, log.open());
  });

  test.each(rewinds)('%s: its own file is witness enough without git', async (how, rewind) => {
    const { log, store, early } = await filled();
    rmSync(log.gitCopyPath);
    rewind(log, early);
    await expectHalted(log, store);
    if (!how.startsWith('deleted with')) await expectHalted(log, log.open());
  });

  test.each(rewinds)('%s: git remembers without the own file', async (_how, rewind) => {
    const { log, store, early } = await filled();
    await store[Symbol.asyncDispose]();
    rmSync(join(log.logDir, 'witness.json'));
    rewind(log, early);
    await expectHalted(log, log.open());
  });

  test.each(rewinds)('%s while a line is being written: not acknowledged', async (_how, rewind) => {
    const { log, store, early } = await filled();
    const batch = interruptedNote('lost', () => {
      rewind(log, early);
    });
    await expect(store.append(batch, position(4))).rejects.toMatchObject({
      code: 'STORE_HALTED',
    });
  });

  test('a log that goes on differently from an older copy halts', async () => {
    const { log, store, early } = await filled();
    copyFileSync(early, log.segment());
    rmSync(join(log.logDir, 'witness.json'));
    rmSync(log.gitCopyPath);
    const fork = log.open();
    for (const message of ['x', 'y', 'z']) await add(fork, message);
    await expectHalted(log, store, /no longer holds position 4/);
  });

  test('another log in its place halts', async () => {
    const { log, store } = await filled();
    const other = fileLog();
    await add(other.open(), 'other');
    copyFileSync(other.segment(), log.segment());
    await expectHalted(log, store);
    await expectHalted(log, log.open(), /belongs to log/);
  });

  test('a witness that a crash left broken counts as none', async () => {
    const { log, store } = await filled();
    for (const text of ['', '{"log":', '[]', '{"seq":"x"}', '\0\0\0\0']) {
      writeFileSync(join(log.logDir, 'witness.json'), text);
      writeFileSync(log.gitCopyPath, text);
      await add(store, 'more');
      await add(log.open(), 'more');
    }
    expect(JSON.parse(readFileSync(join(log.logDir, 'witness.json'), 'utf8'))).toMatchObject({
      seq: await endOf(store),
    });
  });

  test('an identical copy in its place, as an editor saves it, is followed', async () => {
    const { log, store } = await filled();
    const copy = `${log.segment()}.copy`;
    copyFileSync(log.segment(), copy);
    renameSync(copy, log.segment());
    await add(store, 'd');
    expect(await messagesOf(log.open())).toEqual(['a', 'b', 'c', 'd']);
  });

  test('an identical copy put in its place while a line is being written loses that line', async () => {
    const { log, store } = await filled();
    const copy = `${log.segment()}.copy`;
    copyFileSync(log.segment(), copy);
    const batch = interruptedNote('lost', () => renameSync(copy, log.segment()));
    expect(await store.append(batch, position(4))).toEqual({ ok: false });
    await add(store, 'd');
    expect(await messagesOf(log.open())).toEqual(['a', 'b', 'c', 'd']);
  });

  test('one that grows while its witness is being read is not taken for a shorter one', async () => {
    const { log, store } = await filled();
    const { logDir, gitCopyPath } = log;
    class SlowKeeper extends WitnessKeeper {
      override read() {
        const end = position(store.inspect().end);
        void store.append(notes('meanwhile'), end);
        return super.read();
      }
    }
    const keeper = new SlowKeeper({ logDir, gitCopyPath, pace: 'each' });
    const states = new SnapshotStates(logDir, new Blobs(log.workspaceDir, logDir));
    const view = new LogView(logDir, keeper, states);
    const sync = fdatasyncSync;
    const rotation = new Rotation({ logDir, view, states, keeper, sync });
    const of = { logDir, view, keeper, rotation, sync };
    const appender = new Appender({ ...of, writer: 'slow', random: () => 0 });
    view.refresh();
    expect(view.damage).toBeNull();
    expect(await appender.append(notes('late'), view.end)).toEqual({ ok: false });
    expect(view.damage).toBeNull();
  });

  test('two workspaces of one repository do not take each other for a rewind', async () => {
    const { log } = await filled();
    const inner = log.open({ stateName: '.signalbox' });
    await add(inner, 'inner');
    expect(await messagesOf(log.open())).toEqual(['a', 'b', 'c']);
    expect(await messagesOf(log.open({ stateName: '.signalbox' }))).toEqual(['inner']);
  });

  test('a lazy witness is written by the end, and the handle remembers until then', async () => {
    const log = fileLog();
    const store = log.open({ witnessPace: 'lazy' });
    const early = join(log.workspaceDir, 'early.jsonl');
    copyFileSync(log.segment(), early);
    await add(store, 'a');
    const sound = log.bytes();
    copyFileSync(early, log.segment());
    await expectHalted(log, store);
    writeFileSync(log.segment(), sound);
    expect(await messagesOf(store)).toEqual(['a']);
    await store[Symbol.asyncDispose]();
    expect(JSON.parse(readFileSync(join(log.logDir, 'witness.json'), 'utf8'))).toMatchObject({
      seq: 2,
    });
  });
});

describe('races at the worst moment', () => {
  test('a line that another writer preceded is lost, and nothing of it counts', async () => {
    const log = fileLog();
    const store = log.open();
    const other = log.open();
    let won: Promise<unknown> = Promise.resolve();
    const batch = interruptedNote('late', () => {
      won = other.append(notes('early'), position(1));
    });
    expect(await store.append(batch, position(1))).toEqual({ ok: false });
    expect(await won).toMatchObject({ ok: true });
    expect(await messagesOf(store)).toEqual(['early']);
    expect(log.open().inspect().counts.get('loser')).toBe(1);
  });

  test('a line behind a new epoch that began meanwhile is lost', async () => {
    const log = fileLog();
    const store = log.open();
    await add(store, 'a');
    const healer = log.open();
    const batch = interruptedNote('late', () => {
      expect(healer.recover({ to: position(2) })).toMatchObject({ ok: true, kept: 2, seq: 3 });
    });
    expect(await store.append(batch, position(2))).toEqual({ ok: false });
    expect(await messagesOf(store)).toEqual(['a']);
    expect(log.bytes().toString()).toContain('late');
    await add(store, 'b');
    expect(log.bytes(2).toString()).toContain('"b"');
    expect(await messagesOf(log.open())).toEqual(['a', 'b']);
  });

  test('half a command that a crash left is void, and the next one takes its place', async () => {
    const log = fileLog();
    const store = log.open();
    await store.append({ ...notes(), events: [note('a'), note('b'), note('c')] }, position(1));
    const whole = log.bytes();
    for (let cut = endOfLine(log, 1); cut < whole.length - 1; cut += 13) {
      const crashed = fileLog();
      crashed.open();
      writeFileSync(crashed.segment(), whole.subarray(0, cut));
      const again = crashed.open();
      expect(await messagesOf(again)).toEqual([]);
      await add(again, 'next');
      expect(await messagesOf(crashed.open())).toEqual(['next']);
    }
  });
});

/** Where line `count`, from 1, ends. */
function endOfLine(log: FileLog, count: number): number {
  const lines = log
    .bytes()
    .toString('latin1')
    .split(/(?<=\n)/);
  return lines.slice(0, count).join('').length;
}
