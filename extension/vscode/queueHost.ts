/**
 * This window's hold on its queue: starts the worker thread when it is needed, keeps the newest
 * model, and passes on what the thread says.
 *
 * Starts no thread in an untrusted workspace, decides nothing about tasks and shows nothing.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { findWorkspace, hasLog } from '../coordinator/workspace.ts';
import type { QueueViewModel } from '../protocol/webviewModel.ts';
import { emptyModel } from '../view/emptyModel.ts';
import type { WorkerClient } from './workerClient.ts';
import { startWorker } from './workerClient.ts';
import type { WorkerEvent, WorkerOptions } from './worker/contract.ts';

export interface Snapshot {
  readonly end: number;
  readonly model: QueueViewModel;
}

export interface QueueHost {
  /** The newest that is known, without asking. */
  readonly model: QueueViewModel;
  /** Whether this window's lane is started. */
  readonly laneStarted: boolean;
  /** Why the thread is gone that should be there, or null. */
  readonly failure: string | null;
  /** Whether a thread runs now. */
  readonly isAwake: boolean;
  /** `model`, `laneStarted` or `failure` changed. */
  readonly onDidChange: vscode.Event<void>;
  /** What the thread said, in its order. */
  readonly onDidHear: vscode.Event<WorkerEvent>;
  /**
   * Asks the thread, and starts it where there is none.
   *
   * @throws {Error} with a sentence for people where there can be none
   */
  ask: WorkerClient['call'];
  /** The whole as it is now; of an absent thread what is known without it. */
  snapshot(): Promise<Snapshot>;
  /** Whether the folder has a queue, by a look at its files. */
  hasQueue(): boolean;
  /** Starts the thread, unless it runs or may not. */
  wake(): void;
  /** Reads the whole again. */
  refresh(): Promise<void>;
  /** Ends the thread and starts another; what runs is given back, and runs again. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface QueueHostOrder {
  /** The extension's `dist/`. */
  readonly dist: string;
  readonly log: vscode.LogOutputChannel;
  /** Read at each start of the thread. */
  readonly options: () => Pick<WorkerOptions, 'by' | 'env' | 'agents'>;
}

export function createQueueHost({ dist, log, options }: QueueHostOrder): QueueHost {
  const changed = new vscode.EventEmitter<void>();
  const heard = new vscode.EventEmitter<WorkerEvent>();
  let client: WorkerClient | undefined;
  let known: Snapshot | undefined;
  let laneStarted = false;
  let failure: string | null = null;

  const hear = (event: WorkerEvent): void => {
    if (event.type === 'log') log[event.level](event.message);
    if (event.type === 'lane') {
      laneStarted = event.started;
      if (event.message !== null) log.info(event.message);
    }
    if (event.type === 'update') known = { end: event.end, model: event.model };
    heard.fire(event);
    if (event.type === 'update' || event.type === 'lane') changed.fire();
  };

  const start = (): WorkerClient => {
    const folder = folderOfQueue();
    if (folder === undefined) throw new Error('Open a folder first: a queue belongs to a folder.');
    if (!vscode.workspace.isTrusted) {
      throw new Error('This workspace is not trusted, so nothing is run, sent or written here.');
    }
    failure = null;
    const started = startWorker({
      file: path.join(dist, 'worker.js'),
      options: {
        workspaceDir: folder,
        supervisorPath: path.join(dist, 'supervise.js'),
        ...options(),
      },
      onEvent: (event) => {
        if (client === started) hear(event);
      },
      onGone: (reason) => {
        if (client !== started) return;
        client = undefined;
        laneStarted = false;
        failure = reason;
        log.error(`The queue's worker thread is gone: ${reason}`);
        changed.fire();
      },
    });
    client = started;
    log.info(`The queue of ${folder} is open.`);
    void refresh(started);
    return started;
  };

  // Asynchronous, so that whoever asks hears in one way why there can be no answer.
  const awake = async (): Promise<WorkerClient> => client ?? start();

  /** Without it, nothing is known until something changes. */
  const refresh = async (of: WorkerClient): Promise<void> => {
    try {
      const snapshot = await of.call('snapshot');
      if (client !== of) return;
      known = snapshot;
      changed.fire();
    } catch (error) {
      log.error(`The queue could not be read: ${String(error)}`);
    }
  };

  const model = (): QueueViewModel => {
    if (failure !== null) {
      const message = `The queue's worker is gone: ${failure}. Run "Signalbox: Restart".`;
      const base = known?.model ?? emptyModel(Date.now(), true, { state: 'none', message: null });
      return { ...base, active: null, store: { state: 'halted', message } };
    }
    if (client !== undefined && known !== undefined) return known.model;
    const state = client === undefined ? 'none' : 'loading';
    return emptyModel(Date.now(), vscode.workspace.isTrusted, { state, message: null });
  };

  const close = async (): Promise<void> => {
    const ending = client;
    client = undefined;
    known = undefined;
    laneStarted = false;
    await ending?.close();
  };

  return {
    get model() {
      return model();
    },
    get laneStarted() {
      return laneStarted;
    },
    get failure() {
      return failure;
    },
    get isAwake() {
      return client !== undefined;
    },
    onDidChange: changed.event,
    onDidHear: heard.event,
    ask: (method, ...args) => awake().then((thread) => thread.call(method, ...args)),
    snapshot: async () => {
      if (client !== undefined) return await client.call('snapshot');
      return { end: known?.end ?? 0, model: model() };
    },
    hasQueue,
    wake: () => {
      if (client !== undefined || failure !== null) return;
      if (folderOfQueue() !== undefined && vscode.workspace.isTrusted) start();
    },
    refresh: async () => await refresh(client ?? start()),
    restart: async () => {
      await close();
      start();
      changed.fire();
    },
    close,
  };
}

/** The folder whose queue this window shows: the first that has one, else the first. */
function folderOfQueue(): string | undefined {
  const folders = (vscode.workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri }) => uri.fsPath);
  return folders.find(folderHasQueue) ?? folders[0];
}

function hasQueue(): boolean {
  const folder = folderOfQueue();
  return folder !== undefined && folderHasQueue(folder);
}

function folderHasQueue(folder: string): boolean {
  // Before trust only names are looked at: nothing of git, and no folder above.
  if (!vscode.workspace.isTrusted) {
    return [['AI', 'log'], ['.signalbox', 'log'], ['TASK_QUEUE.json']].some((parts) =>
      existsSync(path.join(folder, ...parts)),
    );
  }
  try {
    const paths = findWorkspace({ cwd: folder, env: process.env });
    return hasLog(paths) || existsSync(paths.queueFile);
  } catch {
    // A worktree whose queue is out of reach: asking for the queue says so.
    return false;
  }
}
