/** All that dashboard and report show, gathered at one moment. Draws nothing. */
import type { LogRecord } from '../core/event.ts';
import type { Instant } from '../core/ids.ts';
import { instant } from '../core/ids.ts';
import type { PickContext } from '../core/pick.ts';
import type { QueueView } from '../core/projections/queueView.ts';
import { queueView } from '../core/projections/queueView.ts';
import type { Stats } from '../core/projections/stats.ts';
import { stats } from '../core/projections/stats.ts';
import type { AgentAttempts, AgentWorkload } from '../core/projections/workload.ts';
import { attemptsByAgent, workload } from '../core/projections/workload.ts';
import type { Desk } from '../coordinator/desk.ts';
import type { Attention } from './attention.ts';
import { attentionOf } from './attention.ts';

export interface Overview {
  readonly now: Instant;
  readonly context: PickContext;
  readonly view: QueueView;
  readonly attention: readonly Attention[];
  readonly stats: Stats;
  readonly doneToday: number;
  readonly agents: readonly AgentWorkload[];
  readonly attempts: ReadonlyMap<string, AgentAttempts>;
  /** The newest last. */
  readonly recent: readonly LogRecord[];
}

const recentEvents = 20;

/** `records` is the whole past. */
export function overviewOf(desk: Desk, records: readonly LogRecord[]): Overview {
  const { queue } = desk;
  const context = desk.pickContext();
  const { now } = context;
  const midnight = startOfDay(now);
  const attempts = attemptsByAgent(records, midnight);
  const isApproved = desk.approvals.read(['cli', 'person']);
  return {
    now,
    context,
    view: queueView(queue, context, { needsApproval: (task) => !isApproved(task) }),
    attention: attentionOf(desk),
    stats: stats(queue, now),
    doneToday: [...attempts.values()].reduce((sum, { since }) => sum + since.completed, 0),
    agents: workload(queue, desk.rules, now),
    attempts,
    recent: records.slice(-recentEvents),
  };
}

/** Midnight of the reader's day. */
export function startOfDay(now: Instant): Instant {
  return instant(new Date(now).setHours(0, 0, 0, 0));
}
