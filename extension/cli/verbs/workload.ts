/** `signalbox workload`: who holds what, how much each may hold, how their attempts ended. */
import type { Instant } from '../../core/ids.ts';
import type { AgentAttempts, AgentWorkload } from '../../core/projections/workload.ts';
import { attemptsByAgent, noAttempts, workload } from '../../core/projections/workload.ts';
import { startOfDay } from '../overview.ts';
import { terminalWidth } from '../render/text.ts';
import { workloadLines } from '../render/workload.ts';
import type { Verb } from '../verb.ts';
import { items } from '../answer.ts';

export const verb: Verb = {
  usage: 'workload',
  summary: 'For each agent: what it holds and may hold, what it did today, how often it failed.',
  async run(invocation) {
    const desk = await invocation.desk();
    const now = desk.now();
    const rows = workload(desk.queue, desk.rules, now);
    const attempts = attemptsByAgent(await desk.history(), startOfDay(now));
    const lines = workloadLines(rows, attempts, { now, width: terminalWidth(), held: true });
    const list = rows.map((row) => json(row, attempts.get(row.agent) ?? noAttempts));
    return items(list, lines.length === 0 ? 'No agents yet.' : lines.join('\n'));
  },
};

function json(row: AgentWorkload, { completed, failed, since }: AgentAttempts): unknown {
  const { agent, lane, configured, capabilities, capacity, held, setAside, lastSeenAt } = row;
  const ended = completed + failed;
  return {
    ...{ agent, lane, configured, capabilities, capacity },
    held: held.map(({ since: at, ...task }) => ({ ...task, claimed_on: iso(at) })),
    set_aside: setAside,
    failing: row.failing,
    today: since,
    completed,
    failed,
    failure_rate: ended === 0 ? null : Math.round((1000 * failed) / ended) / 1000,
    last_seen: lastSeenAt === null ? null : iso(lastSeenAt),
  };
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}
