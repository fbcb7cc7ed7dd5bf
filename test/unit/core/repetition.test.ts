/** A command sent again under its own id: recognised, never done twice, never mistaken. */
import { describe, expect, test } from 'vitest';
import type { ImportedTask } from '../../../extension/core/command.ts';
import { evolve } from '../../../extension/core/evolve.ts';
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
  content,
  edit,
  expire,
  fail,
  given,
  interrupt,
  laneClaim,
  laneHolder,
  later,
  minute,
  release,
  retry,
  settle,
  takeLane,
} from '../../support/core.ts';

const importedTask: ImportedTask = {
  id: 1,
  content: content('a'),
  status: 'pending',
  attempts: 0,
  failures: 0,
  endedAt: null,
  result: null,
  actualMinutes: 0,
  reason: '',
};
const held: readonly Step[] = [add('a'), claim(1, 'A')];
const failed: readonly Step[] = [...held, fail(1, 'X', { agent: 'A' })];
const running: readonly Step[] = [addProgram('a'), takeLane, laneClaim(1)];
const who = caller({ agent: 'A' });
const claimNext: Request = { type: 'claimNext', agent: 'A', caller: who };

describe('a repeated command', () => {
  test.each<[string, readonly Step[], Step]>([
    ['add', [], add('a')],
    ['add with an id', [], add('a', {}, { task: 'x' })],
    [
      'add that replaced a task under another id',
      [add('a', { key: 'k' })],
      add('b', { key: 'k' }, { task: 'x', dedupe: { mode: 'replace' } }),
    ],
    ['import', [], { type: 'import', tasks: [importedTask] }],
    ['edit', [add('a')], edit(1, { title: 'b' })],
    ['prioritize', [add('a')], { type: 'prioritize', task: 1, priority: 'HIGH' }],
    ['move', [add('a')], { type: 'move', task: 1, place: { to: 'first' } }],
    ['claim', [add('a')], claim(1, 'A')],
    ['claim of a retry', [...failed, later(10 * minute)], claim(1, 'A')],
    ['claim of the next', [add('a'), add('b')], claimNext],
    ['progress', held, { type: 'progress', task: 1, percent: 5, message: '', caller: who }],
    ['checkpoint', held, { type: 'checkpoint', task: 1, checkpoint: 1, caller: who }],
    ['complete', held, complete(1)],
    ['fail', held, fail(1, 'X')],
    ['timeout', held, fail(1, 'TIMEOUT')],
    ['release', held, release(1)],
    ['cancel', held, cancel(1)],
    ['retry', failed, retry(1)],
    ['expire', held, expire(1)],
    ['clear of failures', failed, clearFailures(1)],
    [
      'clear of the queue',
      [add('a'), add('b')],
      { type: 'clearWaiting', session: null, all: true },
    ],
    ['pause', [], { type: 'pause', scope: 'lane' }],
    ['focus', [], { type: 'focus', session: 's' }],
    ['note', [], { type: 'note', task: null, message: 'hello' }],
    ['take of the lane', [], takeLane],
    ['start by the lane', [addProgram('a'), takeLane], laneClaim(1)],
    ['settlement by the lane', running, settle(1, 'preempt')],
    ['interrupt', running, interrupt()],
  ])('%s is answered as before and adds nothing', (_, history, step) => {
    const world = given(...history);
    if (typeof step === 'object' && !('type' in step)) throw new Error('Not a command');
    const request = { ...(typeof step === 'function' ? step(world.queue) : step), id: 'again' };
    const first = world.when(request);
    const second = world.when(request);
    expect(first.ok).toBe(true);
    expect({ ok: second.ok, events: second.events }).toEqual({ ok: true, events: [] });
    expect(second.answer).toBe(first.answer);
    expect(first.events.length).toBeGreaterThan(0);
  });

  test.each<[string, readonly Step[], Request, Reason]>([
    ['for another task', [add('a', {}, { id: 'x' }), add('b')], cancel(2), 'duplicate'],
    ['for another thing', [add('a'), { ...claim(1, 'A'), id: 'x' }], complete(1), 'duplicate'],
    [
      'for a retry, where it made a claim of a retry',
      [...failed, later(10 * minute), { ...claim(1, 'A'), id: 'x' }],
      retry(1),
      'duplicate',
    ],
    [
      'for a task under another id',
      [add('a', {}, { id: 'x' })],
      add('b', {}, { task: 9 }),
      'duplicate',
    ],
  ])('id %s does not make that look done', (_, history, request, reason) => {
    const outcome = given(...history).when({ ...request, id: 'x' });
    expect({ reason: outcome.reason, events: outcome.events }).toEqual({ reason, events: [] });
  });

  test.each<[string, readonly Step[]]>([
    ['its lease was lost', [expire(1)]],
    ['its lease was lost and someone else claimed it', [expire(1), claim(1, 'B')]],
    ['it was completed', [complete(1)]],
    ['it was released and claimed anew', [release(1), claim(1, 'A')]],
  ])('claim is refused where %s since', (_, since) => {
    const world = given(add('a'), { ...claim(1, 'A'), id: 'x' }, ...since);
    const outcome = world.when({ ...claim(1, 'A'), id: 'x' });
    expect({ reason: outcome.reason, events: outcome.events }).toEqual({
      reason: 'stale-token',
      events: [],
    });
  });

  test('take of the lane is refused where the lane was lost since', () => {
    const take = { ...takeLane, id: 'x' };
    const world = given(take, (queue) => ({
      type: 'laneExpire',
      lane: queue.lane.owner!.token,
      evidence: 'its process is gone',
    }));
    expect(world.when(take).reason).toBe('stale-token');
    const other = { ...laneHolder, pid: 901 };
    world.take({ type: 'laneAcquire', holder: other, label: 'another' });
    expect(world.when(take).reason).toBe('stale-token');
  });

  test('claim that was refused for open dependencies is decided anew', () => {
    const world = given(add('a'), add('b', { dependencies: [1] }));
    const request = { ...claim(2, 'A'), id: 'x' };
    expect(world.when(request).events).toEqual(['DEPENDENCY_BLOCKED']);
    expect(world.when(request).reason).toBe('dependencies-open');
    world.take(claim(1, 'A'));
    world.take(complete(1));
    expect(world.when(request).events).toEqual(['CLAIMED']);
  });

  test('is still known after many thousands of newer ones, and not for ever', () => {
    const world = given(add('a', {}, { id: 'x' }));
    const [created] = world.records;
    for (let n = 0; n < 9_999; n++) {
      const note = {
        event: 'NOTE',
        task: null,
        agent: null,
        message: '',
        status: null,
        data: {},
      } as const;
      world.record(note, `note-${n}`);
    }
    expect(world.queue.commands.has('x')).toBe(true);
    evolve(world.queue, { ...created!, task: 77, commandId: 'one more' });
    expect(world.queue.commands.has('x')).toBe(false);
    expect(world.queue.commands.size).toBe(10_000);
  });
});
