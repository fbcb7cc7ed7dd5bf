import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daysInclusive } from './days.mjs';

test('a month has all its days', () => {
  assert.equal(daysInclusive(new Date('2026-11-01'), new Date('2026-11-30')), 30);
});

test('a single day is one day', () => {
  assert.equal(daysInclusive(new Date('2026-11-22'), new Date('2026-11-22')), 1);
});
