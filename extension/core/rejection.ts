/**
 * An expected no: a reason for programs, and a sentence for people.
 *
 * Rejections are answers and are returned. What goes wrong in the world is thrown elsewhere.
 */

export type Reason =
  | 'already-claimed'
  | 'already-ended'
  | 'already-open'
  | 'at-capacity'
  | 'cycle'
  | 'dependencies-open'
  | 'duplicate'
  | 'identity-needed'
  | 'invalid-file'
  | 'invalid-value'
  | 'lane-held'
  | 'lane-task'
  | 'needs-approval'
  | 'not-capable'
  | 'not-claimed'
  | 'not-due'
  | 'not-waiting'
  | 'paths-reserved'
  | 'paused'
  | 'poisoned'
  | 'queue-full'
  | 'recorded-id'
  | 'stale-token'
  | 'unknown-task';

export interface Rejection {
  readonly reason: Reason;
  /** What was refused, for which task, why, and what to do next. */
  readonly message: string;
}
