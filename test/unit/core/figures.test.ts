/** Statistics, workload, timeline, and the reasons given for an order. */
import { describe, expect, test } from 'vitest';
import { explainNext, explainNone } from '../../../extension/core/projections/explain.ts';
import { stats } from '../../../extension/core/projections/stats.ts';
import { attemptSpans, timeline } from '../../../extension/core/projections/timeline.ts';
import { workload } from '../../../extension/core/projections/workload.ts';
import { findTask } from '../../../extension/core/queue.ts';
import type { TaskContent } from '../../../extension/core/task.ts';
import type { Step } from '../../support/core.ts';
import {
  add,
  addProgram,
  cancel,
  claim,
  complete,
  expire,
  fail,
  given,
  laneClaim,
  later,
  minute,
  release,
  retry,
  rules,
  second,
  settle,
  start,
  takeLane,
} from '../../support/core.ts';

const hour = 60 * minute;

/** Waits and runs for so many minutes, then is completed by `A`. */
function worked(id: number, waitMin: number, runMin: number): readonly Step[] {
  const steps = [later(waitMin * minute), claim(id, 'A'), later(runMin * minute)];
  return [add(`t${id}`), ...steps, complete(id, { agent: 'A' })];
}

describe('statistics', () => {
  test('of an empty queue are zeros and nothing made up', () => {
    expect(stats(given().queue, start)).toMatchObject({
      total: 0,
      waiting: 0,
      waitTime: { count: 0, meanMs: null, medianMs: null },
      throughputPerHour: 0,
      oldestWaiting: null,
    });
  });

  test('count by state, priority and session', () => {
    const world = given(
      add('a', { session: 's', priority: 'HIGH' }),
      add('b', { session: 's' }),
      add('c', { session: 's' }),
      add('d'),
      add('e'),
      claim(1, 'A'),
      claim(2, 'A'),
      complete(2, { agent: 'A' }),
      cancel(3),
      claim(4, 'A'),
      fail(4, 'X', { agent: 'A' }),
    );
    const { byStatus, byPriority, bySession, ...all } = stats(world.queue, world.now);
    expect(all).toMatchObject({ total: 5, waiting: 2, running: 1, attention: 0, ended: 2 });
    expect(byStatus).toMatchObject({
      pending: 1,
      failed: 1,
      in_progress: 1,
      completed: 1,
      cancelled: 1,
    });
    expect(byPriority.HIGH).toEqual({ waiting: 0, running: 1, attention: 0, ended: 0 });
    expect([...bySession]).toEqual([['s', { waiting: 0, running: 1, attention: 0, ended: 2 }]]);
  });

  test('tell mean and median of the times that tasks waited and ran', () => {
    const world = given(...worked(1, 1, 10), ...worked(2, 2, 20), ...worked(3, 9, 60));
    const { waitTime, runTime } = stats(world.queue, world.now);
    expect(waitTime).toEqual({ count: 3, meanMs: 4 * minute, medianMs: 2 * minute });
    expect(runTime).toEqual({ count: 3, meanMs: 30 * minute, medianMs: 20 * minute });
  });

  test('take the middle of the two middle ones for the median of an even number', () => {
    const world = given(...worked(1, 0, 10), ...worked(2, 0, 40));
    expect(stats(world.queue, world.now).runTime.medianMs).toBe(25 * minute);
  });

  test('tell how many complete in an hour', () => {
    const world = given(...worked(1, 0, 60), ...worked(2, 0, 60), ...worked(3, 0, 60), later(hour));
    const { throughputPerHour, completedLastHour } = stats(world.queue, world.now);
    expect({ throughputPerHour, completedLastHour }).toEqual({
      throughputPerHour: 0.75,
      completedLastHour: 1,
    });
    world.take(later(48 * hour));
    expect(stats(world.queue, world.now).throughputPerHour).toBe(0);
  });

  test('name the task that waits longest', () => {
    const world = given(add('a'), later(minute), add('b'), later(minute), add('c'), claim(1, 'A'));
    expect(stats(world.queue, world.now).oldestWaiting).toEqual({
      task: 2,
      since: start + minute,
      waitedMs: minute,
    });
  });
});

describe('the workload', () => {
  test('tells what each agent holds, may hold and has done', () => {
    const world = given(
      rules({ agents: new Map([['Copilot', { capabilities: ['any'], capacity: 2 }]]) }),
      add('a'),
      add('b'),
      add('c'),
      add('d'),
      claim(2, 'Copilot-1'),
      claim(1, 'Copilot-1'),
      claim(3, 'Zed'),
      complete(3, { agent: 'Zed' }),
      claim(4, 'Zed'),
      fail(4, 'X', { agent: 'Zed' }),
      retry(4, 'Copilot'),
    );
    const rows = workload(world.queue, world.rules, world.now);
    expect(
      rows.map((row) => [
        row.agent,
        row.configured,
        row.capacity,
        row.held.map(({ task }) => task),
      ]),
    ).toEqual([
      ['Copilot', true, 2, []],
      ['Copilot-1', true, 2, [2, 1]],
      ['Zed', false, 1, []],
    ]);
    expect(rows[0]).toMatchObject({ setAside: 1, lastSeenAt: null });
    expect(rows[2]).toMatchObject({ completed: 1, failing: 0, lane: false, lastSeenAt: start });
  });

  test('tells the lane’s programs from agents, and who fails', () => {
    const world = given(
      addProgram('a'),
      takeLane,
      laneClaim(1),
      settle(1, 'preempt'),
      laneClaim(1),
    );
    world.take({
      ...fail(1, 'X'),
      caller: {
        agent: null,
        process: world.queue.lane.owner!.holder,
        place: world.queue.lane.owner!.holder,
      },
    } as Step);
    const shell = workload(world.queue, world.rules, world.now).find(
      ({ agent }) => agent === 'shell',
    );
    expect(shell).toMatchObject({ lane: true, failing: 1, held: [] });
  });
});

describe('the timeline', () => {
  const history: readonly Step[] = [
    add('a'),
    claim(1, 'A'),
    later(minute),
    release(1, { agent: 'A' }),
    claim(1, 'B'),
    later(minute),
    expire(1),
    claim(1, 'B'),
    later(-hour),
    fail(1, 'TIMEOUT', { agent: 'B' }),
    addProgram('b'),
    takeLane,
    laneClaim(2),
  ];

  test('shows each attempt from its claim to its end, with the reason', () => {
    const spans = attemptSpans(given(...history).records);
    expect(
      spans.map(({ task, agent, attempt, token, from, to, end }) => [
        task,
        agent,
        attempt,
        token,
        (from - start) / minute,
        to === null ? null : (to - from) / minute,
        end,
      ]),
    ).toEqual([
      [1, 'A', 1, 2, 0, 1, 'released'],
      [1, 'B', 2, 4, 1, 1, 'expired'],
      [1, 'B', 3, 6, 2, 0, 'timed-out'],
      [2, 'shell', 1, 10, -58, null, null],
    ]);
  });

  test('has a row for each agent, and one for the lane', () => {
    const rows = timeline(given(...history).records);
    expect(rows.map(({ agent, lane, spans }) => [agent, lane, spans.length])).toEqual([
      ['A', false, 1],
      ['B', false, 2],
      ['shell', true, 1],
    ]);
  });

  test('leaves out an end whose beginning is not in the stretch that was read', () => {
    const { records } = given(...history);
    expect(attemptSpans(records.slice(2)).map(({ token }) => token)).toEqual([4, 6, 10]);
  });

  test('does not take a poison pill after a lost lease for a second end', () => {
    const world = given(add('a'), claim(1, 'A'), expire(1), cancel(1));
    expect(attemptSpans(world.records)).toMatchObject([{ end: 'expired' }]);
  });
});

describe('the reason why a task is next', () => {
  const anyone = { agent: null };
  const when = (at: number) => `t+${(at - start) / second}`;

  test.each<[string, readonly Step[], number, string]>([
    [
      'its priority',
      [add('a', { priority: 'HIGH' }), add('b')],
      1,
      '#1 comes before #2: HIGH against NORMAL.',
    ],
    ['its age', [add('a'), add('b')], 1, '#1 comes before #2: it was added earlier.'],
    [
      'a person',
      [add('a'), add('b'), { type: 'move', task: 2, place: { to: 'first' } }],
      2,
      '#2 comes before #1: a person moved it there.',
    ],
    [
      'background work behind it',
      [add('a', { background: true }), add('b')],
      2,
      '#2 comes before #1: the other is background work.',
    ],
    [
      'nothing else',
      [add('a'), addProgram('b'), add('c', { dependencies: [1] })],
      1,
      'It is the only one that could start now.',
    ],
    [
      'how long it waited',
      [add('a'), later(31 * minute), add('b')],
      1,
      '#1 comes before #2: HIGH (NORMAL, raised after 31 min of waiting) against NORMAL.',
    ],
  ])('may be %s', (_, history, id, last) => {
    const world = given(...history);
    const sentences = explainNext(world.queue, findTask(world.queue, id)!, anyone, world, when);
    expect(sentences.at(-1)).toBe(last);
  });

  test('may be that the agent failed the one before it', () => {
    const world = given(add('a'), add('b'), claim(1, 'A'), fail(1, 'X', { agent: 'A' }));
    world.take(later(301 * second));
    const sentences = explainNext(world.queue, world.task(2), { agent: 'A' }, world, when);
    expect(sentences.at(-1)).toBe(
      '#2 comes before #1: A failed #1 last, so others may take that one first.',
    );
  });

  test('names the capability that fits', () => {
    const world = given(add('a', { type: 'technical' }));
    const filter = { agent: 'Copilot' };
    const words = explainNext(world.queue, world.task(1), filter, world, when).join(' ');
    expect(words).toContain('Copilot can take tasks of the type technical.');
  });

  test.each<[string, readonly Step[], readonly string[]]>([
    ['nothing waits', [], ['No task is waiting.']],
    [
      'the queue is paused',
      [add('a'), { type: 'pause', scope: 'queue' }],
      ['The queue is paused.'],
    ],
    [
      'all that waits waits for something',
      [add('a', kind('technical')), add('b', { dependencies: [1] }), claim(1, 'A')],
      ['1 task cannot start yet. #2: after #1.'],
    ],
    [
      'the rest is for others',
      [add('a', kind('creative')), add('b', { priority: 'LOW' }), addProgram('c'), addProgram('d')],
      [
        '1 task of a type that Copilot does not take.',
        '1 task below NORMAL.',
        '2 tasks with a program, which the lane runs.',
      ],
    ],
  ])('is told also where there is none: %s', (_, history, expected) => {
    const { queue, ...world } = given(...history);
    const filter = { agent: 'Copilot', atLeast: 'NORMAL' } as const;
    expect(explainNone(queue, filter, world, when)).toEqual(expected);
  });

  function kind(type: string): Partial<TaskContent> {
    return { type };
  }
});
