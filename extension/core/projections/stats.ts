/**
 * Figures about the queue: how much waits, runs and ended, how long it waits and runs.
 *
 * From the fold alone, so a task counts with its last attempt; earlier ones are in the timeline.
 */
import type { Instant, Millis, TaskId } from '../ids.ts';
import type { Queue } from '../queue.ts';
import { tasksOf } from '../queue.ts';
import type { Priority, Task, TaskStatus } from '../task.ts';
import { priorities } from '../task.ts';

const hourMs = 3_600_000;
/** Throughput is taken over this long, so that a quiet hour at lunch does not read as a standstill. */
const throughputWindowMs = 24 * hourMs;

export interface Tally {
  /** Pending, or failed with a retry to come. */
  readonly waiting: number;
  readonly running: number;
  /** Poisoned or interrupted: they wait for a person. */
  readonly attention: number;
  readonly ended: number;
}

export interface Durations {
  readonly count: number;
  /** Null where there is nothing to count. */
  readonly meanMs: Millis | null;
  readonly medianMs: Millis | null;
}

export interface Stats extends Tally {
  readonly total: number;
  readonly byStatus: Readonly<Record<TaskStatus, number>>;
  readonly byPriority: Readonly<Record<Priority, Tally>>;
  /** Tasks of no session are not in it. */
  readonly bySession: ReadonlyMap<string, Tally>;
  /** From a task's creation to the claim of its last attempt. */
  readonly waitTime: Durations;
  /** Of the attempts that completed. */
  readonly runTime: Durations;
  /** Completed tasks per hour over the last day, or since the first task where that is shorter. */
  readonly throughputPerHour: number;
  readonly completedLastHour: number;
  readonly oldestWaiting: {
    readonly task: TaskId;
    readonly since: Instant;
    readonly waitedMs: Millis;
  } | null;
}

type MutableTally = { -readonly [Field in keyof Tally]: Tally[Field] };

export function stats(queue: Queue, now: Instant): Stats {
  const all = emptyTally();
  const byStatus = emptyStatuses();
  const byPriority = Object.fromEntries(
    priorities.map((priority) => [priority, emptyTally()]),
  ) as Record<Priority, MutableTally>;
  const bySession = new Map<string, MutableTally>();
  const waits: number[] = [];
  const runs: number[] = [];
  let oldest: Task | null = null;
  for (const task of tasksOf(queue, queue.tasks.keys())) {
    const { state, content, lastClaim } = task;
    const column = columnOf(state.status);
    byStatus[state.status]++;
    all[column]++;
    byPriority[content.priority][column]++;
    if (content.session !== undefined) sessionTally(bySession, content.session)[column]++;
    if (lastClaim !== null) waits.push(Math.max(0, lastClaim.claimedAt - task.createdAt));
    const ran = runTimeMs(task);
    if (ran !== null) runs.push(ran);
    const isOlder = oldest === null || task.createdAt < oldest.createdAt;
    if (column === 'waiting' && isOlder) oldest = task;
  }
  return {
    ...all,
    total: queue.tasks.size,
    byStatus,
    byPriority,
    bySession,
    waitTime: durations(waits),
    runTime: durations(runs),
    ...throughput(queue, now),
    oldestWaiting: oldest && {
      task: oldest.id,
      since: oldest.createdAt,
      waitedMs: Math.max(0, now - oldest.createdAt) as Millis,
    },
  };
}

function emptyTally(): MutableTally {
  return { waiting: 0, running: 0, attention: 0, ended: 0 };
}

function emptyStatuses(): Record<TaskStatus, number> {
  return {
    pending: 0,
    in_progress: 0,
    failed: 0,
    poisoned: 0,
    interrupted: 0,
    completed: 0,
    cancelled: 0,
    skipped: 0,
  };
}

function columnOf(status: TaskStatus): keyof Tally {
  switch (status) {
    case 'pending':
    case 'failed':
      return 'waiting';
    case 'in_progress':
      return 'running';
    case 'poisoned':
    case 'interrupted':
      return 'attention';
    case 'completed':
    case 'cancelled':
    case 'skipped':
      return 'ended';
  }
}

function sessionTally(bySession: Map<string, MutableTally>, session: string): MutableTally {
  const tally = bySession.get(session) ?? emptyTally();
  bySession.set(session, tally);
  return tally;
}

function runTimeMs({ state, lastClaim }: Task): number | null {
  if (state.status !== 'completed' || lastClaim === null) return null;
  return Math.max(0, state.at - lastClaim.claimedAt);
}

function durations(values: number[]): Durations {
  const count = values.length;
  if (count === 0) return { count, meanMs: null, medianMs: null };
  values.sort((a, b) => a - b);
  const middle = Math.floor(count / 2);
  const upper = values[middle] ?? 0;
  const lower = count % 2 === 0 ? (values[middle - 1] ?? upper) : upper;
  const sum = values.reduce((total, value) => total + value, 0);
  return {
    count,
    meanMs: Math.round(sum / count) as Millis,
    medianMs: Math.round((lower + upper) / 2) as Millis,
  };
}

function throughput(
  queue: Queue,
  now: Instant,
): Pick<Stats, 'throughputPerHour' | 'completedLastHour'> {
  let inWindow = 0;
  let inHour = 0;
  for (const { state } of tasksOf(queue, queue.ended)) {
    if (state.status !== 'completed' || state.at > now) continue;
    if (now - state.at <= throughputWindowMs) inWindow++;
    if (now - state.at <= hourMs) inHour++;
  }
  const first = queue.tasks.values().next().value;
  const since = Math.max(now - throughputWindowMs, first?.createdAt ?? now);
  // A queue of a few minutes is taken as an hour old: one task in a second is no rate of 3,600.
  const hours = Math.max(1, (now - since) / hourMs);
  return { throughputPerHour: inWindow / hours, completedLastHour: inHour };
}
