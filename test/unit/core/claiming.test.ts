/** Taking a task for an outside agent: one winner, and for everyone else the reason. */
import { describe, expect, test } from 'vitest';
import type { TaskKey } from '../../../extension/core/ids.ts';
import { instant, position } from '../../../extension/core/ids.ts';
import type { Reason } from '../../../extension/core/rejection.ts';
import type { Priority } from '../../../extension/core/task.ts';
import type { Request, Step } from '../../support/core.ts';
import {
  add,
  addProgram,
  caller,
  cancel,
  claim,
  complete,
  edit,
  fail,
  given,
  interrupt,
  laneClaim,
  later,
  minute,
  processAt,
  release,
  retry,
  rules,
  second,
  settle,
  start,
  takeLane,
} from '../../support/core.ts';

function next(agent: string, atLeast?: Priority): Request {
  const asked = { type: 'claimNext', agent, caller: caller({ agent }) } as const;
  return atLeast === undefined ? asked : { ...asked, atLeast };
}
const pauseQueue: Request = { type: 'pause', scope: 'queue' };
const locked: Step = { locked: new Map([['1' as TaskKey, 'build.sh']]) };
const poison: readonly Step[] = [
  rules({}),
  ...[1, 2, 3, 4].flatMap(() => [
    claim(1, 'A'),
    fail(1, 'X', { agent: 'A' }),
    later(2_000 * second),
  ]),
];

describe('a claim', () => {
  test('is held under the position of its event, by the process that made it', () => {
    const world = given(add('a'), add('b'));
    const { records } = world.when(claim(2, 'Copilot', { process: processAt(7) }));
    expect(records.map(({ event, seq }) => [event, seq])).toEqual([['CLAIMED', 3]]);
    expect(world.task(2).state).toEqual({
      status: 'in_progress',
      claim: {
        agent: 'Copilot',
        token: 3,
        claimedAt: start,
        holder: processAt(7),
        lane: false,
      },
    });
  });

  test.each<[string, readonly Step[], Request, Reason]>([
    ['an unknown task', [], claim(4, 'A'), 'unknown-task'],
    ['a held task', [add('a'), claim(1, 'A')], claim(1, 'B'), 'already-claimed'],
    [
      'a task that the same name holds',
      [add('a'), claim(1, 'A')],
      claim(1, 'A'),
      'already-claimed',
    ],
    [
      'a task whose claim had another token',
      [add('a'), claim(1, 'A')],
      claim(1, 'A', { token: position(1) }),
      'already-claimed',
    ],
    [
      'a task that another name holds under that token',
      [add('a'), claim(1, 'A')],
      claim(1, 'B', { token: position(2) }),
      'already-claimed',
    ],
    ['a completed task', [add('a'), claim(1, 'A'), complete(1)], claim(1, 'A'), 'already-ended'],
    ['a cancelled task', [add('a'), cancel(1)], claim(1, 'A'), 'already-ended'],
    ['a poisoned task', [add('a'), ...poison], claim(1, 'A'), 'poisoned'],
    ['a task with a program', [addProgram('a')], claim(1, 'A'), 'lane-task'],
    [
      'a task that the lane runs',
      [addProgram('a'), takeLane, laneClaim(1)],
      claim(1, 'A'),
      'already-claimed',
    ],
    [
      'an interrupted task',
      [addProgram('a'), takeLane, laneClaim(1), interrupt(), settle(1, 'interrupt')],
      claim(1, 'A'),
      'not-waiting',
    ],
    [
      'a task with open dependencies',
      [add('a'), add('b', { dependencies: [1] })],
      claim(2, 'A'),
      'dependencies-open',
    ],
    [
      'a task before its time',
      [add('a', { notBeforeAt: instant(start + minute) })],
      claim(1, 'A'),
      'not-due',
    ],
    [
      'a failed task before its retry is due',
      [add('a'), claim(1, 'A'), fail(1, 'X', { agent: 'A' }), later(299 * second)],
      claim(1, 'A'),
      'not-due',
    ],
    ['a task of a paused queue', [add('a'), pauseQueue], claim(1, 'A'), 'paused'],
    ['a task that a plain script locked', [add('a'), locked], claim(1, 'A'), 'already-claimed'],
    [
      'a task set aside for someone else',
      [add('a'), claim(1, 'A'), fail(1, 'X', { agent: 'A' }), retry(1, 'B')],
      claim(1, 'A'),
      'already-claimed',
    ],
  ])('of %s is refused', (_, history, request, reason) => {
    const world = given(...history);
    const outcome = world.when(request);
    expect(outcome.reason).toBe(reason);
    expect(outcome.events.filter((event) => event !== 'DEPENDENCY_BLOCKED')).toEqual([]);
  });

  test('names the holder in its refusal', () => {
    const { message } = given(add('a'), claim(1, 'Copilot')).when(claim(1, 'Claude'));
    expect(message).toContain('Copilot holds it under token 2');
  });

  test('that carries the token of the claim is answered with it', () => {
    const world = given(add('a'), claim(1, 'A'));
    const { ok, events } = world.when(claim(1, 'A', { token: position(2) }));
    expect({ ok, events }).toEqual({ ok: true, events: [] });
  });

  test('with a capability that does not fit is allowed', () => {
    expect(given(add('a', { type: 'creative' })).when(claim(1, 'Copilot')).ok).toBe(true);
  });

  test('records the open dependencies once until they change', () => {
    const world = given(add('a'), add('b'), add('c', { dependencies: [1, 2] }));
    expect(world.when(claim(3, 'A')).events).toEqual(['DEPENDENCY_BLOCKED']);
    expect(world.data('DEPENDENCY_BLOCKED')).toEqual({ open: [1, 2] });
    expect(world.when(claim(3, 'B')).events).toEqual([]);
    world.take(claim(1, 'A'));
    world.take(complete(1, { agent: 'A' }));
    expect(world.when(claim(3, 'B')).events).toEqual(['DEPENDENCY_BLOCKED']);
    world.take(edit(3, { dependencies: [] }));
    expect(world.when(claim(3, 'B')).events).toEqual(['CLAIMED']);
  });

  test('of a failed task whose retry is due records the retry first', () => {
    const world = given(add('a'), claim(1, 'A'), fail(1, 'X', { agent: 'A' }), later(300 * second));
    expect(world.when(claim(1, 'B')).events).toEqual(['RETRY', 'CLAIMED']);
    expect(world.task(1)).toMatchObject({ attempts: 2, failures: 1 });
  });

  test('becomes possible for anyone when a task was set aside for 600 seconds', () => {
    const world = given(add('a'), claim(1, 'A'), fail(1, 'X', { agent: 'A' }), retry(1, 'B'));
    world.take(later(599 * second));
    expect(world.when(claim(1, 'A')).reason).toBe('already-claimed');
    world.take(later(second));
    expect(world.when(claim(1, 'A')).ok).toBe(true);
  });

  test('by the agent that it was set aside for needs no waiting', () => {
    const world = given(add('a'), claim(1, 'A'), fail(1, 'X', { agent: 'A' }), retry(1, 'B'));
    expect(world.when(claim(1, 'B')).events).toEqual(['CLAIMED']);
    expect(world.task(1).setAside).toBeUndefined();
  });

  test('after a release has a larger token than the one before', () => {
    const world = given(add('a'), claim(1, 'A'));
    const before = world.token(1);
    world.take(release(1, { agent: 'A' }));
    world.take(claim(1, 'B'));
    expect(world.token(1)).toBeGreaterThan(before);
  });
});

describe('the next task', () => {
  const tasks = [
    add('a', { type: 'technical', priority: 'LOW' }),
    add('b', { type: 'creative', priority: 'HIGH' }),
    add('c', { type: 'technical', priority: 'HIGH' }),
    add('d', { type: 'any', priority: 'CRITICAL' }),
    addProgram('e', { priority: 'CRITICAL' }),
  ];

  test.each<[string, readonly Step[], Request, number | null]>([
    ['is the one of the highest priority', [], next('Copilot'), 4],
    ['fits what the agent can do', [claim(4, 'X')], next('Copilot'), 3],
    ['fits what another agent can do', [claim(4, 'X')], next('ChatGPT'), 2],
    ['is for an unknown agent any', [claim(4, 'X')], next('Somebody'), 2],
    [
      'has at least the priority asked for',
      [claim(4, 'X'), claim(3, 'X')],
      next('Copilot', 'HIGH'),
      null,
    ],
    [
      'may be a low one where none is asked for',
      [claim(4, 'X'), claim(3, 'X')],
      next('Copilot'),
      1,
    ],
    ['is never one with a program', [1, 2, 3, 4].map((id) => cancel(id)), next('Somebody'), null],
    [
      'passes over a lock of a plain script',
      [{ locked: new Map([['4' as TaskKey, 'x']]) }],
      next('Copilot'),
      3,
    ],
  ])('%s', (_, history, request, expected) => {
    const { ok, answer, events } = given(...tasks, ...history).when(request);
    expect({ ok, answer }).toEqual({ ok: true, answer: expected });
    expect(events).toEqual(expected === null ? [] : ['CLAIMED']);
  });

  test('is none for an unknown agent where only known ones may work', () => {
    const world = given(rules({ agentsStrict: true }), ...tasks);
    expect(world.when(next('Somebody')).answer).toBeNull();
    expect(world.when(next('Copilot-7')).answer).toBe(4);
  });

  test('is refused while the queue is paused', () => {
    expect(given(...tasks, pauseQueue).when(next('Copilot')).reason).toBe('paused');
  });

  test('may be a failed one whose retry is due', () => {
    const world = given(add('a'), claim(1, 'A'), fail(1, 'X', { agent: 'A' }));
    expect(world.when(next('B')).answer).toBeNull();
    world.take(later(300 * second));
    expect(world.when(next('B')).events).toEqual(['RETRY', 'CLAIMED']);
  });
});

describe('an agent', () => {
  test.each([
    ['Copilot', 'technical', true],
    ['Copilot-12', 'technical', true],
    ['Copilot-x', 'creative', true],
    ['Copilot', 'creative', false],
    ['Copilot-1', 'creative', false],
    ['Claude', 'content', true],
    ['ChatGPT-2', 'creative', true],
    ['ChatGPT', 'technical', false],
  ])('%s and a task of type %s: %s', (agent, type, expected) => {
    expect(given(add('a', { type })).when(next(agent)).answer === 1).toBe(expected);
  });

  test('that can do `any` takes tasks of that type only: it is no wildcard', () => {
    const onlyAny = rules({ agents: new Map([['Any', { capabilities: ['any'], capacity: 1 }]]) });
    const world = given(onlyAny, add('a', { type: 'technical' }), add('b', { type: 'any' }));
    expect(world.when(next('Any')).answer).toBe(2);
  });

  test('with a rule of its own does not inherit that of its first name', () => {
    const own = rules({
      agents: new Map([
        ['Bot', { capabilities: ['technical'], capacity: 1 }],
        ['Bot-2', { capabilities: ['creative'], capacity: 1 }],
      ]),
    });
    const world = given(own, add('a', { type: 'technical' }));
    expect(world.when(next('Bot-2')).answer).toBeNull();
    expect(world.when(next('Bot-3')).answer).toBe(1);
  });
});

test('a task that has ended is not offered to be claimed by who wants to end it', () => {
  const { decision } = given(add('a'), cancel(1)).when(release(1, { agent: 'A' }));
  expect(decision).toMatchObject({
    rejection: { reason: 'already-ended', message: expect.not.stringContaining('Claim it') },
  });
});
