/** The worker thread of a window as it ships, with real programs. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskContent } from '../../../extension/core/task.ts';
import { bundle, bundleSupervisor, fixtureProgram } from '../../support/supervisor.ts';
import { newPlace, openWindow, workerOptions } from '../../support/queueWorker.ts';
import type { QueueWindow } from '../../support/queueWorker.ts';

let worker: Awaited<ReturnType<typeof bundle>>;
let supervisor: Awaited<ReturnType<typeof bundle>>;
beforeAll(async () => {
  [worker, supervisor] = await Promise.all([
    bundle('extension/vscode/worker/main.ts'),
    bundleSupervisor(),
  ]);
});
afterAll(async () => {
  await Promise.all([worker.dispose(), supervisor.dispose()]);
});

async function newWindow() {
  const place = await newPlace();
  const folder = join(place.dir, 'project');
  const home = join(place.dir, 'home');
  for (const each of [folder, home]) mkdirSync(each);
  const options = workerOptions(folder, home, supervisor.path);
  const window = openWindow(worker.path, options);
  onTestFinished(async () => {
    await window.call('close');
    await window.end();
    await place.dispose();
  });
  return { window, folder, home, options };
}

function shell(title: string, commandLine: string, more: Partial<TaskContent> = {}): TaskContent {
  return {
    title,
    description: null,
    type: 'any',
    kind: 'ai',
    priority: 'NORMAL',
    dependencies: [],
    program: `shell:${commandLine}`,
    ...more,
  };
}

const isDone = (title: string) => (model: NonNullable<QueueWindow['model']>) =>
  model.doneToday.rows.some((row) => row.title === title && row.status === 'completed');

describe('a task that a person adds', () => {
  test('makes the queue, runs at once, and what it says is shown live', async () => {
    const { window } = await newWindow();
    const added = await window.call(
      'add',
      shell('Say hello', `bash -c 'echo hello; sleep 0.5; echo done'`),
    );
    expect(added).toEqual({ ok: true, task: 1, title: 'Say hello', queued: false });
    const model = await window.sees('it is done', isDone('Say hello'));
    expect(model.doneToday.rows[0]).toMatchObject({ id: 1, agent: 'bash', result: 'done' });
    const said = window.events.filter((event) => event.type === 'output');
    expect(said.map(({ seq }) => seq)).toEqual(said.map((_, n) => n + 1));
    expect(said.map(({ text }) => text).join('')).toContain('hello\n');
  });
});
