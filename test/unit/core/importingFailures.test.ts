/** What the policy `fail` does to imported tasks whose dependencies failed before they came. */
import { expect, test } from 'vitest';
import type { ImportedTask } from '../../../extension/core/command.ts';
import { instant } from '../../../extension/core/ids.ts';
import type { TaskContent } from '../../../extension/core/task.ts';
import { add, cancel, content, given, start } from '../../support/core.ts';

function imported(
  id: number,
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

const fails = { onDependencyFailure: 'fail' } as const;

test('a task that would fail with its dependency comes in as given up, and so does what follows', () => {
  const world = given(add('x'), cancel(1));
  const tasks = [
    imported(5, { dependencies: [4], ...fails }),
    imported(2, { dependencies: [1], ...fails }),
    imported(3, {}, { status: 'cancelled' }),
    imported(4, { dependencies: [3], ...fails }),
    imported(6, { dependencies: [3] }),
    imported(7, { dependencies: [3], onDependencyFailure: 'ignore' }),
    imported(8, { dependencies: [3], ...fails }, { status: 'completed' }),
    imported(9, { dependencies: [8], ...fails }),
  ];
  const outcome = world.when({ type: 'import', tasks });
  expect(outcome.ok).toBe(true);
  const statuses = Object.fromEntries([2, 4, 5, 6, 7, 8, 9].map((id) => [id, world.status(id)]));
  expect(statuses).toEqual({
    2: 'poisoned',
    4: 'poisoned',
    5: 'poisoned',
    6: 'pending',
    7: 'pending',
    8: 'completed',
    9: 'pending',
  });
  expect(world.task(5).state).toMatchObject({ errorClass: 'DEPENDENCY_FAILED' });
  expect(outcome.events.filter((event) => event === 'POISON_PILL')).toHaveLength(3);
});

test('a task is taken up where its export left it, and is never younger than its import', () => {
  const lastFailure = { agent: 'A', errorClass: 'X', message: 'no', at: start };
  const createdAt = instant(start - 1_000);
  const past = { createdAt, lastFailure, expirations: 2, rank: 3, checkpoint: { step: 4 } };
  const world = given();
  world.when({
    type: 'import',
    tasks: [
      imported(1, {}, { past }),
      imported(2, {}, { past: { createdAt: instant(start + 1_000) } }),
      imported(3, {}, { status: 'poisoned', past: { errorClass: 'FATAL' } }),
    ],
  });
  expect(world.task(1)).toMatchObject(past);
  expect(world.task(2).createdAt).toBe(start);
  expect(world.task(3).state).toMatchObject({ errorClass: 'FATAL' });
});
