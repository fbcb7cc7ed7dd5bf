/** The small SHA-256 gives what Node's gives, whatever is hashed and however much was before. */
import { hash } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { sha256Module as madeModule } from '../../../scripts/sha256Module.mjs';

/** As in a process that has just begun. */
async function fresh() {
  vi.resetModules();
  return import('../../../extension/platform/sha256.ts');
}

const native = (data: string | Uint8Array) => hash('sha256', data, 'hex');

test('its module is the one that the script makes', async () => {
  const { sha256Module } = await fresh();
  expect(sha256Module).toBe(madeModule());
});

test('it agrees with Node on every length around the ends of blocks', async () => {
  const { sha256 } = await fresh();
  for (let length = 0; length <= 200; length++) {
    const bytes = Buffer.from(Array.from({ length }, (_, n) => (n * 89 + length) & 255));
    expect(sha256(bytes)).toBe(native(bytes));
  }
});

test('it agrees on texts, and on parts of a larger buffer', async () => {
  const { sha256 } = await fresh();
  for (const text of ['', 'abc', '“Ünïcode” \u{1f600}', 'x'.repeat(1_000)]) {
    expect(sha256(text)).toBe(native(text));
    expect(sha256(Buffer.from(`--${text}--`).subarray(2, -2))).toBe(native(text));
  }
});

test.each([65_000, 65_535, 65_536, 65_537, 200_000])(
  'it agrees on %i bytes, and on what comes after them',
  async (length) => {
    const { sha256 } = await fresh();
    const bytes = Buffer.alloc(length, 'some words, ');
    expect(sha256(bytes)).toBe(native(bytes));
    expect(sha256('after')).toBe(native('after'));
    expect(sha256(bytes)).toBe(native(bytes));
  },
);

test('without WebAssembly it is the one of Node', async () => {
  vi.stubGlobal('WebAssembly', undefined);
  try {
    const { sha256 } = await fresh();
    expect(sha256('abc')).toBe(native('abc'));
  } finally {
    vi.unstubAllGlobals();
  }
});
