/**
 * Entry point of the worker thread that owns the window's queue. Wires messages to the queue, and
 * does nothing else.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { FromWorker, QueueWorker, ToWorker, WorkerOptions } from './contract.ts';
import { WorkspaceQueue } from './workspaceQueue.ts';

const port = parentPort;
if (port === null) throw new Error('This is the thread of an editor window, not a program.');

const tell = (message: FromWorker) => port.postMessage(message);
const queue = new WorkspaceQueue(workerData as WorkerOptions, tell);
/** The union over methods cannot be followed through an index; the two types are built in step. */
const methods = queue as unknown as Record<
  keyof QueueWorker,
  (...given: readonly unknown[]) => Promise<unknown>
>;

port.on('message', (call: ToWorker) => void answer(call));
// A projection or a watcher that fails is no reason to stop what runs.
process.on('unhandledRejection', (error) => {
  tell({ type: 'log', level: 'error', message: textOf(error) });
});

void queue.open();

async function answer({ id, method, args }: ToWorker): Promise<void> {
  try {
    tell({ type: 'answer', id, value: await methods[method](...args) });
  } catch (error) {
    tell({ type: 'failure', id, message: textOf(error) });
  }
  if (method === 'close') port?.close();
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
