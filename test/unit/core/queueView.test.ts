/** The queue as a person looks at it: every task in one section, with its reason. */
import { describe, expect, test } from 'vitest';
import { instant } from '../../../extension/core/ids.ts';
import { activeTask, laneStatus } from '../../../extension/core/projections/activeTask.ts';
import { attentionCount, attentionItems } from '../../../extension/core/projections/attention.ts';
import { queueView } from '../../../extension/core/projections/queueView.ts';
import type { QueueViewOptions } from '../../../extension/core/projections/queueView.ts';
import type { Step, World } from '../../support/core.ts';
import {
  add,
  addProgram,
  cancel,
  claim,
  complete,
  fail,
  given,
  interrupt,
  laneClaim,
  later,
  minute,
  retry,
  retryRules,
  second,
  settle,
  start,
  takeLane,
} from '../../support/core.ts';

/** Ids by section, and the waiting ones with their reason. */
function sections(world: World, options?: QueueViewOptions) {
  const view = queueView(world.queue, world, options);
  return {
    active: view.active?.task ?? null,
    held: view.held.map(({ task }) => task.id),
    attention: view.attention.map(({ task, type }) => `${task} ${type}`),
    upNext: view.upNext.map(({ task }) => task.id),
    waiting: view.waiting.map(({ task, reason }) => `${task.id} ${reason.type}`),
    ended: view.ended.map(({ task, status }) => `${task.id} ${status}`),
  };
}

const busy: readonly Step[] = [
  retryRules({ permanentErrors: ['FATAL'] }),
  takeLane,
  addProgram('stopped'),
  laneClaim(1),
  interrupt(),
  settle(1, 'interrupt'),
  addProgram('runs'),
  laneClaim(2),
  add('held'),
  claim(3, 'A'),
  add('poisoned'),
  claim(4, 'A'),
  fail(4, 'FATAL', { agent: 'A' }),
  add('done'),
  claim(5, 'A'),
  complete(5, { agent: 'A' }),
  add('gone'),
  cancel(6),
  addProgram('next'),
  add('after', { dependencies: [2] }),
  add('failed once'),
  claim(9, 'A'),
  fail(9, 'X', { agent: 'A' }),
  add('urgent', { priority: 'CRITICAL' }),
];

describe('the queue view', () => {
  test('puts every task into one section', () => {
    expect(sections(given(...busy))).toEqual({
      active: 2,
      held: [3],
      attention: ['1 interrupted', '4 poisoned'],
      upNext: [10, 7],
      waiting: ['8 dependencies', '9 retry'],
      ended: ['6 cancelled', '5 completed'],
    });
  });

  test('is not emptied by a pause', () => {
    const world = given(...busy, { type: 'pause', scope: 'queue' });
    expect(sections(world).upNext).toEqual([10, 7]);
  });

  test('lets a program wait that nobody approved', () => {
    const { upNext, waiting } = sections(given(...busy), { needsApproval: () => true });
    expect(upNext).toEqual([10]);
    expect(waiting).toEqual(['7 approval', '8 dependencies', '9 retry']);
  });

  test('says when a task stops waiting by itself', () => {
    const world = given(...busy, add('scheduled', { notBeforeAt: instant(start + minute) }));
    const due = queueView(world.queue, world).waiting.map(({ task, dueAt }) => [task.id, dueAt]);
    expect(due).toEqual([
      [8, null],
      [9, start + 300 * second],
      [11, start + minute],
    ]);
  });

  test('shows a task set aside as next for that agent, and as waiting where the lane runs it', () => {
    const world = given(add('a'), claim(1, 'A'), fail(1, 'X', { agent: 'A' }), retry(1, 'B'));
    const [item] = queueView(world.queue, world).upNext;
    expect(item).toMatchObject({ agent: 'B', lane: false, moved: false });
    world.take(later(600 * second));
    expect(queueView(world.queue, world).upNext[0]).toMatchObject({ agent: null });
    const ofLane = given(
      addProgram('a'),
      takeLane,
      laneClaim(1),
      settle(1, 'interrupt'),
      retry(1, 'B'),
    );
    expect(sections(ofLane).waiting).toEqual(['1 set-aside']);
  });

  test('marks what a person moved', () => {
    const world = given(add('a'), add('b'), { type: 'move', task: 2, place: { to: 'first' } });
    const view = queueView(world.queue, world);
    expect(view.upNext.map(({ task, moved }) => [task.id, moved])).toEqual([
      [2, true],
      [1, false],
    ]);
  });

  test('shows the newest ended tasks, with who completed them and how long it took', () => {
    const world = given(add('a'), add('b'), add('c'), claim(1, 'A'), later(minute), complete(1));
    world.take(cancel(2));
    world.take(later(minute));
    world.take(cancel(3));
    const ended = (options: QueueViewOptions) => queueView(world.queue, world, options).ended;
    expect(ended({}).map(({ task, agent, tookMs }) => [task.id, agent, tookMs])).toEqual([
      [3, null, null],
      [2, null, null],
      [1, 'A', minute],
    ]);
    expect(ended({ endedRows: 1 }).map(({ task }) => task.id)).toEqual([3]);
    expect(ended({ endedSince: world.now }).map(({ task }) => task.id)).toEqual([3]);
  });
});

describe('the active task', () => {
  test('is none while only agents work', () => {
    expect(activeTask(given(add('a'), claim(1, 'A')).queue)).toBeNull();
  });

  test('is shown with its kind, attempt and progress', () => {
    const world = given(addProgram('Narrate', { kind: 'sd_prompt', session: 's' }), takeLane);
    world.take(laneClaim(1));
    world.take(settle(1, 'preempt'));
    world.take(laneClaim(1));
    world.take({
      type: 'progress',
      task: 1,
      percent: 40,
      message: 'half way',
      caller: {
        agent: null,
        process: null,
        place: world.queue.lane.owner!.holder,
        token: world.token(1) as never,
      },
    });
    expect(activeTask(world.queue)).toEqual({
      task: 1,
      title: 'Narrate',
      kind: 'sd_prompt',
      session: 's',
      agent: 'shell',
      token: 5,
      attempt: 2,
      since: start,
      estimateMinutes: null,
      percent: 40,
      message: 'half way',
      stop: null,
    });
  });

  const one: readonly Step[] = [addProgram('a'), takeLane];
  const alive = { type: 'laneReport', data: { action: 'held', pids: [7] } } as const;
  test.each<[string, readonly Step[], string]>([
    ['nothing runs', one, 'idle'],
    ['a task runs', [...one, laneClaim(1)], 'running'],
    ['it was asked to stop', [...one, laneClaim(1), interrupt()], 'stopping'],
    ['it stopped', [...one, laneClaim(1), interrupt(), settle(1, 'interrupt')], 'idle'],
    ['something of it lives on', [...one, laneClaim(1), settle(1, 'interrupt'), alive], 'held'],
    ['it is paused', [...one, { type: 'pause', scope: 'lane' }], 'paused'],
    [
      'the queue is paused while a task runs',
      [...one, laneClaim(1), { type: 'pause', scope: 'queue' }],
      'paused',
    ],
  ])('makes the lane, when %s, %s', (_, history, phase) => {
    const status = laneStatus(given(...history).queue);
    expect([status.phase, status.owner]).toEqual([phase, 'signalbox run']);
  });
});

describe('what needs a person', () => {
  test('is told with who failed, how, and how often', () => {
    const world = given(...busy);
    expect(attentionCount(world.queue)).toBe(2);
    expect(attentionItems(world.queue)[1]).toEqual({
      type: 'poisoned',
      task: 4,
      title: 'poisoned',
      agent: 'A',
      errorClass: 'FATAL',
      message: 'it broke',
      failures: 1,
      at: start,
    });
  });

  test('is told with what failed before, where a dependency did', () => {
    const policy = { dependencies: [1], onDependencyFailure: 'fail' } as const;
    const world = given(add('scene'), add('image', policy), cancel(1));
    expect(attentionItems(world.queue)).toMatchObject([
      {
        agent: null,
        errorClass: 'DEPENDENCY_FAILED',
        message: 'Gave up: #1 "scene" did not complete',
        failures: 0,
      },
    ]);
  });

  test('stands in the order in which it came up', () => {
    const world = given(addProgram('a'), addProgram('b'), takeLane, laneClaim(2));
    world.take(settle(2, 'interrupt'));
    world.take(later(minute));
    world.take(laneClaim(1));
    world.take(settle(1, 'interrupt'));
    expect(attentionItems(world.queue).map(({ task }) => task)).toEqual([2, 1]);
  });
});
