/** The part of the contract of `TaskStore` about sealing a log and going on from a snapshot. */
import { createHash } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Position } from '../../extension/core/ids.ts';
import { position } from '../../extension/core/ids.ts';
import { withLines } from '../../extension/store/taskStore.ts';
import { messagesOf } from '../support/fileLog.ts';
import { notes, sealing } from '../support/storeNotes.ts';
import type { ContractStore, StoreHarness } from './taskStore.contract.ts';

const state = JSON.stringify({ version: 1, tasks: [[1, 'ä']], extra: { b: 1, a: [null, 0.5] } });
const longState = JSON.stringify({ version: 1, tasks: 'x'.repeat(100_000) });

/** Seals the log at `end` and goes on from `text`; answers the new end. */
async function rotate(store: ContractStore, end: Position, text = state): Promise<Position> {
  expect((await store.append(sealing(), end)).ok).toBe(true);
  await store.continueAfter(position(end + 1), text);
  return position(end + 2);
}

export function describeRotation(engine: string, harness: StoreHarness): void {
  async function open() {
    const log = await harness.open();
    onTestFinished(async () => log.store[Symbol.asyncDispose]());
    const again = async (): Promise<ContractStore> => {
      const store = await log.again();
      onTestFinished(async () => store[Symbol.asyncDispose]());
      return store;
    };
    return { ...log, again };
  }

  describe(`TaskStore contract, rotation: ${engine}`, () => {
    test('behind a seal nothing is appended until the log goes on', async () => {
      const { store, again } = await open();
      const other = await again();
      await store.append(sealing(), position(1));
      expect(await store.append(notes('late'), position(2))).toEqual({ ok: false });
      expect(await other.append(notes('late'), position(1))).toEqual({ ok: false });
      expect(await other.append(notes('late'), position(2))).toEqual({ ok: false });

      await other.continueAfter(position(2), state);
      expect((await store.append(notes('next'), position(3))).ok).toBe(true);
      expect(await messagesOf(await again())).toEqual(['next']);
    });

    test('whoever opens it then is given the newest state, once, and reads on after it', async () => {
      const { store, again } = await open();
      expect((await again()).takeOpening()).toBeNull();
      await store.append(notes('a'), position(1));
      await rotate(store, position(2), '{"version":1}');
      await store.append(notes('b'), position(4));
      await rotate(store, position(5));
      await store.append(notes('c'), position(7));

      const opened = await again();
      expect(opened.takeOpening()).toEqual({ end: 6, state });
      expect(opened.takeOpening()).toBeNull();
      const events = (await opened.read(position(6))).map(({ seq, event }) => [seq, event]);
      expect(events).toEqual([
        [7, 'SNAPSHOT'],
        [8, 'NOTE'],
      ]);
      expect((await opened.append(notes('d'), position(8))).ok).toBe(true);
    });

    test('a long state comes back as it was', async () => {
      const { store, again } = await open();
      await rotate(store, position(1), longState);
      expect((await again()).takeOpening()).toEqual({ end: 2, state: longState });
    });

    test('all records are there all the same, for every handle', async () => {
      const { store, again } = await open();
      await store.append(notes('a', 'b'), position(1));
      await rotate(store, position(3));
      await store.append(notes('c'), position(5));
      await rotate(store, position(6));
      for (const handle of [store, await again()]) {
        for (const after of [0, 2, 4, 5, 7, 8, 3, 1]) {
          const records = await handle.read(position(after));
          const expected = [1, 2, 3, 4, 5, 6, 7, 8].filter((seq) => seq > after);
          expect(records.map(({ seq }) => seq)).toEqual(expected);
        }
        expect(await messagesOf(handle)).toEqual(['a', 'b', 'c']);
      }
    });

    test('a line source goes on over the seam, for whoever opened before or after it', async () => {
      const { store, again } = await open();
      await store.append(notes('a'), position(1));
      await rotate(store, position(2));
      await store.append(notes('b'), position(4));
      const linesOf = async (handle: ContractStore, after: number) => {
        const lines = await withLines(() => handle.lines(position(after)));
        return lines.map((line) => Buffer.from(line).toString());
      };
      const whole = await linesOf(store, 0);
      expect(whole).toHaveLength(5);
      for (const handle of [await again(), store]) {
        let bytes = 0;
        for (const [index, line] of whole.entries()) {
          const seq = position(index + 1);
          const body = line.slice(0, line.lastIndexOf(',"h":"'));
          bytes += Buffer.byteLength(line);
          const digest = createHash('sha256').update(body).digest('hex');
          expect(await withLines(() => handle.hashAt(seq))).toBe(digest);
          expect(await withLines(() => handle.bytesUpTo(seq))).toBe(bytes);
          expect(await linesOf(handle, seq)).toEqual(whole.slice(index + 1));
        }
        expect(handle.hashAt(position(6))).toBeUndefined();
        expect(handle.bytesUpTo(position(0))).toBe(0);
      }
    });

    test('of several who go on after one seal, one does, and the others see it', async () => {
      const { store, again } = await open();
      const others = [await again(), await again()];
      await store.append(sealing(), position(1));
      await Promise.all([store, ...others].map((each) => each.continueAfter(position(2), state)));
      for (const each of [store, ...others]) {
        expect((await each.read(position(1))).map(({ event }) => event)).toEqual([
          'SEALED',
          'SNAPSHOT',
        ]);
      }
    });

    test('to go on where nothing was sealed, or after an older seal, changes nothing', async () => {
      const { store } = await open();
      await store.continueAfter(position(1), state);
      expect(await store.read(position(1))).toEqual([]);
      const end = await rotate(store, position(1));
      await store.append(sealing(), end);
      await store.continueAfter(position(2), state);
      expect(await store.append(notes('late'), position(end + 1))).toEqual({ ok: false });
    });
  });
}
