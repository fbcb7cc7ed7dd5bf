/** Whose turn it is: priority, age, background work, and what keeps a task waiting. */
import { describe, expect, test } from 'vitest';
import type { TaskId, TaskKey } from '../../../extension/core/ids.ts';
import { instant } from '../../../extension/core/ids.ts';
import {
  effectiveClass,
  explainWait,
  nextDueAt,
  pickForLane,
  pickNext,
  waitReason,
  waitingInOrder,
} from '../../../extension/core/pick.ts';
import type { WaitReason } from '../../../extension/core/pick.ts';
import { priorities } from '../../../extension/core/task.ts';
import type { TaskContent } from '../../../extension/core/task.ts';
import type { Request, Step, World } from '../../support/core.ts';
import {
  add,
  addProgram,
  cancel,
  claim,
  clearFailures,
  fail,
  given,
  later,
  minute,
  retry,
  retryRules,
  rules,
  second,
  start,
} from '../../support/core.ts';

function order(world: World): readonly TaskId[] {
  return waitingInOrder(world.queue, world).map(({ id }) => id);
}

describe('a task that an agent failed', () => {
  const nextFor = (world: World, agent: string) =>
    pickNext(world.queue, { agent }, world)?.id ?? null;
  const failedOnce = (...more: readonly Step[]) =>
    given(
      ...[add('flaky'), add('b'), add('c', { priority: 'LOW' }), claim(1, 'Copilot')],
      ...[fail(1, 'BUILD_ERROR', { agent: 'Copilot' }), later(301 * second), ...more],
    );

  test('goes to others first, and comes behind its like for that agent', () => {
    const world = failedOnce();
    expect([nextFor(world, 'Claude'), nextFor(world, 'Copilot')]).toEqual([1, 2]);
    world.take(claim(2, 'Copilot'));
    expect(nextFor(world, 'Copilot')).toBe(1);
  });

  test.each<[string, readonly Step[]]>([
    ['ten minutes after it was due', [later(10 * minute)]],
    ['when a person gave it back to them', [retry(1, 'Copilot')]],
    [
      'once someone else failed it',
      [claim(1, 'Zed'), fail(1, 'X', { agent: 'Zed' }), later(11 * minute)],
    ],
    ['once its failures are forgotten', [clearFailures(1)]],
    ['where a retry need not go to another', [retryRules({ autoReassign: false })]],
  ])('is as before for them %s', (_what, steps) => {
    expect(nextFor(failedOnce(...steps), 'Copilot')).toBe(1);
  });
});

describe('the order of turns', () => {
  test('is by priority, then first in first out', () => {
    const world = given(
      add('a', { priority: 'LOW' }),
      add('b'),
      add('c', { priority: 'CRITICAL' }),
      add('d'),
      add('e', { priority: 'HIGH' }),
    );
    expect(order(world)).toEqual([3, 5, 2, 4, 1]);
  });

  test.each<[string, Partial<TaskContent>, number, string]>([
    ['NORMAL at first', {}, 0, 'NORMAL'],
    ['NORMAL just before half an hour', {}, 30 * minute - 1, 'NORMAL'],
    ['HIGH after half an hour', {}, 30 * minute, 'HIGH'],
    ['CRITICAL after an hour', {}, 60 * minute, 'CRITICAL'],
    ['CRITICAL and no more after a day', {}, 1440 * minute, 'CRITICAL'],
    ['HIGH after an hour where it began LOW', { priority: 'LOW' }, 60 * minute, 'HIGH'],
    [
      'NORMAL after a day in the background',
      { background: true, priority: 'LOW' },
      1440 * minute,
      'NORMAL',
    ],
    [
      'NORMAL in the background though it was added as HIGH',
      { background: true, priority: 'HIGH' },
      0,
      'NORMAL',
    ],
    ['as added where the clock was set back', { priority: 'HIGH' }, -90 * minute, 'HIGH'],
  ])('takes a task as %s', (_, content, waitedMs, expected) => {
    const world = given(add('a', content), later(waitedMs));
    expect(priorities[effectiveClass(world.task(1), world)]).toBe(expected);
  });

  test('ages by the configured time', () => {
    const world = given(rules({ agingMs: (10 * minute) as never }), add('a'), later(10 * minute));
    expect(priorities[effectiveClass(world.task(1), world)]).toBe('HIGH');
  });

  test('lets an old task overtake a new one of a higher priority, which it was added before', () => {
    const world = given(add('old'), later(30 * minute), add('new', { priority: 'HIGH' }));
    expect(order(world)).toEqual([1, 2]);
  });

  test('puts background work behind all else of its class', () => {
    const world = given(add('a', { background: true }), add('b'), add('c', { priority: 'LOW' }));
    expect(order(world)).toEqual([2, 1, 3]);
  });

  test('holds those that failed and have a retry to come, but none that rest or are held', () => {
    const world = given(add('a'), add('b'), add('c'), add('d'), claim(1, 'A'));
    world.take(fail(1, 'X', { agent: 'A' }));
    world.take(claim(2, 'A'));
    world.take(cancel(3));
    expect(order(world)).toEqual([1, 4]);
  });

  test('does not depend on the order in which things came to be in the index', () => {
    const world = given(add('a'), add('b'), add('c'));
    world.take({ type: 'edit', task: 1, content: { title: 'z' } });
    expect(order(world)).toEqual([1, 2, 3]);
  });
});

describe('a task waits', () => {
  const inAnHour = instant(start + 60 * minute);
  const failedOnce = [add('a'), claim(1, 'A'), fail(1, 'BUILD_ERROR', { agent: 'A' })];
  const when = (at: number) => `t+${(at - start) / second}`;

  test.each<[string, readonly Step[], TaskId, WaitReason['type'] | null, string]>([
    ['for nothing', [add('a')], 1, null, ''],
    [
      'for its dependencies',
      [add('a'), add('b'), add('c', { dependencies: [1, 2] })],
      3,
      'dependencies',
      'after #1, #2',
    ],
    [
      'for a person where a dependency was cancelled',
      [add('a'), add('b', { dependencies: [1] }), cancel(1)],
      2,
      'dependency-failed',
      'blocked: #1 did not complete',
    ],
    ['for its time', [add('a', { notBeforeAt: inAnHour })], 1, 'not-before', 'not before t+3600'],
    ['for its retry', failedOnce, 1, 'retry', 'next try at t+300, after BUILD_ERROR'],
    [
      'for the agent that it is set aside for',
      [...failedOnce, retry(1, 'B')],
      1,
      'set-aside',
      'set aside for B until t+600',
    ],
    [
      'for a plain script',
      [add('a'), { locked: new Map([['1' as TaskKey, 'build.sh']]) }],
      1,
      'locked',
      'locked by build.sh',
    ],
  ])('%s', (_, history, id, type, words) => {
    const world = given(...history);
    const reason = waitReason(world.queue, world.task(id), null, world);
    expect(reason?.type ?? null).toBe(type);
    if (reason !== null) expect(explainWait(reason, when)).toBe(words);
  });

  test('no longer once its time has come', () => {
    const world = given(add('a', { notBeforeAt: inAnHour }), later(60 * minute));
    expect(waitReason(world.queue, world.task(1), null, world)).toBeNull();
  });

  test('the shortest until the instant that is named as the next one due', () => {
    const world = given(
      ...failedOnce,
      add('b', { notBeforeAt: inAnHour }),
      add('c', { notBeforeAt: start }),
    );
    expect(nextDueAt(world.queue, world.now)).toBe(start + 300 * second);
    world.take(retry(1, 'B'));
    expect(nextDueAt(world.queue, world.now)).toBe(start + 600 * second);
    world.take(cancel(1));
    expect(nextDueAt(world.queue, world.now)).toBe(inAnHour);
    world.take(cancel(2));
    expect(nextDueAt(world.queue, world.now)).toBeNull();
  });
});

describe('the lane', () => {
  const anything = () => true;
  const pauses: readonly Request[] = [
    { type: 'pause', scope: 'lane' },
    { type: 'pause', scope: 'queue' },
  ];

  test('takes the first task with a program that may run', () => {
    const world = given(add('a', { priority: 'CRITICAL' }), addProgram('b'), addProgram('c'));
    expect(pickForLane(world.queue, anything, world)?.id).toBe(2);
    expect(pickForLane(world.queue, ({ id }) => id !== 2, world)?.id).toBe(3);
    expect(pickForLane(world.queue, () => false, world)).toBeNull();
  });

  test('takes none that has to wait', () => {
    const world = given(add('a'), addProgram('b', { dependencies: [1] }));
    expect(pickForLane(world.queue, anything, world)).toBeNull();
  });

  test.each(pauses)('takes none while $scope is paused', (pause) => {
    expect(pickForLane(given(addProgram('a'), pause).queue, anything, given())).toBeNull();
  });

  test('does not keep agents from working while only it is paused', () => {
    const world = given(add('a'), pauses[0]!);
    expect(pickNext(world.queue, { agent: 'A' }, world)?.id).toBe(1);
  });
});
