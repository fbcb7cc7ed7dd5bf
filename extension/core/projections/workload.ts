/**
 * Who works on what: for each agent what it holds, how much it may hold, and what it has done.
 *
 * Says nothing of whether an agent is alive; that is judged by processes and heartbeats.
 */
import type { LogRecord } from '../event.ts';
import type { Instant, Position, TaskId } from '../ids.ts';
import { capacityOf } from '../load.ts';
import type { Queue } from '../queue.ts';
import { tasksOf } from '../queue.ts';
import type { Rules } from '../rules.ts';
import { agentRules } from '../rules.ts';
import type { Claim, Task } from '../task.ts';
import { claimOf } from '../task.ts';
import { attemptSpans } from './timeline.ts';

export interface HeldTask {
  readonly task: TaskId;
  readonly title: string;
  readonly token: Position;
  readonly since: Instant;
  readonly percent: number | null;
}

export interface AgentWorkload {
  readonly agent: string;
  /** Whether it holds a task of the lane, or its last one was. */
  readonly lane: boolean;
  /** Whether `AI/agents.json` or the defaults name it, or the agent whose number it is. */
  readonly configured: boolean;
  readonly capabilities: readonly string[];
  readonly capacity: number;
  /** Oldest claim first. */
  readonly held: readonly HeldTask[];
  /** Tasks set aside for it at present. */
  readonly setAside: number;
  readonly completed: number;
  /** Open tasks whose last failure was its own. */
  readonly failing: number;
  /** Its newest claim or completion; null where it never had one. */
  readonly lastSeenAt: Instant | null;
}

interface Tally {
  lane: boolean;
  readonly held: HeldTask[];
  setAside: number;
  completed: number;
  failing: number;
  lastSeenAt: Instant | null;
}

/** One row for each agent that is configured, holds a task, or ever ended one; by name. */
export function workload(queue: Queue, rules: Rules, now: Instant): readonly AgentWorkload[] {
  const tallies = new Map<string, Tally>();
  const tallyOf = (agent: string): Tally => {
    const known = tallies.get(agent);
    if (known !== undefined) return known;
    const fresh: Tally = {
      lane: false,
      held: [],
      setAside: 0,
      completed: 0,
      failing: 0,
      lastSeenAt: null,
    };
    tallies.set(agent, fresh);
    return fresh;
  };
  for (const agent of rules.agents.keys()) tallyOf(agent);
  for (const task of tasksOf(queue, queue.tasks.keys())) count(task, now, tallyOf);
  return [...tallies].map(([agent, tally]) => row(agent, tally, rules)).sort(byName);
}

function count(task: Task, now: Instant, tallyOf: (agent: string) => Tally): void {
  const { state, lastClaim, lastFailure, setAside } = task;
  const claim = claimOf(task);
  if (lastClaim !== null) {
    const tally = tallyOf(lastClaim.agent);
    if (claim !== null) tally.held.push(heldTask(task, claim));
    if (state.status === 'completed') tally.completed++;
    const seenAt = state.status === 'completed' ? state.at : lastClaim.claimedAt;
    if (tally.lastSeenAt === null || seenAt >= tally.lastSeenAt) {
      tally.lastSeenAt = seenAt;
      tally.lane = lastClaim.lane;
    }
  }
  const isFailing = state.status === 'failed' || state.status === 'poisoned';
  const failedBy = lastFailure?.agent ?? null;
  if (isFailing && failedBy !== null) tallyOf(failedBy).failing++;
  const isSetAside = setAside !== undefined && setAside.until > now;
  if (isSetAside && state.status === 'pending') tallyOf(setAside.agent).setAside++;
}

function heldTask({ id, content }: Task, { token, claimedAt, percent }: Claim): HeldTask {
  return { task: id, title: content.title, token, since: claimedAt, percent: percent ?? null };
}

function row(agent: string, tally: Tally, rules: Rules): AgentWorkload {
  const known = agentRules(rules, agent);
  return {
    agent,
    ...tally,
    held: tally.held.sort((a, b) => a.token - b.token),
    configured: known !== undefined,
    capabilities: known?.capabilities ?? [],
    capacity: capacityOf(rules, agent),
  };
}

/** By code units, so that every machine lists them alike. */
function byName(a: AgentWorkload, b: AgentWorkload): number {
  if (a.agent === b.agent) return 0;
  return a.agent < b.agent ? -1 : 1;
}

/** Attempts of one agent that are over. What was released, stopped or expired is neither. */
export interface AttemptCounts {
  readonly completed: number;
  readonly failed: number;
}

export interface AgentAttempts extends AttemptCounts {
  /** Those that ended since the instant asked for. */
  readonly since: AttemptCounts;
}

/** How the attempts in `records` ended, by agent; `since` says from when they are counted apart. */
export function attemptsByAgent(
  records: Iterable<LogRecord>,
  since: Instant,
): ReadonlyMap<string, AgentAttempts> {
  const counts = new Map<string, AgentAttempts>();
  for (const { agent, end, to } of attemptSpans(records)) {
    const completed = Number(end === 'completed');
    const failed = Number(end === 'failed' || end === 'timed-out');
    if (completed + failed === 0) continue;
    const before = counts.get(agent) ?? noAttempts;
    const counted = to !== null && to >= since ? 1 : 0;
    counts.set(agent, {
      completed: before.completed + completed,
      failed: before.failed + failed,
      since: {
        completed: before.since.completed + completed * counted,
        failed: before.since.failed + failed * counted,
      },
    });
  }
  return counts;
}

export const noAttempts: AgentAttempts = {
  completed: 0,
  failed: 0,
  since: { completed: 0, failed: 0 },
};
