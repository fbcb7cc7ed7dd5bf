/** Locks as `lock check`, `lock list` and `lock clean` show them, in words and as JSON. */
import type { LockReport } from '../../coordinator/lockReport.ts';
import { formatTaskId } from '../../core/ids.ts';
import type { Instant } from '../../core/ids.ts';
import { plain } from './text.ts';

export function lockJson(report: LockReport, now: Instant): Record<string, unknown> {
  const { task, owner, by, token, pid, since, lastBeatAt, mayClean, why } = report;
  return {
    task,
    owner,
    by,
    token,
    pid,
    since: new Date(since).toISOString(),
    age_seconds: secondsSince(since, now),
    last_heartbeat: lastBeatAt === null ? null : new Date(lastBeatAt).toISOString(),
    may_clean: mayClean,
    why,
  };
}

/** Two lines: who holds it since when, and whether it may be cleaned. */
export function renderLock(report: LockReport, now: Instant): string {
  const { task, owner, token, pid, since, lastBeatAt, mayClean, why } = report;
  const under = token === null ? 'by a plain script' : `under token ${token}`;
  const process = pid === null ? '' : `, process ${pid}`;
  const beat = lastBeatAt === null ? 'no heartbeat' : `last heartbeat ${age(lastBeatAt, now)} ago`;
  const name = formatTaskId(task);
  return [
    plain(`${name} is held by ${owner} for ${age(since, now)} ${under}${process}; ${beat}.`),
    plain(`${mayClean ? 'It may be cleaned' : 'It may not be cleaned'}: ${why}.`),
  ].join('\n');
}

function secondsSince(since: Instant, now: Instant): number {
  return Math.max(0, Math.round((now - since) / 1_000));
}

function age(since: Instant, now: Instant): string {
  const seconds = secondsSince(since, now);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
