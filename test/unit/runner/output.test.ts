import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { LastLine, maxLineChars, readText } from '../../../extension/runner/programs/output.ts';

/** The last line of `pieces`, pushed one by one. */
function lastOf(...pieces: string[]) {
  const line = new LastLine();
  for (const piece of pieces) line.push(piece);
  return line.value;
}

describe('the last line', () => {
  test.each<[string[], string | null]>([
    [[], null],
    [['\n\n  \n'], null],
    [['one\ntwo'], 'two'],
    [['one\ntwo\n \n\n'], 'two'],
    [['o', 'ne\nt', 'wo\n'], 'two'],
    [['10 %\r50 %\r100 %\n'], '100 %'],
    [['\u001b[32mgreen\u001b[0m \u001b]8;;http://x\u0007link\u001b]8;;\u0007\n'], 'green link'],
    [['a\u0007b\tc\u0000'], 'a b c'],
    [['told\n\u001b[0m\n'], 'told'],
    [['x'.repeat(10_000)], 'x'.repeat(maxLineChars)],
  ])('of %j is %j', (pieces, value) => {
    expect(lastOf(...pieces)).toBe(value);
  });

  test('is never cut through a character', () => {
    expect(lastOf(`${'x'.repeat(maxLineChars - 1)}🚂`)).toBe('x'.repeat(maxLineChars - 1));
  });
});

describe('reading text', () => {
  const never = new Promise(() => undefined);

  test('splits no character, wherever the bytes are cut', async () => {
    const text = 'aż日🚂\uFEFFb';
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const pieces: string[] = [];
      const halves = [bytes.subarray(0, cut), bytes.subarray(cut)].filter((half) => half.length);
      await readText(Readable.from(halves), never, (piece) => void pieces.push(piece));
      expect(pieces.join('')).toBe(text);
      for (const piece of pieces) expect(piece).not.toContain('\uFFFD');
    }
  });

  test('an error of whoever takes the text is not swallowed', async () => {
    const take = () => {
      throw new TypeError('a mistake of ours');
    };
    await expect(readText(Readable.from([Buffer.from('a')]), never, take)).rejects.toThrow(
      'a mistake of ours',
    );
  });
});
