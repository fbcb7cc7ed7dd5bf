/** Calls to the worker thread are answered once, and fail when the thread is gone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startWorker, WorkerGoneError } from '../../../extension/vscode/workerClient.ts';
import type { WorkerClient } from '../../../extension/vscode/workerClient.ts';
import type { WorkerEvent } from '../../../extension/vscode/worker/contract.ts';

let dir: string;
let client: WorkerClient | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'signalbox-client-'));
});

afterEach(async () => {
  await client?.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Starts a thread that treats each message as `body` says. */
function started(body: string) {
  const file = join(dir, 'worker.mjs');
  writeFileSync(
    file,
    `import { parentPort, workerData } from 'node:worker_threads';
     const post = (message) => parentPort.postMessage(message);
     parentPort.on('message', ({ id, method, args }) => {
       if (method === 'close') { post({ type: 'answer', id }); return; }
       ${body}
     });`,
  );
  const events: WorkerEvent[] = [];
  const gone: string[] = [];
  client = startWorker({
    file,
    options: { workspaceDir: dir, supervisorPath: '', by: 'human:me', env: {}, agents: {} },
    onEvent: (event) => events.push(event),
    onGone: (reason) => gone.push(reason),
  });
  return { client, events, gone };
}

test('answers find their questions in any order', async () => {
  const { client: thread } = started(`
    globalThis.held ??= [];
    held.push({ id, value: args[0] });
    if (held.length === 2) for (const { id, value } of held.reverse())
      post({ type: 'answer', id, value: String(value) });
  `);
  const answers = await Promise.all([thread.call('transcript', 1), thread.call('transcript', 2)]);
  expect(answers).toEqual(['1', '2']);
});

test('a failure is the error of its call alone', async () => {
  const { client: thread } = started(
    `post(method === 'transcript' ? { type: 'failure', id, message: 'no such file' } : { type: 'answer', id, value: 'well' });`,
  );
  await expect(thread.call('transcript', 1)).rejects.toThrow('no such file');
  await expect(thread.call('describeHealth')).resolves.toBe('well');
});

test('a thread that dies fails what waits for it and is told once', async () => {
  const { client: thread, gone } = started(`setImmediate(() => { throw new Error('bug'); });`);
  await expect(thread.call('describeHealth')).rejects.toBeInstanceOf(WorkerGoneError);
  await expect(thread.call('describeHealth')).rejects.toThrow('bug');
  expect(gone).toEqual(['bug']);
});

test('a thread that is told to end is not reported as lost', async () => {
  const { client: thread, gone } = started('');
  await Promise.all([thread.close(), thread.close()]);
  expect(gone).toEqual([]);
});

test('what the thread says comes in its order', async () => {
  const { client: thread, events } = started(`
    post({ type: 'lane', started: true, message: null });
    post({ type: 'lane', started: false, message: 'taken over' });
    post({ type: 'answer', id, value: 'said' });
  `);
  await thread.call('describeHealth');
  expect(events).toEqual([
    { type: 'lane', started: true, message: null },
    { type: 'lane', started: false, message: 'taken over' },
  ]);
});
