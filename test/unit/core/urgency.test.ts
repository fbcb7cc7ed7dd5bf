/** Which of two tasks of one priority comes first, where estimates, deadlines and paths speak. */
import { describe, expect, test } from 'vitest';
import type { TaskId } from '../../../extension/core/ids.ts';
import { instant } from '../../../extension/core/ids.ts';
import {
  effectiveClass,
  pickForLane,
  turns,
  waitingInOrder,
} from '../../../extension/core/pick.ts';
import type { TurnRule } from '../../../extension/core/pick.ts';
import { priorities } from '../../../extension/core/task.ts';
import type { TaskContent } from '../../../extension/core/task.ts';
import type { Step, World } from '../../support/core.ts';
import {
  add,
  addProgram,
  given,
  laneClaim,
  later,
  minute,
  ms,
  rules,
  start,
  takeLane,
} from '../../support/core.ts';

function order(world: World): readonly TaskId[] {
  return waitingInOrder(world.queue, world).map(({ id }) => id);
}

const inMinutes = (minutes: number) => instant(start + minutes * minute);
const estimated = (estimateMinutes: number, more: Partial<TaskContent> = {}) => ({
  estimateMinutes,
  ...more,
});

describe('within one priority', () => {
  test.each<[string, readonly Step[], readonly TaskId[]]>([
    ['the longer task goes first', [add('a', estimated(5)), add('b', estimated(30))], [2, 1]],
    [
      'the one with more behind it goes first',
      [
        add('a', estimated(30)),
        add('b', estimated(5)),
        add('c', estimated(60, { dependencies: [2] })),
      ],
      [2, 3, 1],
    ],
    [
      'the one whose paths others wait for goes first',
      [
        add('a', estimated(30)),
        add('b', estimated(20, { paths: ['src/**'] })),
        add('c', estimated(20, { paths: ['src/a.ts'] })),
      ],
      [2, 3, 1],
    ],
    [
      'one that has to start within the hour goes before longer ones',
      [add('a', estimated(300)), add('b', estimated(10, { deadlineAt: inMinutes(40) }))],
      [2, 1],
    ],
    [
      'one that has time left goes after longer ones',
      [add('a', estimated(300)), add('b', estimated(10, { deadlineAt: inMinutes(600) }))],
      [1, 2],
    ],
    [
      'a deadline presses on what it depends on',
      [
        add('a', estimated(90)),
        add('b', estimated(10)),
        add('c', estimated(10, { dependencies: [2], deadlineAt: inMinutes(60) })),
      ],
      [2, 3, 1],
    ],
    [
      'the earlier deadline goes first where all else is even',
      [add('a', { deadlineAt: inMinutes(900) }), add('b', { deadlineAt: inMinutes(800) })],
      [2, 1],
    ],
    [
      'what was added first goes first where nothing speaks',
      [add('a'), add('b'), add('c', { priority: 'LOW', ...estimated(60) })],
      [1, 2, 3],
    ],
  ])('%s', (_, history, expected) => {
    expect(order(given(...history))).toEqual(expected);
  });

  test('no estimate overtakes a higher priority, or a place that a person gave', () => {
    const world = given(add('a', estimated(600)), add('b', { priority: 'HIGH' }), add('c'));
    expect(order(world)).toEqual([2, 1, 3]);
    world.take({ type: 'move', task: 3, place: { to: 'first' } });
    expect(order(world)).toEqual([3, 2, 1]);
  });

  test('who waited a whole aging period longer is not overtaken, so that nobody starves', () => {
    const world = given(add('old', { priority: 'CRITICAL' }), later(31 * minute));
    world.take(add('new', { priority: 'CRITICAL', ...estimated(600) }));
    expect(order(world)).toEqual([1, 2]);
  });

  test('the rule that tells two apart can be named', () => {
    const world = given(
      add('a', estimated(10, { deadlineAt: inMinutes(30) })),
      add('b', estimated(50)),
      add('c', estimated(50)),
      add('d', { priority: 'LOW' }),
    );
    const rule = (a: number, b: number): TurnRule =>
      turns(world.queue, world).rule(world.task(a), world.task(b));
    expect([rule(1, 2), rule(2, 3), rule(3, 4)]).toEqual(['pressing', 'added', 'priority']);
  });

  test('chains of thousands of tasks are no trouble', () => {
    const world = given(add('1', estimated(1)));
    for (let n = 2; n <= 3_000; n++)
      world.take(add(String(n), estimated(1, { dependencies: [n - 1] })));
    expect(order(world).slice(0, 3)).toEqual([1, 2, 3]);
  });
});

test('without aging a task keeps its priority for ever', () => {
  const world = given(
    rules({ agingMs: ms(0) }),
    add('a', { priority: 'LOW' }),
    add('b'),
    later(9_999 * minute),
  );
  expect(priorities[effectiveClass(world.task(1), world)]).toBe('LOW');
  expect(order(world)).toEqual([2, 1]);
});

test('paths of the running task keep nothing from taking its place', () => {
  const world = given(
    takeLane,
    addProgram('a', { paths: ['src/**'], preemptible: true }),
    addProgram('b', { paths: ['src/a.ts'], priority: 'CRITICAL' }),
    { type: 'move', task: 1, place: { to: 'first' } },
    laneClaim(1),
  );
  expect(pickForLane(world.queue, () => true, world)).toBeNull();
  const context = { now: world.now, rules: world.rules, leaving: 1 };
  expect(pickForLane(world.queue, () => true, context)?.id).toBe(2);
});
