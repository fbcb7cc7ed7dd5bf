/**
 * The queue's worker thread as typed calls: matches answers to questions, and says when it is gone.
 *
 * Knows nothing of what is asked, and starts no second thread by itself.
 */
import { Worker } from 'node:worker_threads';
import type { FromWorker, QueueWorker, WorkerEvent, WorkerOptions } from './worker/contract.ts';

export interface WorkerClient {
  /** @throws {WorkerGoneError} when the thread ended before it answered. */
  call<Method extends keyof QueueWorker>(
    method: Method,
    ...args: Parameters<QueueWorker[Method]>
  ): Promise<Awaited<ReturnType<QueueWorker[Method]>>>;
  /** Lets it give back what it runs, and ends the thread. Safe to repeat. */
  close(): Promise<void>;
}

export interface WorkerOrder {
  /** The bundled `worker.js`. */
  readonly file: string;
  readonly options: WorkerOptions;
  readonly onEvent: (event: WorkerEvent) => void;
  /** It ended without being told to; nothing is heard of it any more. */
  readonly onGone: (reason: string) => void;
}

export class WorkerGoneError extends Error {
  readonly code = 'WORKER_GONE';

  constructor(reason: string) {
    super(`The queue's worker is gone: ${reason}. Start it again with "Signalbox: Restart".`);
    this.name = 'WorkerGoneError';
  }
}

/** An editor that closes waits five seconds for its extensions. */
const closeLimitMs = 4_500;

interface Open {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export function startWorker({ file, options, onEvent, onGone }: WorkerOrder): WorkerClient {
  const thread = new Worker(file, { workerData: options, stdout: true, stderr: true });
  const open = new Map<number, Open>();
  let lastId = 0;
  let gone: string | undefined;
  let closing: Promise<void> | undefined;

  const end = (reason: string): void => {
    if (gone !== undefined) return;
    gone = reason;
    for (const { reject } of open.values()) reject(new WorkerGoneError(reason));
    open.clear();
    if (closing === undefined) onGone(reason);
  };
  thread.on('error', (error) => end(error instanceof Error ? error.message : String(error)));
  thread.on('exit', (code) => end(`it ended with ${code}`));
  for (const stream of [thread.stdout, thread.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) =>
      onEvent({ type: 'log', level: 'warn', message: text.trimEnd() }),
    );
  }
  thread.on('message', (message: FromWorker) => {
    if (message.type === 'answer') {
      open.get(message.id)?.resolve(message.value);
      open.delete(message.id);
    } else if (message.type === 'failure') {
      open.get(message.id)?.reject(new Error(message.message));
      open.delete(message.id);
    } else {
      onEvent(message);
    }
  });

  const call: WorkerClient['call'] = async (method, ...args) => {
    if (gone !== undefined) throw new WorkerGoneError(gone);
    const id = ++lastId;
    const answered = new Promise<unknown>((resolve, reject) => open.set(id, { resolve, reject }));
    thread.postMessage({ id, method, args });
    // The contract says what it is; both sides are one build.
    return (await answered) as never;
  };

  const close = async (): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeLimitMs);
    });
    // It may be gone already, or go with its answer unsent: both are what was asked for.
    await Promise.race([call('close').catch(() => undefined), limit]);
    clearTimeout(timer);
    await thread.terminate();
  };
  return {
    call,
    close: () => {
      if (closing !== undefined) return closing;
      const ended = close();
      closing = ended;
      return ended;
    },
  };
}
