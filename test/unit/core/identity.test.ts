/** Who may end or change a held task, rule by rule of CONTRACT.md's "Identity". */
import { describe, expect, test } from 'vitest';
import type { Caller } from '../../../extension/core/command.ts';
import { position } from '../../../extension/core/ids.ts';
import type { Reason } from '../../../extension/core/rejection.ts';
import type { Request, Step } from '../../support/core.ts';
import {
  add,
  addProgram,
  caller,
  cancel,
  claim,
  clearFailures,
  complete,
  elsewhere,
  expire,
  fail,
  given,
  laneClaim,
  later,
  minute,
  processAt,
  release,
  retryRules,
  takeLane,
} from '../../support/core.ts';

const pid7 = processAt(7);
const claimed: readonly Step[] = [add('a'), claim(1, 'Copilot', { process: pid7 })];
/** The first holder lost its lease and may not know. */
const claimedTwice: readonly Step[] = [
  add('a'),
  claim(1, 'Copilot', { process: pid7 }),
  expire(1),
  claim(1, 'Claude', { process: processAt(8) }),
];
const claimedWithoutProcess: readonly Step[] = [add('a'), claim(1, 'Copilot')];
const claimedTwiceWithoutProcess: readonly Step[] = [
  ...claimedWithoutProcess,
  expire(1),
  claim(1, 'Claude'),
];

describe('a call for a held task', () => {
  test.each<[string, readonly Step[], Partial<Caller>, Reason | null]>([
    ['the token', claimed, { token: position(2), place: elsewhere }, null],
    ['another token', claimed, { token: position(1) }, 'stale-token'],
    [
      'the token of an earlier claim, though the name and the process are right',
      claimedTwice,
      { token: position(2), agent: 'Claude', process: processAt(8) },
      'stale-token',
    ],
    ['the process of the claim', claimedTwice, { process: processAt(8) }, null],
    ['the process and another name', claimedTwice, { process: processAt(8), agent: 'X' }, null],
    ['the process of an earlier claim', claimedTwice, { process: pid7 }, 'identity-needed'],
    [
      'a process with that pid and another start time',
      claimedTwice,
      { process: { ...processAt(8), startTime: 'later' } },
      'identity-needed',
    ],
    [
      'a process with that pid on another machine',
      claimedTwice,
      { process: processAt(8, elsewhere), place: elsewhere },
      'identity-needed',
    ],
    [
      'the name, where no process was recorded',
      claimedTwiceWithoutProcess,
      { agent: 'Claude' },
      null,
    ],
    [
      'the name of an earlier holder',
      claimedTwiceWithoutProcess,
      { agent: 'Copilot' },
      'identity-needed',
    ],
    [
      'the name from a place where the process cannot be judged',
      claimedTwice,
      { agent: 'Claude', place: elsewhere },
      null,
    ],
    [
      'the name alone, where the process could have been shown',
      claimedTwice,
      { agent: 'Claude' },
      'identity-needed',
    ],
    ['nothing, where it was claimed once', claimed, {}, null],
    ['the name alone, where it was claimed once', claimed, { agent: 'Copilot' }, null],
    ['another name, though it was claimed once', claimed, { agent: 'Claude' }, 'identity-needed'],
    ['nothing, where it was claimed twice', claimedTwice, {}, 'identity-needed'],
  ])('that gives %s', (_, history, who, reason) => {
    for (const request of [
      complete(1, who),
      fail(1, 'X', who),
      release(1, who),
      cancel(1, who),
      { type: 'progress', task: 1, percent: 5, message: '', caller: caller(who) } as const,
      { type: 'checkpoint', task: 1, checkpoint: {}, caller: caller(who) } as const,
    ]) {
      const outcome = given(...history).when(request);
      expect([request.type, outcome.reason]).toEqual([request.type, reason]);
      expect(outcome.events.length > 0).toBe(reason === null);
    }
  });

  test.each<[string, readonly Step[], Reason | null]>([
    ['a release by its holder', [release(1, { agent: 'Copilot' })], null],
    ['a failure', [fail(1, 'X', { agent: 'Copilot' }), later(60 * minute)], null],
    ['a lost lease', [expire(1)], 'identity-needed'],
    ['a forced release', [release(1, { agent: 'human:me' }, true)], 'identity-needed'],
  ])('that gives nothing, where it was claimed again after %s', (_, between, reason) => {
    const world = given(...claimedWithoutProcess, ...between, claim(1, 'Claude'));
    expect(world.when(complete(1)).reason).toBe(reason);
  });

  test('that gives nothing is not believed just because a person cleared its lost leases', () => {
    const world = given(
      retryRules({ poisonPillThreshold: 1 }),
      ...claimedWithoutProcess,
      expire(1),
      clearFailures(1),
      claim(1, 'Claude'),
    );
    expect(world.when(complete(1)).reason).toBe('identity-needed');
  });

  test('says how to prove who calls', () => {
    const { message } = given(...claimedTwice).when(complete(1));
    expect(message).toContain('Claude holds #1');
    expect(message).toContain('--token N');
    expect(message).toContain('--agent Claude');
  });
});

describe('a call for a task that nobody holds', () => {
  const again: readonly Step[] = [add('a')];
  const done: readonly Step[] = [...claimed, complete(1)];

  test.each<[string, readonly Step[], Request, Reason]>([
    ['to complete an unknown task', [], complete(1), 'unknown-task'],
    ['to complete a pending task', again, complete(1), 'not-claimed'],
    ['to fail a pending task', again, fail(1, 'X'), 'not-claimed'],
    ['to release a pending task', again, release(1), 'not-claimed'],
    ['to fail a completed task', done, fail(1, 'X'), 'already-ended'],
    ['to cancel a completed task', done, cancel(1), 'already-ended'],
    ['to cancel an unknown task', [], cancel(1), 'unknown-task'],
    ['to release an unknown task by force', [], release(1, {}, true), 'unknown-task'],
    [
      'with a token that was lost',
      [...claimed, expire(1)],
      complete(1, { token: position(2) }),
      'stale-token',
    ],
    ['to complete what someone else did', done, complete(1, { agent: 'Claude' }), 'already-ended'],
    ['with another token', done, complete(1, { token: position(1) }), 'stale-token'],
  ])('is refused: %s', (_, history, request, reason) => {
    const outcome = given(...history).when(request);
    expect({ reason: outcome.reason, events: outcome.events }).toEqual({ reason, events: [] });
  });

  test.each<[string, Partial<Caller>]>([
    ['its token', { token: position(2) }],
    ['its process', { process: pid7 }],
    ['its name from elsewhere', { agent: 'Copilot', place: elsewhere }],
  ])('is answered yes where its holder completes it again, by %s', (_, who) => {
    const { ok, events } = given(...done).when(complete(1, who));
    expect({ ok, events }).toEqual({ ok: true, events: [] });
  });

  test('is answered yes where it is cancelled again or released by force', () => {
    expect(given(add('a'), cancel(1)).when(cancel(1)).decision).toMatchObject({
      events: [],
      ok: true,
    });
    expect(given(add('a')).when(release(1, {}, true)).decision).toMatchObject({
      events: [],
      ok: true,
    });
  });
});

describe('a person', () => {
  test('releases any holder by force, and its token is dead', () => {
    const world = given(...claimed);
    const outcome = world.when(release(1, { agent: 'human:me' }, true));
    expect(outcome.events).toEqual(['RELEASED']);
    expect(world.data('RELEASED')).toEqual({ token: 2, forced: true });
    expect(world.when(complete(1, { token: position(2) })).reason).toBe('stale-token');
  });

  test('cancels a task whoever holds it', () => {
    expect(given(...claimedTwice).when(cancel(1, { agent: 'human:me' })).events).toEqual([
      'CANCELLED',
    ]);
  });
});

describe('what the lane runs', () => {
  const running: readonly Step[] = [addProgram('a'), takeLane, laneClaim(1)];

  test.each<[string, Partial<Caller>, Reason | null]>([
    ['its token', { token: position(3), place: elsewhere }, null],
    ['the process of the lane', { process: processAt(900) }, null],
    ['the name of its program', { agent: 'shell' }, 'identity-needed'],
    ['that name from elsewhere', { agent: 'shell', place: elsewhere }, 'identity-needed'],
    ['nothing, though it was claimed once', {}, 'identity-needed'],
  ])('is ended by a call that gives %s', (_, who, reason) => {
    expect(given(...running).when(complete(1, who)).reason).toBe(reason);
    expect(given(...running).when(fail(1, 'X', who)).reason).toBe(reason);
  });

  test('is interrupted before it is cancelled or released by force', () => {
    const world = given(...running);
    expect(world.when(cancel(1, { agent: 'human:me' })).reason).toBe('lane-held');
    expect(world.when(release(1, { agent: 'human:me' }, true)).reason).toBe('lane-held');
  });
});
