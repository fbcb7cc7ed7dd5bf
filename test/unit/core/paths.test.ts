/** Which globs may name the same file, as people and tools write them. */
import { describe, expect, test } from 'vitest';
import { findOverlap } from '../../../extension/core/paths.ts';

describe('two tasks', () => {
  test.each<[string, string, boolean]>([
    ['src/**', 'src/a/*.ts', true],
    ['src/**', 'docs/**', false],
    ['src', 'src/a.ts', true],
    ['src/', 'src/a/b.ts', true],
    ['src/a', 'src/ab', false],
    ['docs/*.md', 'docs/api/x.md', false],
    ['*', 'src/a.ts', false],
    ['**/*.test.ts', 'src/core/pick.test.ts', true],
    ['**/*.test.ts', 'src/core/pick.ts', false],
    ['.', 'anything/at/all', true],
    ['./src/a.ts', 'src/a.ts', true],
    ['/src/a.ts', 'src/a.ts', true],
    ['src\\a.ts', 'src/a.ts', true],
    ['src/x/../a.ts', 'src/a.ts', true],
    ['src/*/../a.ts', 'other/b.ts', true],
    ['../shared/a.ts', '../shared/**', true],
    ['../shared/a.ts', 'shared/a.ts', false],
    ['README.md', 'readme.MD', true],
    ['caf\u00e9.md', 'cafe\u0301.md', true],
    ['src/{a,b}.ts', 'src/b.ts', true],
    ['src/{a,b}.ts', 'src/c.ts', false],
    ['{src/{a,b},docs}/x', 'docs/x', true],
    ['src/{a}.ts', 'src/a.ts', true],
    ['img{1..9}.png', 'img5.png', true],
    ['app/[id]/page.tsx', 'app/[id]/page.tsx', true],
    ['app/[id]/page.tsx', 'app/7/page.tsx', true],
    ['src/**.ts', 'src/a/b.ts', true],
    ['src/a**b**c', 'src/a/x/b/y/c', true],
    ['src/**.ts', 'src/a.md', false],
    ['@(src|docs)/x', 'src/x', true],
    ['!src/a.ts', 'src/a.ts', false],
    ['', 'src/a.ts', false],
    ['three.js', 'three.js/src/a.ts', true],
    ['three.js', 'THREE.js/**', true],
    ['three.js/', '**/a.ts', true],
    ['three.js', '**/a.ts', false],
    ['src/**/*.ts', 'src/a.md', false],
  ])('that reserve %j and %j: %s', (left, right, expected) => {
    expect(findOverlap([left], [right]) !== null).toBe(expected);
    expect(findOverlap([right], [left]) !== null).toBe(expected);
  });

  test('are told which globs meet', () => {
    expect(findOverlap(['docs/**', 'src/*.ts'], ['lib/**', 'src/a.ts'])).toEqual([
      'src/*.ts',
      'src/a.ts',
    ]);
  });

  test('that reserve nothing meet nobody', () => {
    expect(findOverlap(undefined, ['**'])).toBeNull();
    expect(findOverlap([], ['**'])).toBeNull();
  });

  test.each([
    ['with more alternatives than anyone writes', '{a,b}'.repeat(20)],
    ['longer than anything real', '*a'.repeat(20_000)],
  ])('are kept apart by a glob %s', (_, glob) => {
    expect(findOverlap([glob], ['*b'.repeat(20_000)])).not.toBeNull();
  });
});
