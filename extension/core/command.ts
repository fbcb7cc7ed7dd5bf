/**
 * A request to change the queue, as any front end makes it. Whether it is granted is `decide`'s.
 */
import type { Instant, Millis, Position, TaskId } from './ids.ts';
import type { LaneData } from './event.ts';
import type { Place } from './lease.ts';
import type { BlobRef, Holder, Priority, TaskContent, TaskPast, TaskStatus } from './task.ts';

/** Who calls, as far as it can be told: see `authorize`. */
export interface Caller {
  readonly token?: Position | undefined;
  readonly agent: string | null;
  /** The process that would be recorded as holder, or null where none could be found. */
  readonly process: Holder | null;
  /** Where the caller runs, to know whether a recorded holder can be judged from there. */
  readonly place: Place;
}

export type Dedupe =
  { readonly mode: 'keep' | 'replace' } | { readonly mode: 'debounce'; readonly ms: Millis };

export type MovePlace =
  | { readonly to: 'first' }
  | { readonly to: 'last' }
  | { readonly to: 'before'; readonly other: TaskId }
  | { readonly to: 'after'; readonly other: TaskId };

/** One task of an imported file. */
export interface ImportedTask {
  readonly id: TaskId;
  readonly content: TaskContent;
  readonly status: TaskStatus;
  readonly attempts: number;
  readonly failures: number;
  readonly endedAt: Instant | null;
  readonly result: string | BlobRef | null;
  readonly actualMinutes: number;
  readonly reason: string;
  readonly past?: TaskPast;
}

/** How the lane ended an attempt without an outcome. */
export type Settlement = 'interrupt' | 'preempt' | 'cancel' | 'release' | 'skip';

type Body =
  | {
      readonly type: 'add';
      readonly task?: TaskId;
      readonly content: TaskContent;
      readonly dedupe: Dedupe;
    }
  | { readonly type: 'import'; readonly tasks: readonly ImportedTask[] }
  | {
      readonly type: 'edit';
      readonly task: TaskId;
      readonly content: Partial<TaskContent>;
      /** Whether optional fields that are not in `content` are to go. */
      readonly whole?: boolean;
    }
  | { readonly type: 'prioritize'; readonly task: TaskId; readonly priority: Priority }
  | { readonly type: 'move'; readonly task: TaskId; readonly place: MovePlace }
  | {
      readonly type: 'claim';
      readonly task: TaskId;
      readonly agent: string;
      readonly caller: Caller;
      /** As by `lock acquire`: neither open dependencies nor reserved paths stand in the way. */
      readonly lockOnly?: boolean;
    }
  /** Claims for `agent`, or for the least loaded one that can do it. */
  | {
      readonly type: 'assign';
      readonly task: TaskId;
      readonly agent: string | null;
      readonly caller: Caller;
    }
  /** Sets tasks that nobody started aside for the least loaded agents, evenly. */
  | { readonly type: 'balance' }
  | {
      readonly type: 'claimNext';
      readonly agent: string;
      readonly atLeast?: Priority;
      readonly caller: Caller;
    }
  | {
      readonly type: 'progress';
      readonly task: TaskId;
      readonly percent: number;
      readonly message: string;
      readonly caller: Caller;
    }
  | {
      readonly type: 'checkpoint';
      readonly task: TaskId;
      readonly checkpoint: unknown;
      readonly caller: Caller;
    }
  /** Changes which paths a held task will touch. */
  | {
      readonly type: 'reserve';
      readonly task: TaskId;
      readonly add: readonly string[];
      readonly remove: readonly string[] | 'all';
      readonly caller: Caller;
    }
  | {
      readonly type: 'complete';
      readonly task: TaskId;
      readonly result: string | BlobRef | null;
      readonly caller: Caller;
    }
  | {
      readonly type: 'fail';
      readonly task: TaskId;
      readonly errorClass: string;
      readonly message: string;
      readonly caller: Caller;
    }
  | {
      readonly type: 'release';
      readonly task: TaskId;
      readonly reason: string;
      readonly forced: boolean;
      readonly caller: Caller;
    }
  | {
      readonly type: 'cancel';
      readonly task: TaskId;
      readonly reason: string;
      readonly caller: Caller;
    }
  | { readonly type: 'retry'; readonly task: TaskId; readonly setAsideFor: string | null }
  | {
      readonly type: 'expire';
      readonly task: TaskId;
      readonly token: Position;
      readonly evidence: string;
    }
  | { readonly type: 'clearFailures'; readonly task: TaskId }
  /** Records what a heal did besides the events of what it freed and retried. */
  | { readonly type: 'heal'; readonly done: readonly string[] }
  | { readonly type: 'clearWaiting'; readonly session: string | null; readonly all: boolean }
  | { readonly type: 'pause'; readonly scope: 'lane' | 'queue' }
  | { readonly type: 'resume'; readonly scope: 'lane' | 'queue' }
  | { readonly type: 'focus'; readonly session: string | null }
  /** A person configured an agent, or took it out; recorded for the audit, decides nothing. */
  | {
      readonly type: 'agent';
      readonly name: string;
      readonly capabilities?: readonly string[];
      readonly capacity?: number;
      readonly removed?: boolean;
    }
  | {
      readonly type: 'note';
      readonly task: TaskId | null;
      readonly message: string;
      readonly event?: string;
      readonly status?: string;
    }
  /** The lane takes a task to run its program. `lane` is the token of the lane's ownership. */
  | {
      readonly type: 'laneClaim';
      readonly task: TaskId;
      readonly agent: string;
      readonly lane: Position;
      readonly holder: Holder;
    }
  | {
      readonly type: 'laneSettle';
      readonly task: TaskId;
      readonly token: Position;
      readonly as: Settlement;
      readonly reason: string;
      /** Token of the lane's ownership: refused where another one took the lane over since. */
      readonly lane?: Position;
    }
  | { readonly type: 'laneAcquire'; readonly holder: Holder; readonly label: string }
  | { readonly type: 'laneRelease'; readonly lane: Position }
  | { readonly type: 'laneExpire'; readonly lane: Position; readonly evidence: string }
  | {
      readonly type: 'laneReport';
      readonly data: Extract<LaneData, { action: 'started' | 'held' | 'quiet' }>;
      /** As for `laneSettle`. */
      readonly lane?: Position;
    }
  /** Asks the lane's owner to stop what runs; nothing to stop is no refusal. */
  | {
      readonly type: 'interrupt';
      readonly then: 'interrupt' | 'cancel' | 'preempt';
      readonly task?: TaskId;
      readonly reason: string;
      readonly farewell?: string;
    };

export type CommandType = Body['type'];

/** A command before it has an id and an author. */
export type CommandBody<Type extends CommandType = CommandType> = Extract<Body, { type: Type }>;

/** `id` is a UUID by which a repetition after an unknown outcome is recognised. */
export type Command<Type extends CommandType = CommandType> = CommandBody<Type> & {
  readonly id: string;
  /** Who asks; recorded with what comes of it. */
  readonly by: string | null;
};
