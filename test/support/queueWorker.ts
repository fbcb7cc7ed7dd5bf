/**
 * The worker thread as it ships, in a thread of a test or in a process of its own that can be
 * killed like a window.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type {
  FromWorker,
  QueueWorker,
  ToWorker,
  WorkerEvent,
  WorkerOptions,
} from '../../extension/vscode/worker/contract.ts';
import type { QueueViewModel } from '../../extension/protocol/webviewModel.ts';
import { eventually } from './supervisor.ts';

export interface Port {
  post(message: ToWorker): void;
  onMessage(listener: (message: FromWorker) => void): void;
  end(): Promise<unknown>;
}

/** One window: typed calls, every event it heard, and the newest model it was told. */
export class QueueWindow {
  readonly events: WorkerEvent[] = [];
  readonly #port: Port;
  readonly #open = new Map<number, (message: FromWorker) => void>();
  #lastId = 0;
  #model: QueueViewModel | null = null;

  constructor(port: Port) {
    this.#port = port;
    port.onMessage((message) => {
      if (message.type === 'answer' || message.type === 'failure') {
        this.#open.get(message.id)?.(message);
        this.#open.delete(message.id);
        return;
      }
      this.events.push(message);
      if (message.type === 'update') this.#model = message.model;
    });
  }

  /** As the host knows it: by what it was told, without asking. */
  get model(): QueueViewModel | null {
    return this.#model;
  }

  async call<Method extends keyof QueueWorker>(
    method: Method,
    ...args: Parameters<QueueWorker[Method]>
  ): Promise<Awaited<ReturnType<QueueWorker[Method]>>> {
    const id = ++this.#lastId;
    const answered = new Promise<FromWorker>((resolve) => this.#open.set(id, resolve));
    this.#port.post({ id, method, args } as unknown as ToWorker);
    const answer = await answered;
    if (answer.type === 'failure') throw new Error(answer.message);
    if (answer.type !== 'answer') throw new Error(`No answer: ${answer.type}`);
    return answer.value as never;
  }

  /** Resolves with the first model it is told that `test` holds for. */
  async sees(
    what: string,
    test: (model: QueueViewModel) => boolean,
    deadlineMs = 60_000,
  ): Promise<QueueViewModel> {
    const found = () => (this.#model !== null && test(this.#model) ? this.#model : undefined);
    return eventually(`a window sees that ${what}`, found, deadlineMs).catch((error: unknown) => {
      const logs = this.events.filter(({ type }) => type === 'log');
      throw new Error(`${String(error)}\n${JSON.stringify([this.#model, logs], null, 1)}`);
    });
  }

  /** All the live text of an attempt, in the order in which it came. */
  textOf(token: number): string {
    return this.events
      .filter((event) => event.type === 'output' && event.token === token)
      .map((event) => (event.type === 'output' ? event.text : ''))
      .join('');
  }

  end(): Promise<unknown> {
    return this.#port.end();
  }
}

/** A folder of its own for a workspace, and one for this person's approvals. */
export async function newPlace() {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'signalbox-window-')));
  return { dir, dispose: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }) };
}

export function workerOptions(
  workspaceDir: string,
  home: string,
  supervisorPath: string,
): WorkerOptions {
  const { PATH } = process.env;
  return {
    workspaceDir,
    supervisorPath,
    by: 'human:ann',
    env: { PATH, HOME: home, SIGNALBOX_HOME: home },
    agents: {},
  };
}

export function openWindow(workerPath: string, options: WorkerOptions): QueueWindow {
  const thread = new Worker(workerPath, { workerData: options });
  thread.on('error', (error) => {
    throw error;
  });
  return new QueueWindow({
    post: (message) => thread.postMessage(message),
    onMessage: (listener) => thread.on('message', listener),
    end: () => thread.terminate(),
  });
}
