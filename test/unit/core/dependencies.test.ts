/** What a task's end does to those that depend on it. */
import { describe, expect, test } from 'vitest';
import { findCycle } from '../../../extension/core/dependencies.ts';
import { becameAvailable, openDependencies } from '../../../extension/core/queue.ts';
import type { DependencyPolicy } from '../../../extension/core/task.ts';
import type { Request, Step } from '../../support/core.ts';
import {
  add,
  addProgram,
  cancel,
  claim,
  clearFailures,
  complete,
  expire,
  fail,
  given,
  laneClaim,
  retryRules,
  settle,
  takeLane,
} from '../../support/core.ts';

function dependent(policy: DependencyPolicy, on: number): Request {
  return add(`${policy} on ${on}`, { dependencies: [on], onDependencyFailure: policy });
}
/** `#2` blocks, `#3` fails, `#4` ignores, `#5` fails with `#3`. */
const four: readonly Step[] = [
  dependent('block', 1),
  dependent('fail', 1),
  dependent('ignore', 1),
  dependent('fail', 3),
];
const atOnce = retryRules({ maxRetries: 0, poisonPillThreshold: 1 });
const clear: Request = { type: 'clearWaiting', session: 'first', all: true };

describe('a task that ends without completing', () => {
  test.each<[string, readonly Step[], Step]>([
    ['cancelled', [add('a'), ...four], cancel(1)],
    [
      'poisoned by a failure',
      [atOnce, add('a'), ...four, claim(1, 'A')],
      fail(1, 'X', { agent: 'A' }),
    ],
    ['poisoned by a lost lease', [atOnce, add('a'), ...four, claim(1, 'A')], expire(1)],
    ['cleared away', [add('a', { session: 'first' }), ...four], clear],
    [
      'cancelled by the lane',
      [addProgram('a'), ...four, takeLane, laneClaim(1)],
      settle(1, 'cancel'),
    ],
    ['skipped by the lane', [addProgram('a'), ...four, takeLane, laneClaim(1)], settle(1, 'skip')],
  ])('because it was %s blocks, fails or frees its dependents', (_, history, end) => {
    const world = given(...history, end);
    expect([2, 3, 4, 5].map((id) => world.status(id))).toEqual([
      'pending',
      'poisoned',
      'pending',
      'poisoned',
    ]);
    expect(openDependencies(world.queue, world.task(2))).toEqual([1]);
    expect(openDependencies(world.queue, world.task(4))).toEqual([]);
    expect(world.when(claim(2, 'A')).reason).toBe('dependencies-open');
    expect(world.when(claim(4, 'A')).ok).toBe(true);
  });

  test('names what failed in the record of those that fail with it', () => {
    const world = given(add('scene'), dependent('fail', 1), cancel(1));
    expect(world.records.at(-1)?.message).toBe('Gave up: #1 "scene" did not complete');
    expect(world.data('POISON_PILL')).toEqual({ failures: 0, errorClass: 'DEPENDENCY_FAILED' });
  });

  test('fails a dependent once, though two ways lead to it', () => {
    const world = given(
      add('a'),
      dependent('fail', 1),
      dependent('fail', 1),
      add('d', { dependencies: [2, 3], onDependencyFailure: 'fail' }),
    );
    expect(world.when(cancel(1)).events).toEqual([
      'CANCELLED',
      'POISON_PILL',
      'POISON_PILL',
      'POISON_PILL',
    ]);
  });

  test('leaves those alone that wait for its retry', () => {
    const world = given(add('a'), ...four, claim(1, 'A'), fail(1, 'X', { agent: 'A' }));
    expect([2, 3, 4, 5].map((id) => world.status(id))).toEqual(Array(4).fill('pending'));
    expect(openDependencies(world.queue, world.task(4))).toEqual([1]);
  });

  test('gives its blocked dependents another chance when a person clears it', () => {
    const world = given(atOnce, add('a'), dependent('block', 1), claim(1, 'A'));
    world.take(fail(1, 'X', { agent: 'A' }));
    for (const step of [clearFailures(1), claim(1, 'A'), complete(1)]) world.take(step);
    expect(world.when(claim(2, 'A')).ok).toBe(true);
  });
});

describe('a completed task', () => {
  test('makes available what waited for it alone, in order of creation', () => {
    const world = given(
      add('a'),
      add('b'),
      add('c', { dependencies: [1, 2] }),
      add('e', { dependencies: [1] }),
      add('d', { dependencies: [1] }),
      claim(1, 'A'),
      complete(1),
    );
    expect(becameAvailable(world.queue, 1).map(({ id }) => id)).toEqual([4, 5]);
    world.take(claim(2, 'A'));
    world.take(complete(2));
    expect(becameAvailable(world.queue, 2).map(({ id }) => id)).toEqual([3]);
  });
});

describe('a cycle', () => {
  test.each<[string, Record<string, string[]>, string | null]>([
    ['of one', { a: ['a'] }, 'a a'],
    ['of two', { a: ['b'], b: ['a'] }, 'a b a'],
    [
      'behind a branch that leads nowhere',
      { a: ['x', 'b'], x: ['y'], b: ['c'], c: ['a'] },
      'a b c a',
    ],
    ['that does not come back to the start', { a: ['b'], b: ['c'], c: ['b'] }, null],
    ['where two ways meet', { a: ['b', 'c'], b: ['d'], c: ['d'] }, null],
    ['among names that differ in case', { a: ['B'], b: ['A'] }, 'a B a'],
  ])('%s', (_, graph, expected) => {
    const cycle = findCycle('a', (id) => graph[String(id).toLowerCase()] ?? []);
    expect(cycle?.join(' ') ?? null).toBe(expected);
  });
});
