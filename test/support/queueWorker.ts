/**
 * The worker thread as it ships, in a thread of a test or in a process of its own that can be
 * killed like a window.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import type { TaskContent } from '../../extension/core/task.ts';
import type {
  FromWorker,
  QueueWorker,
  ToWorker,
  WorkerEvent,
  WorkerOptions,
} from '../../extension/vscode/worker/contract.ts';
import type { QueueViewModel } from '../../extension/protocol/webviewModel.ts';
import { bundle, eventually } from './supervisor.ts';

interface Port {
  post(message: ToWorker): void;
  onMessage(listener: (message: FromWorker) => void): void;
  end(): Promise<unknown>;
}

/** One window: typed calls, every event it heard, and the newest model it was told. */
export class QueueWindow {
  readonly events: WorkerEvent[] = [];
  /** Whether it was told to close; it answers nothing more. */
  isClosed = false;
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
    if (method === 'close') this.isClosed = true;
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

/** The bundles that windows are made of, and whatever was made with them. */
export class Windows {
  readonly #bundles: readonly Awaited<ReturnType<typeof bundle>>[];
  readonly #worker: string;
  readonly #supervisor: string;
  readonly #process: string;

  constructor(bundles: readonly Awaited<ReturnType<typeof bundle>>[]) {
    this.#bundles = bundles;
    const [worker, supervisor, process] = bundles;
    this.#worker = worker?.path ?? '';
    this.#supervisor = supervisor?.path ?? '';
    this.#process = process?.path ?? '';
  }

  async dispose(): Promise<void> {
    for (const each of this.#bundles) await each.dispose();
  }

  /** A folder for a test, and this person's own beside it; both go after the test. */
  newPlace(): Place {
    const dir = realpathSync(mkdtempSync(join(tmpdir(), 'signalbox-window-')));
    const place = { folder: join(dir, 'project'), home: join(dir, 'home') };
    for (const each of [place.folder, place.home]) mkdirSync(each);
    onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }));
    return place;
  }

  /** A window in a thread of the test. It is closed after the test. */
  open(place: Place): QueueWindow {
    const thread = new Worker(this.#worker, { workerData: this.#options(place) });
    const window = new QueueWindow({
      post: (message) => thread.postMessage(message),
      onMessage: (listener) => thread.on('message', listener),
      end: () => thread.terminate(),
    });
    return closedAfterwards(window);
  }

  /** A window in a process of its own, which `kill` ends as `kill -9` does. */
  openProcess(place: Place): QueueWindow & { kill: () => Promise<void> } {
    const child = fork(this.#process, [this.#worker, JSON.stringify(this.#options(place))]);
    const window = new QueueWindow({
      post: (message) => {
        if (child.connected) child.send(message);
      },
      onMessage: (listener) =>
        child.on('message', (message) => listener(message as unknown as FromWorker)),
      end: async () => child.kill('SIGKILL'),
    });
    const kill = async () => {
      const exited = once(child, 'exit');
      window.isClosed = true;
      child.kill('SIGKILL');
      await exited;
    };
    return Object.assign(closedAfterwards(window), { kill });
  }

  #options({ folder, home, agents = {} }: Place): WorkerOptions {
    const { PATH } = process.env;
    return {
      workspaceDir: folder,
      supervisorPath: this.#supervisor,
      by: 'human:ann',
      env: { PATH, HOME: home, SIGNALBOX_HOME: home },
      agents,
    };
  }
}

export interface Place {
  readonly folder: string;
  readonly home: string;
  /** Command lines of agents, as an editor's machine settings would name them. */
  readonly agents?: WorkerOptions['agents'];
}

/** Builds the worker, the supervisor, and a process to carry a window. */
export async function bundleWindows(): Promise<Windows> {
  const entries = [
    'extension/vscode/worker/main.ts',
    'extension/runner/supervise.ts',
    'test/support/windowProcess.ts',
  ];
  return new Windows(await Promise.all(entries.map(bundle)));
}

const closeDeadlineMs = 10_000;

function closedAfterwards(window: QueueWindow): QueueWindow {
  onTestFinished(async () => {
    if (window.isClosed) return;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise((resolve) => {
      timer = setTimeout(resolve, closeDeadlineMs);
    });
    await Promise.race([window.call('close').catch(() => undefined), limit]);
    clearTimeout(timer);
    await window.end();
  });
  return window;
}

/** A task of the lane that runs `commandLine`. */
export function shell(
  title: string,
  commandLine: string,
  more: Partial<TaskContent> = {},
): TaskContent {
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
