/** Keys walk, find and move along the rows, across sections. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Cancels, undoMs } from '../../../webview-ui/cancels.ts';
import { intentOf } from '../../../webview-ui/keys.ts';
import type { Key } from '../../../webview-ui/keys.ts';
import {
  find,
  inOrder,
  itemsOf,
  keepFocus,
  moved,
  placeAfterStep,
  rowsPerStep,
  walk,
} from '../../../webview-ui/rows.ts';
import type { SectionUi } from '../../../webview-ui/rows.ts';
import { attentive, empty, thousand, typical, upNextRow } from '../../fixtures/webview/models.ts';

const now = 1_800_000_000_000;
const ui: SectionUi = { collapsed: {}, limits: {} };
const items = itemsOf(typical(now), ui);
const keys = items.map((item) => item.key);

describe('the line of rows', () => {
  test('runs through all sections in order, headers first, and leaves folded rows out', () => {
    expect(keys.slice(0, 5)).toEqual([
      'needsYou:',
      'needsYou:ask:q1',
      'needsYou:9',
      'upNext:',
      'upNext:16',
    ]);
    expect(keys.at(-1)).toBe('doneToday:');
  });

  test('has no row twice, whatever needs a person', () => {
    const all = itemsOf(attentive(now), { ...ui, collapsed: { doneToday: false } }).map(
      ({ key }) => key,
    );
    expect(new Set(all).size).toBe(all.length);
  });

  test('of a thousand tasks the first are there, and a row that brings more', () => {
    const upNext = itemsOf(thousand(now), ui).filter((item) => item.section === 'upNext');
    expect(upNext).toHaveLength(rowsPerStep + 2);
    expect(upNext.at(-1)?.type).toBe('more');
  });

  test('is empty where nothing is', () => {
    expect(itemsOf(empty(now), ui)).toEqual([]);
  });

  test('is walked across sections and ends at its ends', () => {
    expect(walk(items, 'needsYou:9', 1)).toBe('upNext:');
    expect(walk(items, 'needsYou:', -1)).toBe('needsYou:');
    expect(walk(items, 'upNext:16', 1_000)).toBe('doneToday:');
    expect(walk(items, null, 1)).toBe('needsYou:');
  });

  test('keeps the focus on a row that moved, and gives it to its heir when it went', () => {
    const without = items.filter((item) => item.key !== 'upNext:18');
    expect(keepFocus(items, without, 'upNext:19')).toBe('upNext:19');
    expect(keepFocus(items, without, 'upNext:18')).toBe('upNext:19');
  });

  test('the heir of the last row of a section is the one above it', () => {
    const without = items.filter((item) => item.key !== 'upNext:screenshots');
    expect(keepFocus(items, without, 'upNext:screenshots')).toBe('upNext:19');
  });
});

describe('typing', () => {
  test.each([
    ['a letter finds the next row with a word that begins with it', 'needsYou:', 'h', 'upNext:16'],
    ['the same letter goes on to the one after', 'upNext:16', 'h', 'upNext:18'],
    ['more letters narrow it', 'upNext:16', 'fix', 'upNext:19'],
    ['it goes around', 'waiting:17', 'render', 'needsYou:9'],
    ['an id is found too', 'needsYou:', '#20', 'waiting:20'],
    ['an id needs no sign', 'needsYou:', '17', 'waiting:17'],
    ['a name is found', 'needsYou:', 'screensh', 'upNext:screenshots'],
    ['case does not count', 'needsYou:', 'PUB', 'waiting:20'],
  ])('%s', (_, from, typed, found) => {
    expect(find(items, from, typed)).toBe(found);
  });

  test('finds nothing within words', () => {
    expect(find(items, null, 'arbour')).toBeNull();
  });
});

describe('moving', () => {
  const order = [1, 2, 'three', 4];

  test.each([
    ['up', 2, -1, { at: 'before', task: 1 }],
    ['down', 2, 1, { at: 'after', task: 'three' }],
    ['up from the top', 1, -1, null],
    ['down from the end', 4, 1, null],
    ['what is not there', 9, 1, null],
  ] as const)('one step %s', (_, task, by, place) => {
    expect(placeAfterStep(order, task, by)).toEqual(place);
  });

  test.each([
    [{ at: 'before', task: 1 }, [4, 1, 2, 'three']],
    [{ at: 'after', task: 'THREE' }, [1, 2, 'three', 4]],
    [{ at: 'after', task: 1 }, [1, 4, 2, 'three']],
    [{ at: 'first' }, [4, 1, 2, 'three']],
    [{ at: 'before', task: 99 }, [1, 2, 'three', 4]],
  ] as const)('task 4 to %j', (place, after) => {
    expect(moved(order, 4, place)).toEqual(after);
  });

  test('rows that the shown order does not name keep their place behind it', () => {
    const rows = [1, 2, 3, 4].map((id) => upNextRow(id, 'x'));
    expect(inOrder(rows, [2, 1]).map((row) => row.id)).toEqual([2, 1, 3, 4]);
  });
});

describe('keys', () => {
  const plain = { altKey: false, ctrlKey: false, metaKey: false };
  const item = (key: string) => items.find((candidate) => candidate.key === key);

  test.each<[Partial<Key> & { key: string }, string, unknown]>([
    [{ key: 'ArrowDown' }, 'upNext:16', { type: 'walk', by: 1 }],
    [{ key: 'ArrowDown', altKey: true }, 'upNext:16', { type: 'move', by: 1 }],
    [{ key: 'ArrowDown', altKey: true }, 'waiting:14', null],
    [{ key: 'ArrowLeft' }, 'upNext:16', { type: 'toHeader' }],
    [{ key: 'ArrowLeft' }, 'upNext:', { type: 'fold', open: false }],
    [{ key: 'Enter' }, 'upNext:16', { type: 'open' }],
    [{ key: 'Delete' }, 'waiting:14', { type: 'cancel' }],
    [{ key: 'Backspace', metaKey: true }, 'upNext:16', { type: 'cancel' }],
    [{ key: 'Delete' }, 'workload:Claude', null],
    [{ key: 'Delete' }, 'upNext:', null],
    [{ key: 'z', ctrlKey: true }, 'upNext:16', { type: 'undoLast' }],
    [{ key: 'c', ctrlKey: true }, 'upNext:16', { type: 'copy' }],
    [{ key: 'p', ctrlKey: true }, 'upNext:16', null],
    [{ key: 'h' }, 'upNext:16', { type: 'type', letter: 'h' }],
    [{ key: 'é' }, 'upNext:16', { type: 'type', letter: 'é' }],
    [{ key: 'Tab' }, 'upNext:16', null],
    [{ key: 'F5' }, 'upNext:16', null],
  ])('%j on %s', (key, on, intent) => {
    expect(intentOf({ ...plain, ...key }, item(on))).toEqual(intent);
  });
});

describe('a cancellation', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function cancels() {
    const sent: unknown[] = [];
    return { sent, cancels: new Cancels((task) => sent.push(task), vi.fn()) };
  }

  test('is sent once, when its time to undo has passed', () => {
    const { sent, cancels: held } = cancels();
    held.begin(7);
    held.begin(7);

    vi.advanceTimersByTime(undoMs - 1);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(sent).toEqual([7]);
    vi.advanceTimersByTime(undoMs);
    expect(sent).toEqual([7]);
  });

  test('that was undone is never sent', () => {
    const { sent, cancels: held } = cancels();
    held.begin('Name');
    held.undo('name');

    vi.advanceTimersByTime(undoMs * 2);
    held.flush();
    expect(sent).toEqual([]);
    expect(held.held.size).toBe(0);
  });

  test('that was undone and asked for again has its whole time again', () => {
    const { sent, cancels: held } = cancels();
    held.begin(7);
    vi.advanceTimersByTime(undoMs - 1);
    held.undo(7);
    held.begin(7);

    vi.advanceTimersByTime(undoMs - 1);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(sent).toEqual([7]);
  });

  test('is sent at once when the view goes away, and the newest is undone first', () => {
    const { sent, cancels: held } = cancels();
    held.begin(1);
    held.begin(2);

    expect(held.undoLast()).toBe(2);
    held.flush();
    vi.advanceTimersByTime(undoMs);
    expect(sent).toEqual([1]);
  });
});
