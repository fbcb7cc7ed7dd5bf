/**
 * What a place that shows a queue has to do with its lane: an editor may run it, a page in a browser
 * only watches.
 */
import type { Position } from '../core/ids.ts';
import type { Holder } from '../core/task.ts';
import type { PermissionRow } from './viewInput.ts';

export interface SessionLane {
  /** How the lanes of such places are labelled; null where none is ever started from here. */
  readonly ownLabel: string | null;
  /** Whether a person's start stands here. */
  readonly isStarted: boolean;
  /** Whether this process owns the lane. */
  readonly owns: boolean;
  /** Whether what the dead hold is freed while somebody looks. */
  readonly sweeps: boolean;
  /** What the running program asks, in the order in which it was asked. */
  readonly questions: readonly PermissionRow[];
  /** Whether the process of a holder is provably gone. */
  isGone(holder: Holder): boolean;
  /** Something may have changed: the log, an approval, whether the lane's owner lives. */
  nudge(): void;
  /** The attempt of `token`, or any, is to stop: nobody needs an answer to what it asked. */
  withdraw(token?: Position): void;
  /** Ends what a lane left behind whose process is gone. */
  settleLeftovers?(): Promise<void>;
  /** Goes on with a start that stood when the log was opened anew. */
  start?(): Promise<unknown>;
  /** Gives back what runs here. */
  close(): Promise<void>;
}
