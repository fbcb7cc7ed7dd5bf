/**
 * Whether globs overlap, against brute force: all short paths over two letters, and what a regular
 * expression makes of a glob. A failure prints the two globs.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findOverlap } from '../../extension/core/paths.ts';

const numRuns = process.env['SIGNALBOX_LONG'] === '1' ? 20_000 : 1_500;

const names = ['a', 'b', 'aa', 'ab', 'ba', 'bb'];
/** Deep enough for a path that fits two globs of three names each. */
const deepest = 5;

function universe(): readonly string[] {
  const paths: string[][] = [names];
  for (let depth = 1; depth < deepest; depth++) {
    paths.push(paths[depth - 1]!.flatMap((path) => names.map((name) => `${path}/${name}`)));
  }
  return paths.flat();
}
const everyPath = universe();

/** What a glob names, said once more: none of it is shared with the core. */
function expression(glob: string): RegExp {
  const parts = glob
    .split('/')
    .map((name) => (name === '**' ? '**' : name.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')));
  let text = '';
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    if (part !== '**') text += isLast ? part : `${part}/`;
    else text += isLast ? '.*' : '(?:[^/]+/)*';
  }
  const isPlain = !/[*?]/.test(glob.split('/').at(-1) ?? '');
  // `a/**` names the folder `a` too.
  const whole = text.endsWith('/.*') ? `${text.slice(0, -3)}(?:/.*)?` : text;
  return new RegExp(`^${whole}${isPlain ? '(?:/.*)?' : ''}$`);
}

const token = fc.constantFrom('a', 'b', 'a', 'b', '*', '?');
const name = fc.oneof(
  { weight: 4, arbitrary: fc.array(token, { minLength: 1, maxLength: 2 }).map((t) => t.join('')) },
  { weight: 1, arbitrary: fc.constant('**') },
);
const glob = fc
  .array(name, { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/').replace(/\*\*(\/\*\*)+/g, '**'))
  .filter((text) => !text.split('/').some((part) => part !== '**' && part.includes('**')));

const namedBy = new Map<string, ReadonlySet<string>>();
function pathsOf(text: string): ReadonlySet<string> {
  const known = namedBy.get(text);
  if (known !== undefined) return known;
  const pattern = expression(text);
  const paths = new Set(everyPath.filter((path) => pattern.test(path)));
  namedBy.set(text, paths);
  return paths;
}

describe('two globs', () => {
  test('overlap just where some path fits both', () => {
    fc.assert(
      fc.property(glob, glob, (left, right) => {
        const others = pathsOf(right);
        const expected = [...pathsOf(left)].some((path) => others.has(path));
        expect(findOverlap([left], [right]) !== null).toBe(expected);
      }),
      { numRuns },
    );
  });

  test('overlap whichever is asked about first', () => {
    fc.assert(
      fc.property(fc.array(glob, { maxLength: 3 }), fc.array(glob, { maxLength: 3 }), (a, b) => {
        expect(findOverlap(a, b) === null).toBe(findOverlap(b, a) === null);
      }),
      { numRuns },
    );
  });

  test('with braces are what their alternatives are', () => {
    fc.assert(
      fc.property(glob, glob, glob, (a, b, other) => {
        const either = findOverlap([a, b], [other]) !== null;
        expect(findOverlap([`{${a},${b}}`], [other]) !== null).toBe(either);
      }),
      { numRuns },
    );
  });
});
