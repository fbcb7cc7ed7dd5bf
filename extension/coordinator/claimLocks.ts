/**
 * What the coordinator asks of the visible lock directories. They tell people and plain scripts
 * what is held; the log alone decides.
 */
import type { Instant, Position, TaskId } from '../core/ids.ts';
import type { Holder } from '../core/task.ts';

export interface LockedClaim {
  readonly agent: string;
  readonly holder: Holder | null;
  readonly commandId: string;
  readonly at: Instant;
}

export type LockTaken =
  | { readonly ok: true }
  /** A plain script made it; it is respected as held by `owner`. */
  | { readonly ok: false; readonly by: 'script'; readonly owner: string }
  /** It was just made and nobody has signed it: a claim of ours or a script will at once. */
  | { readonly ok: false; readonly by: 'unsigned' }
  /** Another claim of ours holds it, or is about to. */
  | { readonly ok: false; readonly by: 'claim' };

export interface ClaimLocks {
  /** Makes the directory of `task` for a claim that is about to be recorded. */
  take(task: TaskId, claim: LockedClaim): LockTaken;
  /** Completes the directory once the claim has its token. */
  nameToken(task: TaskId, token: Position): void;
  /** Removes the directory of a claim that was not recorded, if it is still that command's. */
  drop(task: TaskId, commandId: string): void;
}
