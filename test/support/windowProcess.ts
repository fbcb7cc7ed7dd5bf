/**
 * A window in a process of its own: the worker thread, with messages carried over to the test.
 *
 * Arguments: the bundled worker, and its options as JSON.
 */
import { Worker } from 'node:worker_threads';

const [workerPath = '', options = '{}'] = process.argv.slice(2);
const thread = new Worker(workerPath, { workerData: JSON.parse(options) as unknown });
thread.on('message', (message) => process.send?.(message));
thread.on('exit', () => process.exit(0));
process.on('message', (message) => thread.postMessage(message));
// Without the test there is nobody to tell.
process.on('disconnect', () => process.exit(0));
