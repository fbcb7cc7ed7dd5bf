/**
 * What the lane does now: the one active task, and the lane's phase.
 *
 * Knows nothing of windows, output or limits; what the program says while it works is not folded.
 */
import type { Instant, Position, TaskId } from '../ids.ts';
import type { LaneStop, Queue } from '../queue.ts';
import { laneAttempt } from '../queue.ts';

export interface ActiveTask {
  readonly task: TaskId;
  readonly title: string;
  readonly kind: string;
  readonly session: string | null;
  readonly agent: string;
  /** Fencing token of the attempt. */
  readonly token: Position;
  /** From 1. */
  readonly attempt: number;
  readonly since: Instant;
  readonly estimateMinutes: number | null;
  readonly percent: number | null;
  /** What its program last said about its progress. */
  readonly message: string | null;
  /** The stop that was asked for and is not over, or null. */
  readonly stop: LaneStop | null;
}

/** The task that the lane runs, or null. There is never a second one. */
export function activeTask(queue: Queue): ActiveTask | null {
  const running = laneAttempt(queue);
  if (running === null) return null;
  const { task, claim } = running;
  const { stop } = queue.lane;
  return {
    task: task.id,
    title: task.content.title,
    kind: task.content.kind,
    session: task.content.session ?? null,
    agent: claim.agent,
    token: claim.token,
    attempt: task.attempts,
    since: claim.claimedAt,
    estimateMinutes: task.content.estimateMinutes ?? null,
    percent: claim.percent ?? null,
    message: claim.message ?? null,
    stop: stop?.token === claim.token ? stop : null,
  };
}

/**
 * - `stopping`: the active task was asked to stop and has not ended yet.
 * - `held`: something of a stopped program is still alive, so nothing starts.
 * - `paused`: nothing more starts; an active task still runs to its end.
 * - `running`: a task is active.
 * - `idle`: none of these.
 *
 * The first that fits, in this order.
 */
export type LanePhase = 'stopping' | 'held' | 'paused' | 'running' | 'idle';

export interface LaneStatus {
  readonly phase: LanePhase;
  /** Who runs the lane, for people; null where nobody does. */
  readonly owner: string | null;
  readonly active: ActiveTask | null;
}

export function laneStatus(queue: Queue): LaneStatus {
  const active = activeTask(queue);
  return { phase: phaseOf(queue, active), owner: queue.lane.owner?.label ?? null, active };
}

function phaseOf({ lane, paused }: Queue, active: ActiveTask | null): LanePhase {
  if (active !== null && active.stop !== null) return 'stopping';
  if (lane.alive.length > 0) return 'held';
  if (paused.lane || paused.queue) return 'paused';
  return active === null ? 'idle' : 'running';
}
