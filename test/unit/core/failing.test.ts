/** Failures: the schedule of retries, poison pills, lost leases, second chances. */
import { describe, expect, test } from 'vitest';
import { poisonCause, retryAt } from '../../../extension/core/backoff.ts';
import { expiryEvidence } from '../../../extension/core/lease.ts';
import type { Sighting } from '../../../extension/core/lease.ts';
import type { Reason } from '../../../extension/core/rejection.ts';
import { defaultRules } from '../../../extension/core/rules.ts';
import type { Request, Step, World } from '../../support/core.ts';
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
  interrupt,
  laneClaim,
  later,
  minute,
  ms,
  release,
  retry,
  retryRules,
  second,
  settle,
  start,
  takeLane,
} from '../../support/core.ts';

const hour = 60 * minute;
const failsNow: readonly Step[] = [claim(1, 'A'), fail(1, 'X', { agent: 'A' })];
const failsLater: readonly Step[] = [later(hour), ...failsNow];
const expires: readonly Step[] = [claim(1, 'A'), expire(1)];

function failOnce(world: World, errorClass = 'BUILD_ERROR') {
  world.take(claim(1, 'A'));
  return world.when(fail(1, errorClass, { agent: 'A' }));
}

describe('a failed task', () => {
  test('is tried again after 300, 600 and 1200 seconds, and then gives up', () => {
    const world = given(add('flaky'));
    for (const seconds of [300, 600, 1200]) {
      expect(failOnce(world).events).toEqual(['FAILED']);
      expect(world.data('FAILED').notBeforeAt).toBe(world.now + seconds * second);
      world.take(later(seconds * second - 1));
      expect(world.when(claim(1, 'A')).reason).toBe('not-due');
      world.take(later(1));
    }
    expect(failOnce(world).events).toEqual(['FAILED', 'POISON_PILL']);
    expect(world.data('FAILED').notBeforeAt).toBeNull();
    expect(world.status(1)).toBe('poisoned');
    expect(world.task(1)).toMatchObject({ attempts: 4, failures: 4 });
  });

  test('remembers who failed it, and how', () => {
    const world = given(add('a'));
    failOnce(world, 'BUILD_ERROR');
    expect(world.task(1).lastFailure).toEqual({
      agent: 'A',
      errorClass: 'BUILD_ERROR',
      message: 'it broke',
      at: start,
    });
  });

  test('of the class TIMEOUT is recorded as TIMEOUT and counts alike', () => {
    const world = given(add('a'));
    expect(failOnce(world, 'TIMEOUT').events).toEqual(['TIMEOUT']);
    expect(world.data('TIMEOUT')).toMatchObject({ failures: 1, notBeforeAt: start + 300 * second });
  });

  test('with a permanent error is not tried again', () => {
    const world = given(retryRules({ permanentErrors: ['BAD_PROMPT'] }), add('a'));
    expect(failOnce(world, 'BAD_PROMPT').events).toEqual(['FAILED', 'POISON_PILL']);
    expect(world.data('POISON_PILL')).toEqual({ failures: 1, errorClass: 'BAD_PROMPT' });
  });

  test.each<[string, readonly Step[], boolean]>([
    ['four lost leases', [...expires, ...expires, ...expires, ...expires], false],
    ['five lost leases', [...expires, ...expires, ...expires, ...expires, ...expires], true],
    [
      'two failures and two lost leases',
      [...failsNow, ...failsLater, later(hour), ...expires, ...expires],
      false,
    ],
    [
      'two failures and three lost leases',
      [...failsNow, ...failsLater, later(hour), ...expires, ...expires, ...expires],
      true,
    ],
    [
      'four lost leases and a failure',
      [...expires, ...expires, ...expires, ...expires, ...failsNow],
      true,
    ],
    ['three failures', [...failsNow, ...failsLater, ...failsLater], false],
    [
      'many releases',
      Array.from({ length: 9 }, () => [claim(1, 'A'), release(1, { agent: 'A' })]).flat(),
      false,
    ],
  ])('is given up after %s: %s', (_, history, expected) => {
    const world = given(add('a'), ...history);
    expect(world.status(1) === 'poisoned').toBe(expected);
  });

  test('says in the log why it gave up', () => {
    const world = given(add('a'), ...Array.from({ length: 4 }, () => expires).flat());
    world.take(claim(1, 'A'));
    const { events, records } = world.when(expire(1));
    expect(events).toEqual(['LEASE_EXPIRED', 'POISON_PILL']);
    expect(records.at(-1)?.message).toBe('Gave up: reached 5 failures and lost leases');
  });
});

describe('the delay before a retry', () => {
  const { retry: defaults } = defaultRules;

  test.each([
    ['doubles', {}, 4, 0, 2400],
    ['grows by the configured factor', { backoffMultiplier: 3 }, 3, 0, 2700],
    ['stays where the factor is 1', { backoffMultiplier: 1 }, 9, 0, 300],
    ['never passes its maximum', { maxDelayMs: ms(450 * second) }, 3, 0, 450],
    ['is spread by jitter', { jitter: 0.5 }, 1, 0.5, 375],
    ['ends at a year, however often it doubled', {}, 900, 0, 366 * 24 * 3600],
  ])('%s', (_, changed, failures, random, seconds) => {
    const due = retryAt({ ...defaults, ...changed }, failures, start, random);
    expect((due - start) / second).toBe(seconds);
  });

  test('is not one at all after too many failures', () => {
    expect(poisonCause(defaults, 3, 0, 'X')).toBeNull();
    expect(poisonCause(defaults, 4, 0, 'X')).toBe('failed 4 times');
    expect(poisonCause({ ...defaults, maxRetries: 0 }, 1, 0, 'X')).toBe('failed 1 times');
  });
});

describe('a second chance', () => {
  const poisoned: readonly Step[] = [
    add('a'),
    ...failsNow,
    ...failsLater,
    ...failsLater,
    ...failsLater,
  ];
  const interrupted: readonly Step[] = [
    addProgram('a'),
    takeLane,
    laneClaim(1),
    interrupt(),
    settle(1, 'interrupt'),
  ];

  test.each<[string, readonly Step[], Request, Reason]>([
    ['a retry of an unknown task', [], retry(4), 'unknown-task'],
    ['a retry of a poisoned task', poisoned, retry(1), 'poisoned'],
    ['a retry of a held task', [add('a'), claim(1, 'A')], retry(1), 'already-claimed'],
    ['a retry of a cancelled task', [add('a'), cancel(1)], retry(1), 'already-ended'],
    [
      'a retry of a completed task',
      [add('a'), claim(1, 'A'), complete(1)],
      retry(1),
      'already-ended',
    ],
    ['clearing an unknown task', [], clearFailures(4), 'unknown-task'],
  ])('is refused: %s', (_, history, request, reason) => {
    const outcome = given(...history).when(request);
    expect({ reason: outcome.reason, events: outcome.events }).toEqual({ reason, events: [] });
  });

  test.each<[string, readonly Step[], Request]>([
    ['a retry of a pending task', [add('a')], retry(1)],
    ['clearing a task that never failed', [add('a')], clearFailures(1)],
    ['clearing a task that ended', [add('a'), cancel(1)], clearFailures(1)],
    ['clearing a held task', [add('a'), claim(1, 'A')], clearFailures(1)],
  ])('changes nothing: %s', (_, history, request) => {
    const { ok, events } = given(...history).when(request);
    expect({ ok, events }).toEqual({ ok: true, events: [] });
  });

  test('by a retry comes at once, keeps the count, and is nobody’s claim', () => {
    const world = given(add('a'), ...failsNow);
    expect(world.when(retry(1)).events).toEqual(['RETRY']);
    expect(world.status(1)).toBe('pending');
    expect(world.task(1)).toMatchObject({ failures: 1, attempts: 1 });
    expect(world.task(1).setAside).toBeUndefined();
  });

  test('by a retry is set aside for an agent for 600 seconds', () => {
    const world = given(add('a'), ...failsNow, retry(1, 'B'));
    expect(world.task(1).setAside).toEqual({ agent: 'B', until: start + 600 * second });
  });

  test('revives an interrupted task', () => {
    const world = given(...interrupted);
    expect(world.status(1)).toBe('interrupted');
    expect(world.when(retry(1)).events).toEqual(['RETRY']);
    expect(world.status(1)).toBe('pending');
  });

  test('by clearing revives a poison pill and forgets its failures', () => {
    const world = given(...poisoned);
    expect(world.when(clearFailures(1)).events).toEqual(['CLEARED']);
    expect(world.task(1)).toMatchObject({
      state: { status: 'pending' },
      failures: 0,
      expirations: 0,
      lastFailure: null,
    });
    expect(failOnce(world).events).toEqual(['FAILED']);
    expect(world.data('FAILED').notBeforeAt).toBe(world.now + 300 * second);
  });

  test('by clearing forgives lost leases of a task that is still alive', () => {
    const world = given(add('a'), ...expires, ...expires);
    expect(world.when(clearFailures(1)).events).toEqual(['CLEARED']);
    expect(world.task(1).expirations).toBe(0);
  });
});

describe('a lease', () => {
  const seen: Sighting = { alive: null, rebooted: false, everBeat: true, silenceMs: ms(0) };
  const minutes = (n: number) => ({ silenceMs: ms(n * minute) });

  test.each<[string, Partial<Sighting>, boolean]>([
    ['its process lives, however long it is silent', { alive: true, ...minutes(10_000) }, false],
    ['its process is gone', { alive: false }, true],
    ['nothing can be judged and a heartbeat came 9 minutes ago', minutes(9), false],
    ['nothing can be judged and no heartbeat came for 10 minutes', minutes(10), true],
    ['it never sent a heartbeat for 10 minutes', { everBeat: false, ...minutes(10) }, false],
    ['it never sent a heartbeat for 2 hours', { everBeat: false, ...minutes(120) }, true],
    ['the machine was restarted a moment ago', { rebooted: true }, false],
    [
      'the machine was restarted and it was silent for a minute',
      { rebooted: true, ...minutes(1) },
      true,
    ],
  ])('where %s may be ended: %s', (_, changed, expected) => {
    expect(expiryEvidence(defaultRules, { ...seen, ...changed }) !== null).toBe(expected);
  });

  test('of a claim without heartbeats is never shorter than an attempt may take', () => {
    const short = { ...defaultRules, lockTimeoutMs: ms(minute) };
    const silent = { ...seen, everBeat: false, ...minutes(119) };
    expect(expiryEvidence(short, silent)).toBeNull();
  });

  test('that is over makes the task pending for anyone', () => {
    const world = given(add('a'), claim(1, 'A'));
    expect(world.when(expire(1)).events).toEqual(['LEASE_EXPIRED']);
    expect(world.when(claim(1, 'B')).ok).toBe(true);
  });

  test('is not ended on evidence about an earlier claim', () => {
    const world = given(add('a'), claim(1, 'A'));
    const late = expire(1)(world.queue);
    world.take(release(1, { agent: 'A' }));
    world.take(claim(1, 'B'));
    const { ok, events } = world.when(late);
    expect({ ok, events }).toEqual({ ok: true, events: [] });
    expect(world.status(1)).toBe('in_progress');
  });
});
