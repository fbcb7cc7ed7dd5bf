/**
 * Evening out what has not started: each ready task is set aside for the least loaded agent that
 * can do it. Nothing is claimed, and after a while an unclaimed task is anyone's again.
 */
import type { Command } from '../command.ts';
import { accept, happened } from '../decision.ts';
import type { DecideContext, Decision } from '../decision.ts';
import type { QueueEvent } from '../event.ts';
import { instant } from '../ids.ts';
import { candidates, leastLoaded, loads } from '../load.ts';
import { waitingInOrder, waitReason } from '../pick.ts';
import type { Queue } from '../queue.ts';
import type { Task } from '../task.ts';
import { isLaneTask } from '../task.ts';
import { queuePaused } from './claim.ts';

/** How long a task is kept for the agent that it was set aside for. */
const setAsideMs = 600_000;
/** The first in order; nobody gets to more of them before they are anyone's again. */
const mostTasks = 500;

export function decideBalance(
  queue: Queue,
  _command: Command<'balance'>,
  context: DecideContext,
): Decision {
  if (queue.paused.queue) return queuePaused();
  const { now, rules } = context;
  const agents = candidates(queue, rules);
  const shares = new Map(loads(queue, context));
  const ready = waitingInOrder(queue, context).filter((task) => isReady(queue, task, context));
  const events: QueueEvent[] = [];
  for (const task of ready.slice(0, mostTasks)) {
    const kept = task.setAside !== undefined && task.setAside.until > now ? task.setAside : null;
    // A retry was set aside for a reason of its own.
    const isFixed = kept !== null && kept.balanced !== true;
    // Of equals the one that has it already, so that balancing twice changes nothing.
    const inOrder = kept === null ? agents : [kept.agent, ...agents];
    const agent = isFixed ? kept.agent : leastLoaded(inOrder, task, rules, shares);
    if (agent === null) continue;
    shares.set(agent, (shares.get(agent) ?? 0) + 1);
    const lastsLong = kept !== null && kept.until - now > setAsideMs / 2;
    if (isFixed || (kept?.agent === agent && lastsLong)) continue;
    const message = `Set aside for ${agent}`;
    const about = { task: task.id, agent, message, status: task.state.status };
    events.push(happened('ASSIGNED', about, { until: instant(now + setAsideMs) }));
  }
  return accept(null, ...events);
}

/** Whether it only waits for someone to begin it: whom it is set aside for does not matter. */
function isReady(queue: Queue, task: Task, context: DecideContext): boolean {
  if (isLaneTask(task) || task.state.status !== 'pending') return false;
  return waitReason(queue, task, task.setAside?.agent ?? null, context) === null;
}
