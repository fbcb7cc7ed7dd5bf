/** Everything that the queue view's model is made of, gathered by whoever knows the world. */
import type { Instant } from '../core/ids.ts';
import type { PickContext } from '../core/pick.ts';
import type { Queue } from '../core/queue.ts';
import type { Holder, Task } from '../core/task.ts';
import type { KindWords } from '../protocol/settings.ts';
import type { Params } from '../protocol/webview.ts';
import type { Attention, OutputTail, QueueViewModel, ToolCall } from '../protocol/webviewModel.ts';

export type Section = Params<'showMore'>['section'];

/** What the program of one attempt said so far. */
export interface LiveAttempt {
  readonly token: number;
  readonly output: OutputTail;
  readonly percent: number | null;
  readonly progress: string | null;
  readonly tools: readonly ToolCall[];
}

export type PermissionRow = Extract<Attention, { type: 'permission' }>;
export type HealthRow = Extract<Attention, { type: 'health' }>;

export interface ViewInput {
  readonly now: Instant;
  readonly queue: Queue;
  readonly context: PickContext;
  readonly store: QueueViewModel['store'];
  readonly kinds: ReadonlyMap<string, KindWords>;
  /** Where programs run. */
  readonly workspaceDir: string;
  /** This person, as in the log. */
  readonly self: string;
  /** How lanes of places like this one are labelled; null where none is ever started. */
  readonly ownLabel: string | null;
  /** Whether a person started the lane here. */
  readonly started: boolean;
  /** Whether this process owns the lane. */
  readonly ownsLane: boolean;
  /** Whether the process of a holder is provably gone. */
  readonly isGone: (holder: Holder) => boolean;
  /** Whether the task's program may run. */
  readonly isApproved: (task: Task) => boolean;
  readonly digestOf: (task: Task) => string;
  /** Where a task came from, such as `added by Claude`. */
  readonly originOf: (task: Task) => string;
  readonly live: LiveAttempt | null;
  /** In the order in which they were asked. */
  readonly questions: readonly PermissionRow[];
  /** Token of the newest attempt of the kind when its error was put away. */
  readonly dismissed: ReadonlyMap<string, number>;
  readonly health: readonly HealthRow[];
  /** How many rows of a list were asked for, where more than usual. */
  readonly rows: Readonly<Partial<Record<Section, number>>>;
}
