/** Taking in a whole file of tasks: all of it, or nothing. */
import { describe, expect, test } from 'vitest';
import type { ImportedTask } from '../../../extension/core/command.ts';
import type { TaskId } from '../../../extension/core/ids.ts';
import { highestChosenId, instant } from '../../../extension/core/ids.ts';
import type { Reason } from '../../../extension/core/rejection.ts';
import type { TaskContent } from '../../../extension/core/task.ts';
import type { Request, Step } from '../../support/core.ts';
import { add, claim, clearFailures, content, given, rules, start } from '../../support/core.ts';

function imported(
  id: TaskId,
  changed: Partial<TaskContent> = {},
  more: Partial<ImportedTask> = {},
): ImportedTask {
  return {
    id,
    content: content(`task ${id}`, changed),
    status: 'pending',
    attempts: 0,
    failures: 0,
    endedAt: null,
    result: null,
    actualMinutes: 0,
    reason: '',
    ...more,
  };
}

function importFile(...tasks: readonly ImportedTask[]): Request {
  return { type: 'import', tasks };
}

describe('an imported file', () => {
  test('brings its tasks in with their ids and states, in one command', () => {
    const endedAt = instant(start - 1_000);
    const world = given(add('here already'));
    const { events } = world.when(
      importFile(
        imported(7),
        imported('named', { dependencies: [7, 1] }),
        imported(9, {}, { status: 'completed', endedAt, result: 'ok', actualMinutes: 3 }),
        imported(10, {}, { status: 'in_progress', attempts: 2 }),
        imported(11, {}, { status: 'cancelled', endedAt, reason: 'not wanted' }),
        imported(12, {}, { status: 'poisoned', failures: 4 }),
        imported(13, {}, { status: 'interrupted' }),
        imported(14, {}, { status: 'failed', failures: 1, endedAt }),
        imported(15, {}, { status: 'skipped' }),
      ),
    );
    expect(new Set(events)).toEqual(new Set(['IMPORTED']));
    const statuses = [7, 'named', 9, 11, 12, 13, 14, 15].map((id) => world.status(id));
    expect(statuses).toEqual(
      'pending pending completed cancelled poisoned interrupted failed skipped'.split(' '),
    );
    expect(world.task(9).state).toEqual({
      status: 'completed',
      at: endedAt,
      result: 'ok',
      actualMinutes: 3,
    });
    expect(world.queue.completedCount).toBe(1);
    expect(world.when(add('next')).answer).toBe(16);
  });

  test('gives what was in progress elsewhere to nobody', () => {
    const world = given(importFile(imported(1, {}, { status: 'in_progress', attempts: 2 })));
    expect(world.status(1)).toBe('pending');
    expect(world.queue.held.size).toBe(0);
    world.take(claim(1, 'A'));
    expect(world.data('CLAIMED').attempt).toBe(3);
  });

  test('keeps the count of failures', () => {
    const world = given(importFile(imported(1, {}, { status: 'poisoned', failures: 4 })));
    expect(world.when(claim(1, 'A')).reason).toBe('poisoned');
    world.take(clearFailures(1));
    expect(world.when(claim(1, 'A')).ok).toBe(true);
  });

  test.each<[string, readonly Step[], readonly ImportedTask[], Reason, string]>([
    ['twice the same id', [], [imported('a'), imported('A')], 'invalid-file', 'two tasks A'],
    ['an id that is taken', [add('x')], [imported(2), imported(1)], 'duplicate', '#1 "x"'],
    [
      'an unknown dependency',
      [add('x')],
      [imported(2), imported(3, { dependencies: [4] })],
      'invalid-file',
      '#3 depends on #4',
    ],
    [
      'a cycle',
      [],
      [
        imported(1, { dependencies: [3] }),
        imported(2, { dependencies: [1] }),
        imported(3, { dependencies: [4, 2] }),
        imported(4),
      ],
      'cycle',
      '#1 -> #3 -> #2 -> #1',
    ],
    [
      'a task that depends on itself',
      [],
      [imported(5, { dependencies: [5] })],
      'cycle',
      '#5 -> #5',
    ],
    [
      'a number so high that none would be left',
      [],
      [imported(highestChosenId + 1)],
      'invalid-file',
      'too high',
    ],
    [
      'more waiting tasks than there is room for',
      [rules({ maxWaiting: 3 }), add('x')],
      [
        imported(2),
        imported(3, {}, { status: 'in_progress' }),
        imported(4, {}, { status: 'failed' }),
      ],
      'queue-full',
      '3 more were asked for',
    ],
    [
      'more waiting tasks of a session than there is room for',
      [rules({ maxWaitingPerSession: 1 })],
      [imported(2, { session: 's' }), imported(3, { session: 's' })],
      'queue-full',
      'the session s',
    ],
  ])('is refused whole with %s', (_, history, tasks, reason, says) => {
    const world = given(...history);
    const end = world.queue.end;
    const outcome = world.when(importFile(...tasks));
    expect(outcome.reason).toBe(reason);
    expect(outcome.message).toContain(says);
    expect(world.queue.end).toBe(end);
  });

  test('takes no room for tasks that ended', () => {
    const ended = [2, 3, 4].map((id) => imported(id, {}, { status: 'completed' }));
    expect(given(rules({ maxWaiting: 1 }), add('x')).when(importFile(...ended)).ok).toBe(true);
  });

  test('may hold diamonds and long chains', () => {
    const chain = Array.from({ length: 5_000 }, (_, n) =>
      imported(n + 1, { dependencies: n < 2 ? [] : [n, n - 1] }),
    );
    expect(given().when(importFile(...chain.reverse())).ok).toBe(true);
  });
});
