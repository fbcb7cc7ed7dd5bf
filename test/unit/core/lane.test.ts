/** The lane: one owner, one attempt at a time, stopped once, and silent before the next. */
import { describe, expect, test } from 'vitest';
import type { Command } from '../../../extension/core/command.ts';
import type { Position } from '../../../extension/core/ids.ts';
import { position } from '../../../extension/core/ids.ts';
import { shouldInterrupt } from '../../../extension/core/preempt.ts';
import { laneAttempt } from '../../../extension/core/queue.ts';
import type { Queue } from '../../../extension/core/queue.ts';
import type { Reason } from '../../../extension/core/rejection.ts';
import type { TaskContent } from '../../../extension/core/task.ts';
import type { Request, Step } from '../../support/core.ts';
import {
  add,
  addProgram,
  claim,
  complete,
  fail,
  given,
  interrupt,
  laneClaim,
  later,
  minute,
  processAt,
  settle,
  takeLane,
} from '../../support/core.ts';

const two: readonly Step[] = [addProgram('a'), addProgram('b'), takeLane];
const running: readonly Step[] = [...two, laneClaim(1)];
const otherOwner: Request = { type: 'laneAcquire', holder: processAt(901), label: 'VS Code' };

function giveUp(queue: Queue): Request {
  return { type: 'laneRelease', lane: queue.lane.owner!.token };
}
function lose(queue: Queue): Request {
  return { type: 'laneExpire', lane: queue.lane.owner!.token, evidence: 'its process is gone' };
}
function report(data: Extract<Command, { type: 'laneReport' }>['data']): Request {
  return { type: 'laneReport', data };
}
function started(token: number): Request {
  const process = { pid: 77, startTime: 's', cookie: 'c' };
  return report({ action: 'started', token: position(token), process });
}
const alive = report({ action: 'held', pids: [77, 78] });
const quiet = report({ action: 'quiet' });

describe('the lane', () => {
  test('has one owner, under the position of its event', () => {
    const world = given(add('a'), takeLane);
    expect(world.queue.lane.owner).toMatchObject({ token: 2, label: 'signalbox run' });
    const refused = world.when(otherOwner);
    expect(refused.reason).toBe('lane-held');
    expect(refused.message).toContain('signalbox run (process 900)');
    expect(world.when(takeLane).decision).toMatchObject({ ok: true, events: [] });
  });

  test.each<[string, Step]>([
    ['gives it up', giveUp],
    ['is gone', lose],
  ])('is free for another when its owner %s', (_, end) => {
    const world = given(...two, end);
    expect(world.queue.lane.owner).toBeNull();
    expect(world.when(otherOwner).ok).toBe(true);
    expect(world.queue.lane.owner?.token).toBe(5);
  });

  test('is not taken from its owner by news about an earlier one', () => {
    const world = given(takeLane);
    const late = lose(world.queue);
    world.take(giveUp);
    world.take(otherOwner);
    expect(world.when(late).decision).toMatchObject({ ok: true, events: [] });
    expect(world.queue.lane.owner?.label).toBe('VS Code');
  });

  test('starts a task under a token, as its own claim', () => {
    const world = given(...two);
    expect(world.when(laneClaim(1)).events).toEqual(['CLAIMED']);
    expect(laneAttempt(world.queue)).toMatchObject({
      task: { id: 1 },
      claim: { token: 4, lane: true, agent: 'shell', holder: processAt(900) },
    });
  });

  test.each<[string, readonly Step[], Step, Reason]>([
    ['a second task', running, laneClaim(2), 'lane-held'],
    ['the task that runs', running, laneClaim(1), 'lane-held'],
    ['an unknown task', two, laneClaim(9), 'unknown-task'],
    ['anything without owning the lane', [addProgram('a')], laneClaim(1), 'stale-token'],
    [
      'anything while a stopped program is alive',
      [...running, started(4), interrupt(), settle(1, 'interrupt'), alive],
      laneClaim(2),
      'lane-held',
    ],
    [
      'anything while it is paused',
      [...two, { type: 'pause', scope: 'lane' }],
      laneClaim(1),
      'paused',
    ],
    [
      'anything while the queue is paused',
      [...two, { type: 'pause', scope: 'queue' }],
      laneClaim(1),
      'paused',
    ],
    ['a task without a program', [...two, add('c')], laneClaim(3), 'not-waiting'],
    [
      'a task that waits',
      [...two, addProgram('c', { dependencies: [1] })],
      laneClaim(3),
      'not-waiting',
    ],
    [
      'a completed task',
      [...running, (queue) => complete(1, { token: laneToken(queue) })],
      laneClaim(1),
      'not-waiting',
    ],
  ])('does not start %s', (_, history, request, reason) => {
    if (typeof request !== 'function') throw new Error('Not a command of the lane');
    const outcome = given(...history).when(request);
    expect({ reason: outcome.reason, events: outcome.events }).toEqual({ reason, events: [] });
  });

  test('that was taken over can start nothing', () => {
    const world = given(...two);
    const old = laneClaim(1)(world.queue);
    world.take(lose);
    world.take(otherOwner);
    expect(world.when(old).reason).toBe('stale-token');
  });

  test('goes on when all is quiet', () => {
    const world = given(...running, started(4), interrupt(), settle(1, 'interrupt'), alive);
    expect(world.queue.lane.alive).toEqual([77, 78]);
    expect(world.when(quiet).events).toEqual(['LANE']);
    expect(world.when(quiet).events).toEqual([]);
    expect(world.when(laneClaim(2)).ok).toBe(true);
  });

  test('tries a failed task again when its retry is due', () => {
    const world = given(...running, (queue) => fail(1, 'X', { token: laneToken(queue) }));
    expect(world.when(laneClaim(1)).reason).toBe('not-waiting');
    world.take(later(5 * minute));
    expect(world.when(laneClaim(1)).events).toEqual(['RETRY', 'CLAIMED']);
  });
});

function laneToken(queue: Queue): Position {
  return laneAttempt(queue)!.claim.token;
}

describe('an attempt of the lane', () => {
  test.each([
    ['interrupt', 'INTERRUPTED', 'interrupted'],
    ['preempt', 'PREEMPTED', 'pending'],
    ['cancel', 'CANCELLED', 'cancelled'],
    ['release', 'RELEASED', 'pending'],
    ['skip', 'SKIPPED', 'skipped'],
  ] as const)('that is settled by %s ends as %s, once', (as, event, status) => {
    const world = given(...running, started(4), interrupt());
    expect(world.when(settle(1, as)).events).toEqual([event]);
    expect(world.status(1)).toBe(status);
    expect(world.queue.lane).toMatchObject({ running: null, stop: null });
    expect(world.when(settle(1, as, 4)).reason).toBe('stale-token');
    expect(world.task(1)).toMatchObject({ failures: 0, expirations: 0 });
  });

  test('is not settled in the place of a later one', () => {
    const world = given(...running, settle(1, 'preempt'), laneClaim(1));
    expect(world.when(settle(1, 'interrupt', 4)).reason).toBe('stale-token');
    expect(world.status(1)).toBe('in_progress');
  });

  test('is the only thing that the lane may settle', () => {
    const world = given(add('a'), claim(1, 'A'));
    expect(world.when(settle(1, 'interrupt')).reason).toBe('stale-token');
    expect(world.when(settle(9, 'interrupt')).reason).toBe('unknown-task');
  });

  test('that was settled before its program could start starts none', () => {
    const world = given(...running, interrupt(), settle(1, 'interrupt'));
    expect(world.when(started(4)).reason).toBe('stale-token');
    expect(world.queue.lane.running).toBeNull();
  });

  test('records where its process can be found', () => {
    const world = given(...running);
    expect(world.when(started(4)).events).toEqual(['LANE']);
    expect(world.queue.lane.running).toEqual({
      token: 4,
      process: { pid: 77, startTime: 's', cookie: 'c' },
    });
  });
});

describe('a stop', () => {
  test('is asked for once, and a second time only for more', () => {
    const world = given(...running);
    expect(world.when(interrupt('preempt')).events).toEqual(['LANE']);
    expect(world.when(interrupt('preempt')).events).toEqual([]);
    expect(world.when(interrupt('interrupt')).events).toEqual(['LANE']);
    expect(world.when(interrupt('cancel')).events).toEqual(['LANE']);
    expect(world.when(interrupt('preempt')).events).toEqual([]);
    expect(world.when(interrupt('interrupt')).events).toEqual([]);
    expect(world.queue.lane.stop).toMatchObject({ token: 4, then: 'cancel' });
  });

  test.each<[string, readonly Step[], Request]>([
    ['with nothing running', two, interrupt()],
    ['meant for another task', running, interrupt('cancel', 2)],
    ['of a task that an agent holds', [add('a'), claim(1, 'A')], interrupt('interrupt', 1)],
  ])('%s is answered yes and does nothing', (_, history, request) => {
    expect(given(...history).when(request).decision).toEqual({ ok: true, task: null, events: [] });
  });

  test('meant for the task that runs names it, with the farewell', () => {
    const world = given(...running);
    const outcome = world.when({ ...interrupt('interrupt', 1), farewell: 'sound' } as Request);
    expect(outcome.answer).toBe(1);
    expect(world.queue.lane.stop).toMatchObject({ farewell: 'sound', reason: 'a person asked' });
  });

  test('is forgotten with the attempt, however that ended', () => {
    const world = given(...running, interrupt(), (queue) =>
      complete(1, { token: laneToken(queue) }),
    );
    expect(world.queue.lane.stop).toBeNull();
    world.take(laneClaim(2));
    expect(world.when(interrupt()).events).toEqual(['LANE']);
  });
});

describe('a running task', () => {
  const low = { priority: 'LOW', preemptible: true } as const;
  test.each<[string, Partial<TaskContent>, Partial<TaskContent>, boolean]>([
    ['LOW makes way for HIGH', low, { priority: 'HIGH' }, true],
    ['LOW stays for NORMAL', low, {}, false],
    ['LOW makes way for the session in view', low, { session: 'view' }, true],
    ['LOW stays for another session', low, { session: 'other' }, false],
    [
      'LOW of the session in view stays for it',
      { ...low, session: 'view' },
      { session: 'view' },
      false,
    ],
    ['LOW that cannot resume stays', { priority: 'LOW' }, { priority: 'CRITICAL' }, false],
    ['NORMAL stays for HIGH', { preemptible: true }, { priority: 'HIGH' }, false],
    [
      'NORMAL in the background makes way for HIGH',
      { background: true, preemptible: true },
      { priority: 'HIGH' },
      true,
    ],
    ['LOW stays for HIGH in the background', low, { priority: 'HIGH', background: true }, false],
    [
      'HIGH makes way for CRITICAL',
      { priority: 'HIGH', preemptible: true },
      { priority: 'CRITICAL' },
      true,
    ],
    [
      'CRITICAL stays for CRITICAL',
      { priority: 'CRITICAL', preemptible: true },
      { priority: 'CRITICAL' },
      false,
    ],
  ])('%s', (_, runs, waits, expected) => {
    const world = given(addProgram('a', runs), addProgram('b', waits));
    expect(shouldInterrupt(world.task(1), world.task(2), 'view')).toBe(expected);
  });
});
