/**
 * What crosses between the extension host and the worker thread that owns the queue.
 *
 * The worker opens the log, folds it and runs the lane, so that the host's loop is never blocked;
 * the host shows and asks. Both sides are one build in one process: types suffice here. Every call
 * is answered once, in any order; events come in the order in which things happened.
 */
import type { CommandBody } from '../../core/command.ts';
import type { TaskId } from '../../core/ids.ts';
import type { TaskContent } from '../../core/task.ts';
import type { Outcome, Params } from '../../protocol/webview.ts';
import type { QueueViewModel } from '../../protocol/webviewModel.ts';
import type { ViewEvent } from '../../view/events.ts';

/** Handed to the worker thread as its `workerData`. */
export interface WorkerOptions {
  readonly workspaceDir: string;
  /** The bundled `supervise.js`. */
  readonly supervisorPath: string;
  /** Who asks, in the log: `human:<user name>`. */
  readonly by: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Command lines of agents from machine settings, by name. */
  readonly agents: Readonly<Record<string, AgentCommandSetting>>;
}

export interface AgentCommandSetting {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How a call that may add a task ended. */
export type Added =
  | {
      readonly ok: true;
      readonly task: TaskId;
      readonly title: string;
      readonly queued: boolean;
      /** What the person should know of what they wrote, such as that it holds a secret. */
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly reason: string; readonly message: string };

/** What the host asks of the worker. A refusal is an answer; a thrown error is a failed call. */
export interface QueueWorker {
  /** Makes the folders and the log where there are none; only ever called for what a person did. */
  prepare(): Promise<Outcome>;
  /** Any command about the queue that needs nothing more than being decided and recorded. */
  execute(body: CommandBody): Promise<Outcome>;
  /**
   * Adds a task for a person: its program is approved by this act, and unless the lane is paused
   * or another process owns it, the lane is started. `queued` tells that something else runs now.
   */
  add(content: TaskContent): Promise<Added>;
  startLane(): Promise<Outcome>;
  /** Ends this window's start; what runs goes on to its end. */
  stopLane(): Promise<Outcome>;
  runTaskNow(task: TaskId): Promise<Outcome>;
  /** Stops what runs, or only the attempt that holds `token`; resolves when all is quiet. */
  interrupt(attempt?: { readonly task: TaskId; readonly token: number }): Promise<Outcome>;
  cancelTask(task: TaskId): Promise<Outcome>;
  approveTask(params: Params<'approveTask'>): Promise<Outcome>;
  answerQuestion(params: Params<'answerQuestion'>): Promise<Outcome>;
  dismissKindError(kind: string): Promise<Outcome>;
  showMore(params: Params<'showMore'>): Promise<Outcome>;
  /** The whole model as it is now. */
  snapshot(): Promise<{ readonly end: number; readonly model: QueueViewModel }>;
  /** A task as Markdown: what it says, where it stands, its history. Null where there is none. */
  describeTask(task: TaskId): Promise<string | null>;
  /** What the program of the task's newest attempt said, as text. */
  transcript(task: TaskId): Promise<string>;
  /** Every check of health, as Markdown. */
  describeHealth(): Promise<string>;
  /** Gives the running attempt back, lets go of the lane and the log, and ends the thread. */
  close(): Promise<void>;
}

export type WorkerEvent =
  | ViewEvent
  /** This window's lane started or ended by itself, such as when another process took it over. */
  | { readonly type: 'lane'; readonly started: boolean; readonly message: string | null };

export type ToWorker = {
  readonly [Method in keyof QueueWorker]: {
    readonly id: number;
    readonly method: Method;
    readonly args: Parameters<QueueWorker[Method]>;
  };
}[keyof QueueWorker];

export type FromWorker =
  | WorkerEvent
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly message: string };
