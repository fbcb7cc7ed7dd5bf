/** The contract of `TaskStore`, as tests. Every engine runs this file; none may skip a case. */
import { createHash } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { QueueEvent } from '../../extension/core/event.ts';
import { position } from '../../extension/core/ids.ts';
import type { Position } from '../../extension/core/ids.ts';
import type { Batch, LineSource, TaskStore } from '../../extension/store/taskStore.ts';
import { messagesOf } from '../support/fileLog.ts';
import { everyKindOfValue } from '../support/everyKindOfValue.ts';
import { note, notes } from '../support/storeNotes.ts';

export type ContractStore = TaskStore & LineSource;

export interface OpenLog {
  readonly store: ContractStore;
  /** Opens a further handle on the same log. */
  readonly again: () => Promise<ContractStore>;
  /** Does what a claim does for heartbeats: makes the claim of `task` with `token` the current. */
  readonly claim: (task: number, token: Position) => Promise<void>;
}

export interface StoreHarness {
  /** Begins a new log. What it opened is disposed of by the suite. */
  readonly open: () => Promise<OpenLog>;
}

const deadlineMs = 60_000;

export function describeTaskStore(engine: string, harness: StoreHarness): void {
  async function open(): Promise<OpenLog> {
    const log = await harness.open();
    onTestFinished(async () => log.store[Symbol.asyncDispose]());
    const again = async (): Promise<ContractStore> => {
      const store = await log.again();
      onTestFinished(async () => store[Symbol.asyncDispose]());
      return store;
    };
    return { ...log, again };
  }

  describe(`TaskStore contract: ${engine}`, () => {
    test('a new log holds nothing but its beginning', async () => {
      const { store } = await open();
      const records = await store.read(position(0));
      expect(records.map(({ seq, event }) => [seq, event])).toEqual([[1, 'GENESIS']]);
      expect(store.logId).not.toBe('');
    });

    test('an append adds its events after the end, in order, as one command', async () => {
      const { store } = await open();
      const batch = notes('a', 'b');

      const appended = await store.append(batch, position(1));

      const expected = batch.events.map((event, index) => ({
        ...event,
        seq: index + 2,
        at: batch.at,
        commandId: batch.commandId,
      }));
      expect(appended).toEqual({ ok: true, records: expected });
      expect(await store.read(position(1))).toEqual(expected);
    });

    test('every kind of value comes back as it was given', async () => {
      const { store, again } = await open();
      const batch: Batch = { ...notes(), events: everyKindOfValue };
      await store.append(batch, position(1));
      const read = await (await again()).read(position(1));
      expect(read.map(({ seq: _seq, at: _at, commandId: _id, ...event }) => event)).toEqual(
        everyKindOfValue,
      );
    });

    test('reading after a position gives what comes after it, however often it is asked', async () => {
      const { store } = await open();
      await store.append(notes('a', 'b', 'c'), position(1));
      for (const after of [0, 1, 3, 2, 0, 4, 9]) {
        const records = await store.read(position(after));
        expect(records.map(({ seq }) => seq)).toEqual([1, 2, 3, 4].filter((seq) => seq > after));
      }
    });

    test('an append at a stale end writes nothing', async () => {
      const { store, again } = await open();
      await store.append(notes('first'), position(1));
      const other = await again();

      expect(await store.append(notes('late', 'later'), position(1))).toEqual({ ok: false });
      expect(await other.append(notes('late'), position(1))).toEqual({ ok: false });
      expect(await other.append(notes('early'), position(7))).toEqual({ ok: false });

      expect(await messagesOf(store)).toEqual(['first']);
    });

    test('another handle sees what was appended, before and after it was opened', async () => {
      const { store, again } = await open();
      await store.append(notes('before'), position(1));
      const other = await again();
      expect(await messagesOf(other)).toEqual(['before']);
      await store.append(notes('after'), position(2));
      expect((await other.read(position(2))).map(({ message }) => message)).toEqual(['after']);
      expect(other.logId).toBe(store.logId);
    });

    test('of many writers racing for one position, exactly one wins', async () => {
      const { store, again } = await open();
      const writers = [store, await again(), await again(), await again()];
      for (let end = 1; end < 20; end++) {
        const outcomes = await Promise.all(
          writers.map(async (writer, n) => writer.append(notes(`w${n}`), position(end))),
        );
        expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
      }
      expect(await messagesOf(store)).toHaveLength(19);
    });

    test('a turn that nobody gives back keeps no other writer from appending', async () => {
      const { store, again } = await open();
      const other = await again();
      await store.takeTurn(true);
      using _turn = await other.takeTurn(true);
      expect(await insist(other, 'after waiting')).toBe(2);
    });

    test('writers who read and try again all get their turn', async () => {
      const { store, again } = await open();
      const writers = [store, await again(), await again(), await again()];
      await Promise.all(
        writers.map(async (writer, n) => {
          for (let count = 0; count < 10; count++) await insist(writer, `w${n}-${count}`);
        }),
      );
      const found = await messagesOf(await again());
      expect(found).toHaveLength(40);
      expect(new Set(found).size).toBe(40);
    });

    test('an empty batch succeeds and writes nothing', async () => {
      const { store } = await open();
      expect(await store.append({ ...notes(), events: [] }, position(1))).toEqual({
        ok: true,
        records: [],
      });
      expect(await store.read(position(1))).toEqual([]);
    });

    test('lines whose sync is put off count at once, and an empty batch makes them durable', async () => {
      const { store, again } = await open();
      for (const [index, message] of ['a', 'b'].entries()) {
        const appended = await store.append(notes(message), position(1 + index), { sync: 'later' });
        expect(appended.ok && appended.records.map(({ seq }) => seq)).toEqual([2 + index]);
      }
      expect((await store.append({ ...notes(), events: [] }, position(3))).ok).toBe(true);
      expect(await messagesOf(await again())).toEqual(['a', 'b']);
      expect(await store.append(notes('late'), position(2), { sync: 'later' })).toEqual({
        ok: false,
      });
    });

    test('an event that is too long for a line is refused before anything is written', async () => {
      const { store } = await open();
      const long = notes('fits', 'x'.repeat(70_000));
      await expect(store.append(long, position(1))).rejects.toMatchObject({
        name: 'StoreError',
        code: 'LINE_TOO_LONG',
      });
      expect(await store.read(position(1))).toEqual([]);
      expect((await store.append(notes('next'), position(1))).ok).toBe(true);
    });

    test('an event that could not be read back is refused before anything is written', async () => {
      const { store } = await open();
      const broken = { ...note('broken'), task: '../x' } satisfies QueueEvent;
      await expect(
        store.append({ ...notes(), events: [broken] }, position(1)),
      ).rejects.toBeInstanceOf(TypeError);
      expect(await store.read(position(1))).toEqual([]);
    });

    test('lines are sealed, chained and sized as the line source says', async () => {
      const { store } = await open();
      await store.append(notes('ä', 'b'), position(1));
      await store.append(notes('c'), position(3));

      const lines = store.lines(position(0)).map((line) => Buffer.from(line).toString());

      let bytes = 0;
      let prev = '0'.repeat(64);
      for (const [index, line] of lines.entries()) {
        const seq = position(index + 1);
        const [body = '', seal = ''] = line.split(/(?=,"h":"[0-9a-f]{64}"\}\n$)/);
        const digest = createHash('sha256').update(body).digest('hex');
        expect(seal).toBe(`,"h":"${digest}"}\n`);
        expect(JSON.parse(line)).toMatchObject({ v: 2, min: 1, log: store.logId, seq, prev });
        expect(store.hashAt(seq)).toBe(digest);
        bytes += Buffer.byteLength(line);
        expect(store.bytesUpTo(seq)).toBe(bytes);
        prev = digest;
      }
      expect(lines).toHaveLength(4);
      expect(store.lines(position(3))).toHaveLength(1);
      expect(store.lines(position(4))).toEqual([]);
      expect(store.hashAt(position(5))).toBeUndefined();
      expect(store.bytesUpTo(position(0))).toBe(0);
    });

    test('a follower is told of appends by its own and by other handles', async () => {
      const { store, again } = await open();
      const other = await again();
      let calls = 0;
      let atOnce = true;
      follow(store, () => {
        expect(atOnce).toBe(false);
        calls++;
      });
      await Promise.resolve();
      atOnce = false;

      await other.append(notes('other'), position(1));
      await until(() => calls >= 1);
      const before = calls;
      await store.append(notes('own'), position(2));
      await until(() => calls > before);
    });

    test('a follower is not called after it was disposed of, nor after its store was', async () => {
      const { store, again } = await open();
      const other = await again();
      const witness = await again();
      let calls = 0;
      store.follow(() => calls++)[Symbol.dispose]();
      other.follow(() => calls++);
      await other[Symbol.asyncDispose]();

      let told = false;
      follow(witness, () => {
        told = true;
      });
      await store.append(notes('unseen'), position(1));
      await until(() => told);
      expect(calls).toBe(0);
    });

    test('heartbeats belong to one claim, and each one changes the mark', async () => {
      const { store, again, claim } = await open();
      const token = position(5);
      await claim(7, token);
      expect(await store.lastBeat(7, token)).toBeNull();

      await store.beat(7, token);
      const first = await store.lastBeat(7, token);
      await store.beat(7, token);
      const second = await (await again()).lastBeat(7, token);

      expect(first?.token).toBe(token);
      expect(second?.mark).not.toBe(first?.mark);
      expect(await store.lastBeat(7, token)).toEqual(second);
      expect(await store.lastBeat(7, position(9))).toBeNull();
      expect(await store.lastBeat(8, token)).toBeNull();
    });

    test('a long text is kept beside the log under its digest', async () => {
      const { store, again } = await open();
      const text = 'prömpt '.repeat(20_000);
      const digest = await store.putBlob(text);
      expect(digest).toBe(createHash('sha256').update(text).digest('hex'));
      expect(await store.putBlob(text)).toBe(digest);
      expect(await (await again()).getBlob(digest)).toBe(text);
      await expect(store.getBlob('0'.repeat(64))).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
      });
    });
  });
}

/** Appends one note however many races it takes. */
async function insist(store: TaskStore, message: string): Promise<Position> {
  let end = position(0);
  while (true) {
    end = (await store.read(end)).at(-1)?.seq ?? end;
    const appended = await store.append(notes(message), end);
    if (appended.ok) return position(end + 1);
  }
}

function follow(store: TaskStore, onChange: () => void): void {
  const following = store.follow(onChange);
  onTestFinished(() => following[Symbol.dispose]());
}

async function until(condition: () => boolean): Promise<void> {
  const endsAt = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > endsAt) throw new Error('Waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
