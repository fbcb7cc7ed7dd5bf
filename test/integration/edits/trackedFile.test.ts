/** A queue file that goes into git: what it shows, who replaces it when, and editing it by hand. */
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { add, claim, complete, edit, fail, release } from '../../support/core.ts';
import type { Request } from '../../support/core.ts';
import type { EditedQueue } from '../../support/editedQueue.ts';
import { editedQueue } from '../../support/editedQueue.ts';

async function trackedQueue(...requests: readonly Request[]): Promise<EditedQueue> {
  const queue = await editedQueue(...requests);
  track(queue, true);
  await queue.command();
  return queue;
}

function track(queue: EditedQueue, isTracked: boolean): void {
  writeFileSync(queue.paths.config, JSON.stringify({ track: isTracked }));
}

describe('a tracked queue file', () => {
  test('stays as it is, byte for byte, while tasks are claimed, given back and retried', async () => {
    const queue = await trackedQueue(add('a'), add('b'));
    const before = queue.text();

    await queue.does(claim(1, 'Copilot'), claim(2, 'Claude'), release(2, { agent: 'Claude' }));
    expect(queue.text()).toBe(before);
    await queue.does(fail(1, 'BUILD_ERROR', { agent: 'Copilot' }));
    expect(queue.file().queue[0]).toMatchObject({ status: 'pending', failures: 1 });
    await queue.does(claim(2, 'Claude'), complete(2, { agent: 'Claude' }));
    expect(queue.file().queue[1]).toMatchObject({ status: 'completed' });
    expect(queue.kept()).toEqual({});
  });

  test('takes the other form with the next command once that is chosen, and back', async () => {
    const queue = await editedQueue(add('a'), claim(1, 'Copilot'));
    expect(queue.file().queue[0]).toMatchObject({ status: 'in_progress', assigned_to: 'Copilot' });
    track(queue, true);
    await queue.command();
    expect(queue.file().queue[0]).toMatchObject({ status: 'pending' });
    expect(queue.text()).not.toContain('assigned_to');
    track(queue, false);
    await queue.command();
    expect(queue.file().queue[0]).toMatchObject({ status: 'in_progress', assigned_to: 'Copilot' });
    expect(queue.kept()).toEqual({});
  });

  test('that shows a later position than its head is not replaced by a projection in between', async () => {
    const queue = await trackedQueue(add('a'), add('b'));
    const written = queue.text();
    // Reads the log up to an edit, and comes to project only after that was taken back.
    const slow = await queue.open();
    await slow.execute({ id: crypto.randomUUID(), by: null, ...edit(1, { title: 'x' }) });
    await queue.command(async (desk) => {
      await desk.execute({ id: crypto.randomUUID(), by: null, ...edit(1, { title: 'a' }) });
    });
    expect(queue.text()).toBe(written);
    await slow.project({ thorough: true });
    expect(queue.text()).toBe(written);
    await slow.store[Symbol.asyncDispose]();
  });
});

describe('a person who edits a tracked queue file', () => {
  test('changes a task that someone holds without taking it away', async () => {
    const queue = await trackedQueue(add('a'), add('b'), claim(1, 'Copilot'));
    queue.edit((file) => {
      Object.assign(file.queue[0]!, { title: 'A', priority: 'HIGH' });
    });
    await queue.command();

    expect(await queue.task(1)).toMatchObject({
      content: { title: 'A', priority: 'HIGH' },
      state: { status: 'in_progress', claim: { agent: 'Copilot' } },
    });
    expect(queue.kept()).toEqual({});
  });

  test('cancels what nobody holds, and is told of a holder that the file hides', async () => {
    const queue = await trackedQueue(add('a'), add('b'), add('c'), claim(1, 'Copilot'));
    await queue.does(claim(3, 'Claude'));
    queue.edit((file) => {
      file.queue[0]!['status'] = 'cancelled';
      file.queue[1]!['status'] = 'cancelled';
      file.queue.length = 2;
    });
    await queue.command();

    const states = (await queue.tasks()).map(({ state }) => state.status);
    expect(states).toEqual(['in_progress', 'cancelled', 'in_progress']);
    expect(queue.reasons()).toContain('#1 status: Copilot holds it, which the file hides');
    expect(queue.reasons()).toContain('#3: Claude holds it, which the file hides');
  });

  test('began with the file as it was written, whatever was chosen since', async () => {
    const queue = await editedQueue(add('a'), claim(1, 'Copilot'));
    const live = queue.text();
    track(queue, true);
    await queue.command();
    queue.edit((file) => {
      file.queue[0]!['title'] = 'A';
    }, live);
    await queue.command();

    expect(await queue.task(1)).toMatchObject({
      content: { title: 'A' },
      state: { status: 'in_progress' },
    });
    queue.edit((file) => {
      file.queue[0]!['status'] = 'pending';
    }, live);
    await queue.command();
    expect((await queue.task(1)).state.status).toBe('pending');
  });
});
