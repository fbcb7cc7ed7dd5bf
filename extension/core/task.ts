/**
 * A task: what is to be done, and where it stands.
 *
 * Each state carries exactly the facts that hold in it, so an impossible mixture cannot be written.
 */
import type { Instant, Position, TaskId } from './ids.ts';

export const priorities = ['LOW', 'NORMAL', 'HIGH', 'CRITICAL'] as const;
export type Priority = (typeof priorities)[number];

/** What happens to a task when a task that it depends on is cancelled, skipped or poisoned. */
export const dependencyPolicies = ['block', 'fail', 'ignore'] as const;
export type DependencyPolicy = (typeof dependencyPolicies)[number];

/** Text too long for a line of the log: SHA-256 (hex) of its UTF-8 bytes, kept beside the log. */
export interface BlobRef {
  readonly blob: string;
  readonly bytes: number;
}

/** Where a lane task must stop and ask. */
export interface Limits {
  readonly minutes?: number;
  readonly turns?: number;
  readonly tokens?: number;
}

/** What its creator said of a task. Edits change it; nothing else does. */
export interface TaskContent {
  readonly title: string;
  /** The prompt. */
  readonly description: string | BlobRef | null;
  /** `technical`, `content`, `creative`, `any`, or any configured word. */
  readonly type: string;
  /** Status kind, such as `ai`, `sd_prompt`, `sd`. */
  readonly kind: string;
  readonly priority: Priority;
  readonly dependencies: readonly TaskId[];
  readonly onDependencyFailure?: DependencyPolicy;
  /** Dedupe key: while a task with it waits, no second one is added. */
  readonly key?: string;
  readonly session?: string;
  readonly group?: string;
  readonly labels?: readonly string[];
  /** `shell:COMMAND LINE`, `acp:AGENT`, `external`; absent for tasks of outside agents. */
  readonly program?: string;
  /** Command line that must pass before an attempt counts as completed. */
  readonly accept?: string;
  readonly paths?: readonly string[];
  readonly estimateMinutes?: number;
  readonly deadlineAt?: Instant;
  readonly notBeforeAt?: Instant;
  /** `file:PATH`, `branch:NAME` or `cmd:COMMAND LINE`, judged when its turn comes. */
  readonly validIf?: string;
  readonly capture?: unknown;
  readonly background?: boolean;
  readonly preemptible?: boolean;
  readonly limit?: Limits;
  /** Who or what created it, for people; decides nothing. */
  readonly provenance?: string;
  /** Fields of an imported task that this product does not know, kept as they were. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** The process that holds a claim, as recorded when it claimed. */
export interface Holder {
  readonly pid: number;
  /** As the operating system gives it; tells a reused pid apart. */
  readonly startTime: string;
  /** Machine id, OS and kernel; never the host name, which cloned machines share. */
  readonly host: string;
  readonly bootId: string;
  readonly pidNamespace: string;
}

/** One agent's hold on a task: from its `CLAIMED` event to the end of the attempt. */
export interface Claim {
  readonly agent: string;
  /** The fencing token: position of the `CLAIMED` event, so a later claim has a larger one. */
  readonly token: Position;
  readonly claimedAt: Instant;
  /** Null where no process could be recorded: then nobody can judge whether it lives. */
  readonly holder: Holder | null;
  /** Whether the lane holds it, to run its program. */
  readonly lane: boolean;
  readonly percent?: number;
  readonly message?: string;
}

/** A task's way through the queue; see `evolve` for the transitions. */
export type TaskState =
  | { readonly status: 'pending' }
  | { readonly status: 'in_progress'; readonly claim: Claim }
  /** A retry comes at `notBeforeAt`; from then on it counts as pending. */
  | { readonly status: 'failed'; readonly notBeforeAt: Instant }
  /** Gave up; only a person clears it. */
  | {
      readonly status: 'poisoned';
      readonly at: Instant;
      readonly errorClass: string;
      readonly reason: string;
    }
  /** A person stopped it: only retry, run now or cancel leads on. */
  | {
      readonly status: 'interrupted';
      readonly at: Instant;
      /** Who asked for the stop; null where nobody gave a name. */
      readonly by: string | null;
      readonly reason: string;
    }
  | {
      readonly status: 'completed';
      readonly at: Instant;
      readonly result: string | BlobRef | null;
      readonly actualMinutes: number;
    }
  | { readonly status: 'cancelled' | 'skipped'; readonly at: Instant; readonly reason: string };

export type TaskStatus = TaskState['status'];

/** The last failure that a task had. */
export interface Failure {
  readonly agent: string | null;
  readonly errorClass: string;
  readonly message: string;
  readonly at: Instant;
}

/** What an export says of a task's past beyond its content, so that an import may take it up. */
export interface TaskPast {
  readonly createdAt?: Instant;
  readonly expirations?: number;
  readonly lastFailure?: Failure;
  /** Why it gave up. */
  readonly errorClass?: string;
  readonly rank?: number;
  readonly checkpoint?: unknown;
}

export interface Task {
  readonly id: TaskId;
  readonly content: TaskContent;
  readonly state: TaskState;
  readonly createdAt: Instant;
  /** Who added it, as the command said; null where it did not. */
  readonly createdBy: string | null;
  /** Whether it came with a file instead of being added by itself. */
  readonly imported: boolean;
  /** Position of the event that created it; breaks every tie. */
  readonly createdSeq: Position;
  /** How often it was claimed. */
  readonly attempts: number;
  /** Failures that count towards `max_retries`; `recovery clear` zeroes it. */
  readonly failures: number;
  /** Expired leases; they count towards the poison threshold only. */
  readonly expirations: number;
  readonly lastFailure: Failure | null;
  /**
   * Claims since it last became pending of its holder's or a person's own doing. Above one, an
   * unaware earlier holder may still be at work, so a caller must say who it is.
   */
  readonly claimsSincePending: number;
  /** The last claim, kept after it ended, so that its holder's repeat can be recognised. */
  readonly lastClaim: Claim | null;
  /** Place among the tasks that a person moved, lowest first; absent for all others. */
  readonly rank?: number;
  /** Set aside for one agent until an instant; then anyone's. */
  readonly setAside?: {
    readonly agent: string;
    readonly until: Instant;
    /** By `balance`: `next` keeps to it, while whoever names the task gets it all the same. */
    readonly balanced?: true;
  };
  /** Open dependencies that a refused claim already recorded, as one text. */
  readonly blockedBy?: string;
  readonly checkpoint?: unknown;
}

export function isEnded(task: Task): boolean {
  const { status } = task.state;
  return status === 'completed' || status === 'cancelled' || status === 'skipped';
}

/** Whether it ended, or gave up, without completing: what depends on it waits in vain. */
export function willNotComplete({ state: { status } }: Task): boolean {
  return status === 'cancelled' || status === 'skipped' || status === 'poisoned';
}

/** The standing claim, or null where nobody holds the task. */
export function claimOf(task: Task): Claim | null {
  return task.state.status === 'in_progress' ? task.state.claim : null;
}

/** Whether the lane runs the task itself; such a task is not for outside agents. */
export function isLaneTask(task: Task): boolean {
  return task.content.program !== undefined;
}
