/** Which paths a held task touches: its holder says so, and no two holders the same. */
import { describe, expect, test } from 'vitest';
import { position } from '../../../extension/core/ids.ts';
import type { Request } from '../../support/core.ts';
import { add, caller, claim, edit, given } from '../../support/core.ts';

function reserve(
  task: number,
  paths: readonly string[],
  agent = 'A',
  remove: readonly string[] | 'all' = [],
): Request {
  return { type: 'reserve', task, add: paths, remove, caller: caller({ agent }) };
}

describe('reserving paths', () => {
  test('adds to those of the held task and takes away, and a repetition records nothing', () => {
    const world = given(add('a'), edit(1, { paths: ['docs/**'] }), claim(1, 'A'));
    world.when(reserve(1, ['src/a.ts', 'docs/**']));
    expect(world.task(1).content.paths).toEqual(['docs/**', 'src/a.ts']);
    expect(world.when(reserve(1, ['src/a.ts'])).records).toEqual([]);
    world.when(reserve(1, [], 'A', ['docs/**']));
    expect(world.task(1).content.paths).toEqual(['src/a.ts']);
    world.when(reserve(1, [], 'A', 'all'));
    expect(world.task(1).content.paths).toEqual([]);
  });

  test('is refused where another held task may touch one of them, for the new ones alone', () => {
    const world = given(add('a'), add('b'), claim(1, 'A'), claim(2, 'B'), reserve(1, ['src/**']));
    expect(world.when(reserve(2, ['src/core/x.ts'], 'B')).reason).toBe('paths-reserved');
    expect(world.task(2).content.paths).toBeUndefined();
    world.when(reserve(2, ['test/**'], 'B'));
    // An edit by hand may have led to an overlap, which is no reason to refuse other paths.
    world.when(edit(2, { paths: ['src/b.ts'] }));
    world.when(reserve(2, ['bench/**'], 'B'));
    expect(world.task(2).content.paths).toEqual(['src/b.ts', 'bench/**']);
  });

  test('is for the holder only, and only while it holds the task', () => {
    const world = given(add('a'));
    expect(world.when(reserve(1, ['a'])).reason).toBe('not-claimed');
    world.when(claim(1, 'A'));
    expect(world.when(reserve(1, ['a'], 'B')).reason).toBe('identity-needed');
    const stale: Request = {
      type: 'reserve',
      task: 1,
      add: ['a'],
      remove: [],
      caller: caller({ token: position(99) }),
    };
    expect(world.when(stale).reason).toBe('stale-token');
  });
});
