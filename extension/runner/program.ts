/**
 * The port that every kind of program implements: what the lane starts for a task, and what it
 * hears from it.
 *
 * Knows nothing of the queue: it neither claims nor completes. A new kind of program is one file in
 * `programs/` that implements `Program`.
 */
import type { TaskId } from '../core/ids.ts';

/** What a program says while it works, in the order it was said. */
export type ProgramEvent =
  | { readonly type: 'chunk'; readonly text: string; readonly stream?: 'stdout' | 'stderr' }
  | {
      readonly type: 'tool_use';
      /** Identifies the tool call within the attempt; a later event with the same id updates it. */
      readonly toolId: string;
      /** One line for a person, such as `Edit story/scene-07.md`. */
      readonly title: string;
      readonly status: 'pending' | 'running' | 'done' | 'failed';
      readonly detail?: string;
    }
  | { readonly type: 'progress'; readonly percent?: number; readonly message?: string };

/** How a program ended, as seen by whoever started it. */
export type ProgramEnd =
  | { readonly outcome: 'completed'; readonly result: string | null }
  | { readonly outcome: 'failed'; readonly errorClass: string; readonly message: string }
  /** It ended because `stop` was called; whatever it had said was emitted before this. */
  | { readonly outcome: 'stopped' };

/** Identifies a process beyond the reuse of its pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** As the operating system gives it (Linux: field 22 of `/proc/<pid>/stat`); '' when unknown. */
  readonly startTime: string;
  /** Value of `SIGNALBOX_COOKIE` in the environment of the program and all its descendants. */
  readonly cookie: string;
}

/** A person's answer to what an agent asks; `later` keeps the question open. */
export interface PermissionQuestion {
  readonly questionId: string;
  readonly title: string;
  readonly detail: string;
  readonly options: readonly {
    readonly optionId: string;
    readonly label: string;
    readonly kind: 'allow_once' | 'allow_always' | 'reject_once' | 'reject_always';
  }[];
}
export type PermissionAnswer =
  { readonly outcome: 'selected'; readonly optionId: string } | { readonly outcome: 'cancelled' };

/** What a program may ask of the lane while it runs. */
export interface ProgramHost {
  emit(event: ProgramEvent): void;
  /**
   * Resolves when what was emitted has been taken in. A program waits for it after it emitted, so
   * that a flood of output slows the program down instead of filling memory.
   */
  drained?(): Promise<void> | void;
  /**
   * Resolves with a person's answer, or `cancelled` once the attempt is being stopped. Where
   * `withdrawn` aborts, the program does not need the answer any more.
   */
  ask(question: PermissionQuestion, withdrawn?: AbortSignal): Promise<PermissionAnswer>;
  /**
   * Keeps `value` (JSON, small) for the attempt that goes on where this one is stopped; it comes
   * back as `ProgramRequest.checkpoint`. The last one counts.
   */
  checkpoint?(value: unknown): void;
}

/** Everything a program is told about the attempt. Text in it is data, never part of a command. */
export interface ProgramRequest {
  readonly task: TaskId;
  readonly token: number;
  /** From 1. */
  readonly attempt: number;
  readonly session: string | null;
  readonly title: string;
  /** The prompt: the task's description, or its title where it has none. */
  readonly prompt: string;
  /** Absolute path in which the program runs. */
  readonly workspaceDir: string;
  /** Where a preempted attempt left off, if the program gave a checkpoint. */
  readonly checkpoint: unknown;
}

/** The deadlines of a stop: ask politely, then terminate the tree, then kill it. */
export interface StopLadder {
  readonly askMs: number;
  readonly terminateMs: number;
}

export type StopReport =
  | { readonly quiet: true; readonly by: 'ask' | 'terminate' | 'kill' | 'already-ended' }
  /** Something of the tree is still alive after everything was tried; the lane stays held. */
  | { readonly quiet: false; readonly alive: readonly number[] };

/** A program that was prepared: its supervisor lives, the program itself waits for `begin`. */
export interface PreparedProgram {
  /**
   * To be recorded before `begin`, so that whoever comes after a crash can verify silence. Null for
   * a program that has no process of its own.
   */
  readonly process: ProcessIdentity | null;
  /** Lets the program start. Called at most once. */
  begin(): void;
  /** Resolves once, when the program and its whole process tree are gone. Never rejects. */
  readonly ended: Promise<ProgramEnd>;
  /**
   * Stops the program: ask, terminate the tree, kill the tree, each step after its deadline.
   * Resolves when all is quiet or when nothing more can be done. Calling it twice is harmless,
   * before `begin` too.
   */
  stop(ladder: StopLadder): Promise<StopReport>;
}

/** One kind of program, bound to one task's command. */
export interface Program {
  prepare(request: ProgramRequest, host: ProgramHost): Promise<PreparedProgram>;
}
