/** Turns what the queue answered into what crosses to the host. */
import type { Outcome as QueueOutcome } from '../coordinator/coordinator.ts';
import type { Stopped } from '../coordinator/stopLane.ts';
import { WorkspaceError } from '../coordinator/workspace.ts';
import type { Outcome } from '../protocol/webview.ts';
import { StoreError } from '../store/taskStore.ts';

export const done: Outcome = { ok: true };

export type Refusal = Extract<Outcome, { ok: false }>;

export function refused(reason: string, message: string): Refusal {
  return { ok: false, reason, message };
}

export function answerOf(outcome: QueueOutcome): Outcome {
  if (outcome.ok) return done;
  return refused(outcome.rejection.reason, outcome.rejection.message);
}

export function answerOfStop(stopped: Stopped): Outcome {
  return stopped.type === 'not-stopped' ? refused('lane-held', stopped.message) : done;
}

/** What the world refuses is said in its own words; anything else is a mistake and is thrown. */
export function answerOfError(error: unknown): Refusal {
  if (error instanceof StoreError || error instanceof WorkspaceError) {
    return refused(error.code.toLowerCase().replaceAll('_', '-'), error.message);
  }
  throw error;
}
