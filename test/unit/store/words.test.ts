import { expect, test } from 'vitest';
import {
  formatIsoInstant,
  fromWords,
  parseIsoInstant,
  toWords,
} from '../../../extension/protocol/words.ts';

test('fields and instants have their words in files, also in known objects', () => {
  const inside = {
    title: 'x',
    estimateMinutes: 3,
    notBeforeAt: 0,
    setAside: { agent: 'a', until: 1 },
    holder: { startTime: 's', bootId: 'b', pidNamespace: 'n' },
    deadlineAt: undefined,
  };
  const outside = {
    title: 'x',
    estimate_minutes: 3,
    not_before: '1970-01-01T00:00:00.000Z',
    set_aside: { agent: 'a', until: '1970-01-01T00:00:00.001Z' },
    holder: { start_time: 's', boot_id: 'b', pid_namespace: 'n' },
  };
  expect(toWords(inside)).toEqual(outside);
  const { deadlineAt: _unset, ...back } = inside;
  expect(fromWords(outside)).toEqual(back);
});

test('what belongs to others is passed on untouched', () => {
  const foreign = { not_before: '2026-01-01', errorClass: 1, holder: { bootId: 1 } };
  for (const field of ['extra', 'capture', 'checkpoint', 'state', 'unknown_field']) {
    expect(toWords({ [field]: foreign })[field]).toBe(foreign);
    expect(fromWords({ [field]: foreign })[field]).toBe(foreign);
  }
});

test('nothing changes what an object inherits', () => {
  const hostile = JSON.parse('{"__proto__":{"admin":true},"title":"x"}') as object;
  for (const translated of [toWords(hostile), fromWords(hostile)]) {
    expect(Object.getPrototypeOf(translated)).toBe(Object.prototype);
    expect(translated).toEqual({ title: 'x' });
  }
});

test.each([
  ['2026-11-22T10:00:00.000Z', Date.UTC(2026, 10, 22, 10)],
  ['2026-11-22T12:00:00+02:00', Date.UTC(2026, 10, 22, 10)],
  ['2026-11-22', Date.UTC(2026, 10, 22)],
  ['+012026-11-22T10:00:00.000Z', Date.UTC(12026, 10, 22, 10)],
  ['2026-11-22T10:00:00', undefined],
  ['2026-13-22T10:00:00Z', undefined],
  ['22 Nov 2026', undefined],
  ['', undefined],
])('%s is the instant %s', (text, at) => {
  expect(parseIsoInstant(text)).toBe(at);
  if (at !== undefined) expect(parseIsoInstant(formatIsoInstant(at))).toBe(at);
});

test('a value that is not what its word promises is left for its reader to refuse', () => {
  expect(fromWords({ not_before: 'soon', set_aside: 'no', until: 5, deadline: null })).toEqual({
    notBeforeAt: 'soon',
    setAside: 'no',
    until: 5,
    deadlineAt: null,
  });
});
