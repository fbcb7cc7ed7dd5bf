/**
 * Who holds what, since when, and whether and why a lock may be cleaned: for `lock check` and
 * `lock list`.
 *
 * Looks only. Claims end by `LeaseWatch`, plain scripts' locks by `cleanScriptLocks`.
 */
import type { Instant, Position, TaskId } from '../core/ids.ts';
import { taskKey } from '../core/ids.ts';
import { expiryEvidence, whyKept } from '../core/lease.ts';
import { tasksOf } from '../core/queue.ts';
import type { Task } from '../core/task.ts';
import { claimOf } from '../core/task.ts';
import type { Desk } from './desk.ts';
import type { ScriptLock } from './projector/lockDirs.ts';

export interface LockReport {
  readonly task: TaskId;
  readonly owner: string;
  /** `script`: a plain script made the lock directory; the log knows nothing of it. */
  readonly by: 'claim' | 'lane' | 'script';
  readonly token: Position | null;
  readonly pid: number | null;
  readonly since: Instant;
  /** Null where none was ever sent, or where none is looked for. */
  readonly lastBeatAt: Instant | null;
  readonly mayClean: boolean;
  /** What allows to clean it, or what keeps it. */
  readonly why: string;
}

/** Every lock that stands, of claims in the order of their tokens, then of plain scripts. */
export async function lockReports(desk: Desk): Promise<readonly LockReport[]> {
  const reports: LockReport[] = [];
  for (const task of [...tasksOf(desk.queue, desk.queue.held)]) {
    const report = await ofClaim(desk, task);
    if (report !== null) reports.push(report);
  }
  reports.sort((a, b) => (a.token ?? 0) - (b.token ?? 0));
  const claimed = new Set(reports.map(({ task }) => taskKey(task)));
  const scripts = desk.scriptLocks().filter(({ task }) => !claimed.has(taskKey(task)));
  return [...reports, ...scripts.map(ofScript)];
}

async function ofClaim(desk: Desk, task: Task): Promise<LockReport | null> {
  const claim = claimOf(task);
  if (claim === null) return null;
  const { agent, token, claimedAt, holder, lane } = claim;
  const beat = await desk.store.lastBeat(task.id, token);
  const about = {
    task: task.id,
    owner: agent,
    token,
    pid: holder?.pid ?? null,
    since: claimedAt,
    lastBeatAt: beat?.at ?? null,
  };
  if (lane) {
    const why = 'the lane runs it; whoever takes the lane over settles what it left';
    return { ...about, by: 'lane', mayClean: false, why };
  }
  const sighting = await desk.sighting(task, claim);
  const evidence = expiryEvidence(desk.rules, sighting);
  const why = evidence ?? whyKept(desk.rules, sighting);
  return { ...about, by: 'claim', mayClean: evidence !== null, why };
}

function ofScript({ task, owner, pid, changedAt, isStale }: ScriptLock): LockReport {
  const why = isStale
    ? 'its process is gone, or it recorded none, and it is old'
    : 'a plain script made it; it is stale when its process is gone and it is older than an hour';
  return {
    task,
    owner: owner ?? 'unknown',
    by: 'script',
    token: null,
    pid,
    since: changedAt,
    lastBeatAt: null,
    mayClean: isStale,
    why,
  };
}

/** Removes what the stale rule allows of plain scripts' locks; answers with their tasks. */
export function cleanScriptLocks(desk: Desk): readonly TaskId[] {
  const stale = desk.scriptLocks().filter(({ isStale }) => isStale);
  for (const { task } of stale) desk.dropScriptLock(task);
  return stale.map(({ task }) => task);
}
