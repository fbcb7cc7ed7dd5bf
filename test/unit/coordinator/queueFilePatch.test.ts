/** A queue file that was patched is the one that would have been written anew, byte for byte. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TaskKey } from '../../../extension/core/ids.ts';
import { taskKey } from '../../../extension/core/ids.ts';
import type { Queue } from '../../../extension/core/queue.ts';
import { patchQueue } from '../../../extension/coordinator/projector/queueFilePatch.ts';
import { encodeQueue } from '../../../extension/protocol/queueFile.ts';
import type { QueueFileForm } from '../../../extension/protocol/queueFile.ts';
import type { Request, World } from '../../support/core.ts';
import {
  add,
  cancel,
  claim,
  clearFailures,
  complete,
  edit,
  fail,
  given,
  release,
  retry,
} from '../../support/core.ts';

/** Texts that look like the file around them. */
const trickyText = fc.constantFrom(
  'plain',
  '\n    }\n',
  '\n    {\n      "id": 1,\n',
  '\n  ]',
  '“Ünïcode” \u{1f600} \\" "queue"',
  '$& $1 $$',
);
const trickyValue = fc.constantFrom<unknown>(
  undefined,
  { id: 1, queue: [{ id: 2 }] },
  [{ id: 3 }, [{ id: 4 }]],
  '\n    {\n      "id": 2,\n',
);
const taskId = fc.constantFrom(1, 2, 3, 12, 'a', 'b');
const request: fc.Arbitrary<Request> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({ title: trickyText, description: trickyText, capture: trickyValue, task: taskId })
      .map(({ title, description, capture, task }) => {
        const content = { description, capture, extra: { capture } };
        return typeof task === 'string' ? add(title, content, { task }) : add(title, content);
      }),
  },
  { weight: 3, arbitrary: taskId.map((id) => claim(id, 'Copilot')) },
  { weight: 2, arbitrary: taskId.map((id) => complete(id, { agent: 'Copilot' })) },
  fc.tuple(taskId, trickyText).map(([id, title]) => edit(id, { title })),
  taskId.map((id) => fail(id, 'BUILD_ERROR', { agent: 'Copilot' })),
  taskId.map((id) => release(id, { agent: 'Copilot' })),
  taskId.map((id) => cancel(id)),
  taskId.map((id) => retry(id)),
  taskId.map((id) => clearFailures(id)),
  taskId.map((task): Request => ({ type: 'prioritize', task, priority: 'HIGH' })),
  taskId.map((task): Request => ({ type: 'move', task, place: { to: 'first' } })),
);

function play(world: World, requests: readonly Request[]): ReadonlySet<TaskKey> {
  const changed = new Set<TaskKey>();
  for (const each of requests) {
    for (const { task } of world.when(each).records) {
      if (task !== null) changed.add(taskKey(task));
    }
  }
  return changed;
}

/** The patched body as text, or null where the file must be written anew. */
function patched(
  older: string,
  queue: Queue,
  changed: ReadonlySet<TaskKey>,
  form: QueueFileForm,
): string | null {
  const pieces = patchQueue(Buffer.from(older), queue, changed, form);
  return pieces === null ? null : Buffer.concat(pieces).toString();
}

describe('patching', () => {
  test.each(['live', 'tracked'] as const)(
    'gives the %s file that would have been written anew, whatever happened',
    (form) => {
      let timesPatched = 0;
      fc.assert(
        fc.property(
          fc.array(request, { minLength: 8, maxLength: 40 }),
          fc.array(request, { maxLength: 4 }),
          (before, after) => {
            const world = given(...Array.from({ length: 9 }, (_, n) => add(`Task ${n}`)));
            play(world, before);
            const older = encodeQueue(world.queue, form);
            const changed = play(world, after);

            const text = patched(older, world.queue, changed, form);
            if (text === null) return;
            timesPatched++;
            expect(text).toBe(encodeQueue(world.queue, form));
          },
        ),
        { numRuns: 300 },
      );
      expect(timesPatched).toBeGreaterThan(100);
    },
  );

  test('is left where the older file was written in another way', () => {
    const world = given(...Array.from({ length: 9 }, (_, n) => add(`Task ${n}`)));
    const older = encodeQueue(world.queue, 'live');
    const changed = play(world, [edit(4, { title: 'new' })]);
    expect(patched(older, world.queue, changed, 'live')).toBe(encodeQueue(world.queue, 'live'));

    const otherBuild = older.replaceAll('"key": null,\n      ', '');
    expect(patched(otherBuild, world.queue, changed, 'live')).toBeNull();
  });

  test('is left where an ended task would have to leave the file', () => {
    const world = given(add('open'));
    for (let id = 2; id <= 1_002; id++) {
      world.take(add('short'));
      world.take(cancel(id));
    }
    const older = encodeQueue(world.queue, 'live');
    const changed = play(world, [add('b')]);
    expect(patched(older, world.queue, changed, 'live')).toBeNull();
  });

  test('is left where there was no task yet', () => {
    const world = given();
    const older = encodeQueue(world.queue, 'live');
    const changed = play(world, [add('a')]);
    expect(patched(older, world.queue, changed, 'live')).toBeNull();
  });
});
