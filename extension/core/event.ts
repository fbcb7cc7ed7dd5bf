/**
 * What happened: the facts that the log keeps and that the queue is folded from.
 *
 * Names and meanings are the log's format, so a change here needs an upgrade path. Which of them
 * may happen is `decide`'s business; how they reach a line is `protocol/record`'s.
 */
import type { Instant, Position, TaskId } from './ids.ts';
import type { BlobRef, Holder, Priority, TaskContent, TaskPast, TaskStatus } from './task.ts';

/** Where an attempt's process can be found again. */
export interface ProcessRecord {
  readonly pid: number;
  readonly startTime: string;
  readonly cookie: string;
}

/** What the lane is asked or reports; one event, so that everyone sees the lane in one place. */
export type LaneData =
  | { readonly action: 'acquired'; readonly holder: Holder; readonly label: string }
  | { readonly action: 'released'; readonly lane: Position }
  | { readonly action: 'expired'; readonly lane: Position; readonly evidence: string }
  /** The program's supervisor is alive; the program starts after this is recorded. */
  | { readonly action: 'started'; readonly token: Position; readonly process: ProcessRecord }
  | {
      readonly action: 'interrupt';
      readonly token: Position;
      readonly then: 'interrupt' | 'cancel' | 'preempt';
      readonly reason: string;
      readonly farewell?: string;
    }
  /** Something of a stopped program is still alive: nothing starts until it is gone. */
  | { readonly action: 'held'; readonly pids: readonly number[] }
  | { readonly action: 'quiet' };

/** Present on an end that came from its holder; a person's forced end has no token of its own. */
interface EndData {
  readonly token: Position;
}
interface FailureData extends EndData {
  readonly errorClass: string;
  readonly failures: number;
  /** When the next attempt may begin; null where there is none. */
  readonly notBeforeAt: Instant | null;
}

/**
 * Why a part of the log was sealed: it had grown long (`size`), the audit file was to begin anew
 * (`audit`), later lines may be of a newer format (`upgrade`), the disk failed to keep what was
 * written to it (`sync`), or the log goes on in another store (`move`).
 */
export type SealReason = 'size' | 'audit' | 'upgrade' | 'sync' | 'move';

export interface EventData {
  GENESIS: { readonly store: string };
  CREATED: TaskContent;
  IMPORTED: {
    readonly content: TaskContent;
    readonly attempts: number;
    readonly failures: number;
    readonly at: Instant | null;
    readonly result: string | BlobRef | null;
    readonly actualMinutes: number;
    readonly past?: TaskPast;
  };
  /** With `whole`, optional fields that are not in `content` are gone. */
  EDITED: { readonly content: Partial<TaskContent>; readonly whole?: boolean };
  CLAIMED: { readonly attempt: number; readonly holder: Holder | null; readonly lane?: boolean };
  RELEASED: EndData & { readonly forced?: boolean };
  PROGRESS: EndData & { readonly percent: number };
  CHECKPOINT: EndData & { readonly checkpoint: unknown };
  COMPLETED: EndData & {
    readonly result: string | BlobRef | null;
    readonly actualMinutes: number;
  };
  FAILED: FailureData;
  TIMEOUT: FailureData;
  LEASE_EXPIRED: EndData & { readonly evidence: string; readonly expirations: number };
  /** The task is pending again: on its own when due, or by hand with someone it is set aside for. */
  RETRY: {
    readonly attempt: number;
    readonly setAside?: { readonly agent: string; readonly until: Instant };
  };
  DEPENDENCY_BLOCKED: { readonly open: readonly TaskId[] };
  POISON_PILL: { readonly failures: number; readonly errorClass: string };
  CLEARED: Record<string, never>;
  CANCELLED: { readonly token?: Position };
  SKIPPED: { readonly token?: Position };
  INTERRUPTED: EndData;
  PREEMPTED: EndData;
  ASSIGNED: { readonly until?: Instant };
  REPRIORITIZED: { readonly priority: Priority };
  /** New places, lowest first; every task named is now one that a person moved. */
  MOVED: { readonly ranks: readonly (readonly [TaskId, number])[] };
  PAUSED: { readonly scope: 'lane' | 'queue' };
  RESUMED: { readonly scope: 'lane' | 'queue' };
  SESSION: { readonly focus: string | null };
  NOTE: { readonly event?: string; readonly status?: string };
  AGENT: {
    readonly capabilities?: readonly string[];
    readonly capacity?: number;
    readonly removed?: boolean;
  };
  LANE: LaneData;
  HEALED: {
    readonly done: readonly string[];
    /** How the log is kept, as its beginning said, where the event begins a new epoch. */
    readonly store?: string;
  };
  SEALED: {
    readonly why: SealReason;
    /** Where the log goes on, if not beside this part of it. */
    readonly next?: string;
  };
  SNAPSHOT: {
    /** Of the state's encoding; a build reads its own version only. */
    readonly version: number;
    /** How the log is kept, as its beginning said. */
    readonly store: string;
    /** Bytes of all accepted lines before this one. */
    readonly bytesBefore: number;
    /** The queue as folded up to the line before: itself, or where it is kept beside the log. */
    readonly state?: unknown;
    readonly blob?: BlobRef;
  };
}

export type EventName = keyof EventData;

/** One fact, before it has a place in the log. */
export type QueueEvent<Name extends EventName = EventName> = {
  [Each in Name]: {
    readonly event: Each;
    readonly task: TaskId | null;
    readonly agent: string | null;
    /** For people. */
    readonly message: string;
    /** The task's status after it, or null. */
    readonly status: TaskStatus | null;
    readonly data: EventData[Each];
  };
}[Name];

/** A fact with its place: one accepted line of the log. */
export type LogRecord<Name extends EventName = EventName> = QueueEvent<Name> & {
  readonly seq: Position;
  readonly at: Instant;
  /** UUID of the command that caused it. */
  readonly commandId: string;
};
