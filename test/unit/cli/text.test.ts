/** Text for terminals: harmless, cut by the columns it takes, in columns that fit any width. */
import stringWidth from 'string-width';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { glyphs } from '../../../extension/cli/render/glyphs.ts';
import { tableLines } from '../../../extension/cli/render/table.ts';
import { formatDuration, plain } from '../../../extension/cli/render/text.ts';
import { treeLines } from '../../../extension/cli/render/tree.ts';
import { cell, padEnd, widthOf, wrap } from '../../../extension/cli/render/width.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const family = '👩‍👩‍👧‍👦';

describe('text of a task', () => {
  test.each([
    ['a\u001b]0;owned\u0007\u001b[2Jb', 'a ]0;owned [2Jb'],
    ['line\r\nbreak\ttab', 'line break tab'],
    ['\u202egnp.exe\u2066\u061c', ' gnp.exe '],
    ['a\u2028b\u2029c\u009bd', 'a b c d'],
    ['ze\u200bro\ufeff wi\u2060dth\u00ad', 'zero width'],
    ['no\u200djoin\u200cers', 'nojoiners'],
    ['tags\u{e0041}\u{e0042}', 'tags'],
  ])('%j is made harmless', (text, harmless) => {
    expect(plain(text)).toBe(harmless);
  });

  test('keeps the joiners that emoji and scripts are written with', () => {
    for (const text of [family, 'می‌خواهم', 'क्‍ष', '🏳️‍🌈', 'e\u0301']) {
      expect(plain(text)).toBe(text);
    }
  });

  test('is cut by the columns that it takes, between what a person sees as letters', () => {
    expect(cell('日本語のタイトル', 7)).toBe('日本語…');
    expect(cell('日本語のタイトル', 16)).toBe('日本語のタイトル');
    expect(cell(`${family}${family}${family}`, 5)).toBe(`${family}${family}…`);
    expect(cell('cafe\u0301s and more', 6)).toBe('cafe\u0301s…');
    expect(cell('word and more', 6)).toBe('word…');
    expect(cell('x', 0)).toBe('');
  });

  test('cannot run over other lines by piling up marks', () => {
    expect([...cell(`a${'\u0300'.repeat(500)}b`, 10)]).toHaveLength(6);
  });

  test('is broken into lines between words, and within a word only where it must', () => {
    expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrap('日本語の本', 4)).toEqual(['日本', '語の', '本']);
    expect(wrap('', 4)).toEqual(['']);
  });
});

test('text that needs no table of widths is as wide as the table says', () => {
  const differ: string[] = [];
  for (let code = 0; code <= 0x2fff; code++) {
    const text = `a${String.fromCharCode(code)}b`;
    if (widthOf(text) !== stringWidth(text)) differ.push(code.toString(16));
  }
  expect(differ).toEqual([]);
  for (const env of ['C', 'C.UTF-8']) {
    for (const sign of Object.values<string>({ ...glyphs({ LANG: env }) })) {
      expect(widthOf(sign)).toBe(stringWidth(sign));
    }
  }
});

describe('columns', () => {
  const columns = [
    { align: 'right' },
    {},
    { optional: 2 },
    { min: 8 },
    { min: 4, optional: 1 },
  ] as const;
  const rows = [
    ['#1', 'pending', 'NORMAL', '日本語のタイトルを翻訳する', 'after #2'],
    ['#12', 'in progress', 'HIGH', 'A title that is rather long', 'Claude, 12 min'],
  ];

  test.each([200, 80, 60, 40, 31, 26])('of tables fit a width of %i', (width) => {
    const lines = tableLines(columns, rows, width);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
    const starts = lines.map((line) => widthOf(line.slice(0, line.search(/日|A t/))));
    expect(new Set(starts).size).toBe(1);
  });

  test('are left out where there is no room for all, the least needed first', () => {
    const at = (width: number) => tableLines(columns, rows, width).join();
    expect(at(100)).toContain('NORMAL');
    expect(at(34)).not.toContain('NORMAL');
    expect(at(34)).toContain('after');
    expect(at(28)).not.toContain('af');
    expect(at(28)).toContain('in progress');
  });

  test('are filled up by what is shown, colours not counted', () => {
    expect(widthOf(padEnd('\u001b[31m日\u001b[0m', 5))).toBe(5);
  });
});

describe('trees', () => {
  test('go on at the same depth where the width allows no more', () => {
    const lines = treeLines([1], (n) => (n < 5_000 ? [n + 1] : []), String, 60);
    expect(lines).toHaveLength(5_000);
    expect(lines[1]).toBe('└─ 2');
    for (const line of lines) expect(widthOf(line)).toBeLessThan(40);
  });

  test.each([
    [{ LC_ALL: 'C', LANG: 'en_GB.UTF-8' }, '`- '],
    [{ LANG: 'de_DE.ISO-8859-1' }, '`- '],
    [{ LANG: 'C.UTF-8' }, '└─ '],
    [{ LANG: 'en_GB.utf8' }, '└─ '],
    [{}, '└─ '],
  ])('are drawn as the locale %j allows', (env, lastChild) => {
    expect(glyphs(env).lastChild).toBe(lastChild);
  });

  test('and all else is drawn in ASCII where nothing more is shown', () => {
    vi.stubEnv('LC_ALL', 'POSIX');
    expect(Object.values(glyphs()).join('')).toMatch(/^[ -~]+$/);
    expect(cell('a long title', 6)).toBe('a lon~');
  });
});

test('a duration is as long as a person would say it', () => {
  const second = 1_000;
  expect(
    [0, 59 * second, 90 * second, 7_500 * second, 200_000 * second].map(formatDuration),
  ).toEqual([...['0 s', '59 s', '2 min', '2 h 5 min', '2 d 7 h']]);
});
