/** A snapshot is a pure function of the fold, gives the same queue back, and can be gone on from. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogRecord } from '../../../extension/core/event.ts';
import { evolve } from '../../../extension/core/evolve.ts';
import { findTask, newQueue } from '../../../extension/core/queue.ts';
import type { QueueDraft } from '../../../extension/core/queue.ts';
import {
  decodeSnapshot,
  encodeSnapshot,
  snapshotVersion,
} from '../../../extension/core/snapshot.ts';
import { add, claim, edit, given } from '../../support/core.ts';
import { moves, simulate } from '../../support/coreSimulation.ts';

function foldInto(draft: QueueDraft, records: readonly LogRecord[]): QueueDraft {
  for (const record of records) evolve(draft, record);
  return draft;
}

test('any history may be cut anywhere and gone on from its snapshot', () => {
  fc.assert(
    fc.property(moves, fc.double({ min: 0, max: 1, noNaN: true }), (history, where) => {
      const { records } = simulate(history);
      const cut = Math.floor(where * records.length);
      const before = foldInto(newQueue(), records.slice(0, cut));

      const text = encodeSnapshot(before);
      const decoded = decodeSnapshot(text);
      expect(decoded).toEqual(before);
      expect(encodeSnapshot(decoded)).toBe(text);

      const whole = foldInto(before, records.slice(cut));
      expect(encodeSnapshot(foldInto(decoded, records.slice(cut)))).toBe(encodeSnapshot(whole));
    }),
    { numRuns: 100 },
  );
});

test('every field of a task comes back, empty and missing ones too', () => {
  const { queue } = given(
    add('Bare', { priority: 'LOW' }),
    add('Empty text', { description: '', dependencies: [1], key: 'k', session: 's' }),
    add('Long', {
      description: { blob: 'a'.repeat(64), bytes: 20_000 },
      extra: { __proto__: null, '7': 1, nested: [null, 0, false] },
      capture: 0,
    }),
    claim(1, 'Copilot'),
    edit(2, { labels: [] }),
  );
  const decoded = decodeSnapshot(encodeSnapshot(queue));
  expect(decoded).toEqual(queue);
  expect(findTask(decoded, 2)?.content.description).toBe('');
  expect(findTask(decoded, 1)?.content.priority).toBe('LOW');
});

test('a snapshot of another version is not read', () => {
  const text = encodeSnapshot(newQueue()).replace(
    `"version":${snapshotVersion}`,
    `"version":${snapshotVersion + 1}`,
  );
  expect(() => decodeSnapshot(text)).toThrow(/version/);
});
