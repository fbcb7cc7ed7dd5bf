/**
 * Stands for the extension host: starts the worker thread that owns the queue, and answers with the
 * longest time for which its own loop was blocked until the first view was there.
 *
 * Arguments: the bundled worker and its options as JSON; without them it only waits, for comparison.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { FromWorker, WorkerOptions } from '../../extension/vscode/worker/contract.ts';
import { answer } from '../support/start.ts';

const idleMs = 1_500;

const [workerPath, options = '{}'] = process.argv.slice(2);
await sleep(100);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const startedAt = performance.now();
if (workerPath === undefined) {
  await sleep(idleMs);
} else {
  const workerData = JSON.parse(options) as WorkerOptions;
  const thread = new Worker(workerPath, { workerData });
  await new Promise<void>((resolve, reject) => {
    thread.on('error', reject);
    thread.on('message', (message: FromWorker) => {
      if (message.type === 'update') resolve();
    });
  });
}
const tookMs = performance.now() - startedAt;
await sleep(50);
answer({ tookMs, longestMs: delay.max / 1e6 });
