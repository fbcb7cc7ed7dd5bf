/**
 * Attempts over time, a row for each agent, from the records of the log.
 *
 * Works on any stretch of the log: an end whose beginning lies before it is left out.
 */
import type { EventName, LogRecord } from '../event.ts';
import type { Instant, Position, TaskId, TaskKey } from '../ids.ts';
import { taskKey } from '../ids.ts';

/** How an attempt ended. */
export type EndReason =
  | 'completed'
  | 'failed'
  | 'timed-out'
  | 'interrupted'
  | 'preempted'
  | 'released'
  | 'expired'
  | 'cancelled'
  | 'skipped';

/** One claim to its end. */
export interface AttemptSpan {
  readonly task: TaskId;
  readonly agent: string;
  /** Whether the lane ran it. */
  readonly lane: boolean;
  /** Fencing token: position of the claim. */
  readonly token: Position;
  /** From 1. */
  readonly attempt: number;
  readonly from: Instant;
  /** Null while it lasts. Never before `from`, even where the clock was set back. */
  readonly to: Instant | null;
  readonly end: EndReason | null;
  /** What was recorded with its end: a result, an error, a reason. */
  readonly message: string | null;
}

export interface TimelineRow {
  readonly agent: string;
  readonly lane: boolean;
  /** In the order of their claims. */
  readonly spans: readonly AttemptSpan[];
}

const endOf: Partial<Record<EventName, EndReason>> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  TIMEOUT: 'timed-out',
  INTERRUPTED: 'interrupted',
  PREEMPTED: 'preempted',
  RELEASED: 'released',
  LEASE_EXPIRED: 'expired',
  CANCELLED: 'cancelled',
  SKIPPED: 'skipped',
};

/** How `event` ends an attempt, or null where it ends none. */
export function endReason(event: EventName): EndReason | null {
  return endOf[event] ?? null;
}

/** All attempts that begin in `records`, in the order of their claims. */
export function attemptSpans(records: Iterable<LogRecord>): readonly AttemptSpan[] {
  const spans: AttemptSpan[] = [];
  /** Index of the attempt that holds each task. */
  const open = new Map<TaskKey, number>();
  for (const record of records) {
    if (record.task === null) continue;
    const key = taskKey(record.task);
    if (record.event === 'CLAIMED') {
      open.set(key, spans.length);
      spans.push(begun(record, record.task));
      continue;
    }
    const end = endReason(record.event);
    const index = open.get(key);
    const span = index === undefined ? undefined : spans[index];
    if (end === null || index === undefined || span === undefined) continue;
    open.delete(key);
    const to = record.at > span.from ? record.at : span.from;
    spans[index] = { ...span, to, end, message: record.message };
  }
  return spans;
}

function begun({ seq, at, agent, data }: LogRecord<'CLAIMED'>, task: TaskId): AttemptSpan {
  return {
    task,
    agent: agent ?? 'unknown',
    lane: data.lane === true,
    token: seq,
    attempt: data.attempt,
    from: at,
    to: null,
    end: null,
    message: null,
  };
}

/** The attempts by who made them; an agent's own claims and those of the lane are two rows. */
export function timeline(records: Iterable<LogRecord>): readonly TimelineRow[] {
  const rows = new Map<string, { agent: string; lane: boolean; spans: AttemptSpan[] }>();
  for (const span of attemptSpans(records)) {
    const { agent, lane } = span;
    const key = `${lane ? 'lane' : 'agent'} ${agent}`;
    const row = rows.get(key);
    if (row === undefined) rows.set(key, { agent, lane, spans: [span] });
    else row.spans.push(span);
  }
  return [...rows.values()];
}
