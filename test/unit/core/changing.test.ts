/** Changing tasks by hand: content, priority, place. */
import { describe, expect, test } from 'vitest';
import type { MovePlace } from '../../../extension/core/command.ts';
import type { TaskId } from '../../../extension/core/ids.ts';
import { waitingInOrder } from '../../../extension/core/pick.ts';
import type { Reason } from '../../../extension/core/rejection.ts';
import type { Priority } from '../../../extension/core/task.ts';
import type { Request, Step, World } from '../../support/core.ts';
import {
  add,
  cancel,
  claim,
  complete,
  edit,
  expire,
  given,
  later,
  minute,
  release,
} from '../../support/core.ts';

function prioritize(task: TaskId, priority: Priority): Request {
  return { type: 'prioritize', task, priority };
}
function move(task: TaskId, place: MovePlace): Request {
  return { type: 'move', task, place };
}
const first = { to: 'first' } as const;
const last = { to: 'last' } as const;
const before = (other: TaskId) => ({ to: 'before', other }) as const;
const after = (other: TaskId) => ({ to: 'after', other }) as const;

describe('a change', () => {
  test.each<[string, readonly Step[], Request, Reason]>([
    ['an edit of an unknown task', [], edit(9, { title: 'x' }), 'unknown-task'],
    ['an edit of an ended task', [add('a'), cancel(1)], edit(1, { title: 'x' }), 'already-ended'],
    [
      'another program for a held task',
      [add('a'), claim(1, 'A')],
      edit(1, { program: 'shell:x' }),
      'already-claimed',
    ],
    [
      'other dependencies for a held task',
      [add('a'), claim(1, 'A')],
      edit(1, { dependencies: [] }),
      'already-claimed',
    ],
    ['an unknown dependency', [add('a')], edit(1, { dependencies: [5] }), 'unknown-task'],
    ['itself as a dependency', [add('a')], edit(1, { dependencies: [1] }), 'cycle'],
    ['a priority for an unknown task', [], prioritize(9, 'LOW'), 'unknown-task'],
    ['a priority for an ended task', [add('a'), cancel(1)], prioritize(1, 'LOW'), 'already-ended'],
    ['a place for an unknown task', [], move(9, first), 'unknown-task'],
    ['a place for a held task', [add('a'), claim(1, 'A')], move(1, first), 'not-waiting'],
    ['a place beside itself', [add('a')], move(1, before(1)), 'not-waiting'],
    ['a place beside an unknown task', [add('a')], move(1, after(9)), 'not-waiting'],
    [
      'a place beside a held task',
      [add('a'), add('b'), claim(2, 'A')],
      move(1, after(2)),
      'not-waiting',
    ],
  ])('is refused: %s', (_, history, request, reason) => {
    const outcome = given(...history).when(request);
    expect({ reason: outcome.reason, events: outcome.events }).toEqual({ reason, events: [] });
  });

  test.each<[string, readonly Step[], Request]>([
    ['an edit without content', [add('a')], edit(1, {})],
    ['the priority that it has', [add('a')], prioritize(1, 'NORMAL')],
  ])('that changes nothing records nothing: %s', (_, history, request) => {
    const { ok, events } = given(...history).when(request);
    expect({ ok, events }).toEqual({ ok: true, events: [] });
  });

  test('of texts is allowed while the task is held', () => {
    const world = given(add('a'), claim(1, 'A'));
    expect(world.when(edit(1, { title: 'b' })).events).toEqual(['EDITED']);
    expect(world.task(1).content.title).toBe('b');
    expect(world.status(1)).toBe('in_progress');
  });

  test('of the priority is recorded as such', () => {
    const world = given(add('a'));
    expect(world.when(prioritize(1, 'CRITICAL')).events).toEqual(['REPRIORITIZED']);
    expect(world.task(1).content.priority).toBe('CRITICAL');
  });

  test('spells a cycle out in the order of its dependencies', () => {
    const world = given(
      add('a'),
      add('b', { dependencies: [1] }, { task: 'middle' }),
      add('c', { dependencies: ['MIDDLE'] }),
    );
    const outcome = world.when(edit(1, { dependencies: [2] }));
    expect(outcome.reason).toBe('cycle');
    expect(outcome.message).toContain('#1 -> #2 -> MIDDLE -> #1');
  });

  test('finds a cycle through thousands of tasks', () => {
    const chain = Array.from({ length: 3_000 }, (_, n) =>
      add(`t${n}`, { dependencies: n === 0 ? [] : [n] }),
    );
    const { reason, message } = given(...chain).when(edit(1, { dependencies: [3_000] }));
    expect(reason).toBe('cycle');
    expect(message.split(' -> ')).toHaveLength(3_001);
  });

  test('poisons a task whose new policy is to fail with a dependency that failed', () => {
    const world = given(
      add('a'),
      add('b', { dependencies: [1] }),
      add('c', { dependencies: [2], onDependencyFailure: 'fail' }),
      cancel(1),
    );
    const { events } = world.when(edit(2, { onDependencyFailure: 'fail' }));
    expect(events).toEqual(['EDITED', 'POISON_PILL', 'POISON_PILL']);
    expect([world.status(2), world.status(3)]).toEqual(['poisoned', 'poisoned']);
  });
});

describe('a moved task', () => {
  const four = [add('a'), add('b'), add('c', { priority: 'CRITICAL' }), add('d')];

  function order(world: World): readonly TaskId[] {
    return waitingInOrder(world.queue, world).map(({ id }) => id);
  }

  test.each<[string, readonly Request[], readonly TaskId[]]>([
    ['nowhere', [], [3, 1, 2, 4]],
    ['first', [move(4, first)], [4, 3, 1, 2]],
    ['last', [move(3, last)], [1, 2, 4, 3]],
    ['before another', [move(4, before(2))], [3, 1, 4, 2]],
    ['after another', [move(3, after(1))], [1, 3, 2, 4]],
    ['first after another was', [move(4, first), move(2, first)], [2, 4, 3, 1]],
    ['behind another that was moved', [move(4, first), move(4, after(1))], [3, 1, 4, 2]],
    ['to where it is', [move(1, before(2))], [3, 1, 2, 4]],
  ])('moved %s stands there', (_, moves, expected) => {
    expect(order(given(...four, ...moves))).toEqual(expected);
  });

  test('keeps its exact place before all unmoved ones, however they age', () => {
    const world = given(...four, move(4, after(3)), later(600 * minute));
    expect(order(world)).toEqual([3, 4, 1, 2]);
    world.take(add('late', { priority: 'CRITICAL' }));
    expect(order(world)).toEqual([3, 4, 1, 2, 5]);
  });

  test('finds its place again after an attempt, among those moved meanwhile', () => {
    const world = given(
      ...four,
      move(4, first),
      move(2, after(4)),
      claim(4, 'A'),
      move(1, before(2)),
      release(4, { agent: 'A' }),
    );
    expect(order(world)).toEqual([4, 1, 2, 3]);
  });

  test('that was moved in front of a held one stays in front of it', () => {
    const world = given(...four, move(4, first), claim(4, 'A'), move(2, first), expire(4));
    expect(order(world)).toEqual([2, 4, 3, 1]);
  });

  test('leaves no rank behind in a completed one', () => {
    const world = given(...four, move(4, first), claim(4, 'A'), complete(4), move(2, first));
    expect(order(world)).toEqual([2, 3, 1]);
  });

  test('is written in as many events as its ranks need', () => {
    const world = given(...Array.from({ length: 1_001 }, (_, n) => add(`t${n}`)));
    expect(world.when(move(1, last)).events).toEqual(['MOVED', 'MOVED', 'MOVED']);
    expect(order(world).at(-1)).toBe(1);
  });
});
