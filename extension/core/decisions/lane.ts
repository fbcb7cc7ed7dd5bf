/**
 * The lane: who owns it, what it runs, and how it is asked to stop.
 *
 * Its ownership is a lease like a claim's, with its own fencing token: every command of the lane
 * carries it, so a lane that was taken over cannot start or settle anything.
 */
import type { Command, Settlement } from '../command.ts';
import { accept, happened, refuse, unknownTask } from '../decision.ts';
import type { DecideContext, Decision } from '../decision.ts';
import type { EventName, QueueEvent } from '../event.ts';
import { taskKey } from '../ids.ts';
import type { Position } from '../ids.ts';
import { isSameProcess } from '../lease.ts';
import { isWaiting, waitReason } from '../pick.ts';
import { describeTask, findTask, laneAttempt } from '../queue.ts';
import type { Queue } from '../queue.ts';
import { claimOf, isLaneTask } from '../task.ts';
import type { TaskStatus } from '../task.ts';
import { failDependents } from './dependents.ts';

export function decideLaneAcquire(queue: Queue, command: Command<'laneAcquire'>): Decision {
  const { owner } = queue.lane;
  const { holder, label, by: agent } = command;
  if (owner !== null) {
    if (isSameProcess(owner.holder, holder)) return accept(null);
    return refuse(
      'lane-held',
      `The lane is held by ${owner.label} (process ${String(owner.holder.pid)}), which runs the tasks. Only one may; watch it with \`signalbox status\`.`,
    );
  }
  const about = { task: null, agent, message: `${label} took the lane` };
  return accept(null, happened('LANE', about, { action: 'acquired', holder, label }));
}

export function decideLaneEnd(
  queue: Queue,
  command: Command<'laneRelease' | 'laneExpire'>,
): Decision {
  const { owner } = queue.lane;
  if (owner?.token !== command.lane) return accept(null);
  const about = { task: null, agent: command.by };
  if (command.type === 'laneRelease') {
    const message = `${owner.label} gave up the lane`;
    return accept(
      null,
      happened('LANE', { ...about, message }, { action: 'released', lane: owner.token }),
    );
  }
  const { evidence } = command;
  const message = `${owner.label} lost the lane: ${evidence}`;
  const data = { action: 'expired', lane: owner.token, evidence } as const;
  return accept(null, happened('LANE', { ...about, message }, data));
}

export function decideLaneClaim(
  queue: Queue,
  command: Command<'laneClaim'>,
  context: DecideContext,
): Decision {
  const task = findTask(queue, command.task);
  if (task === undefined) return unknownTask(command.task);
  const lost = notOwner(queue, command.lane);
  if (lost !== null) return lost;
  const running = laneAttempt(queue);
  if (running !== null) {
    return refuse('lane-held', `The lane runs ${describeTask(running.task)} already.`);
  }
  if (queue.lane.alive.length > 0) {
    const pids = queue.lane.alive.join(', ');
    return refuse('lane-held', `Processes of a stopped program are still alive: ${pids}.`);
  }
  if (queue.paused.lane || queue.paused.queue) return refuse('paused', 'The lane is paused.');
  const reason = isWaiting(task) ? waitReason(queue, task, null, context) : null;
  if (!isLaneTask(task) || !isWaiting(task) || reason !== null) {
    return refuse('not-waiting', `${describeTask(task)} cannot be started now.`);
  }
  return accept(task.id, ...laneClaimEvents(task, command));
}

function laneClaimEvents(
  task: {
    readonly id: Command<'laneClaim'>['task'];
    readonly attempts: number;
    readonly state: { readonly status: TaskStatus };
  },
  { agent, holder }: Command<'laneClaim'>,
): readonly QueueEvent[] {
  const attempt = task.attempts + 1;
  const about = { task: task.id, agent };
  // A program that is no agent goes by the lane's own name.
  const by = agent === 'lane' ? '' : ` with ${agent}`;
  const claimed = happened(
    'CLAIMED',
    { ...about, message: `Started by the lane${by}`, status: 'in_progress' },
    { attempt, holder, lane: true },
  );
  if (task.state.status !== 'failed') return [claimed];
  const message = `Attempt ${String(attempt)}`;
  return [happened('RETRY', { ...about, message, status: 'pending' }, { attempt }), claimed];
}

function notOwner(queue: Queue, lane: Position): Decision | null {
  if (queue.lane.owner?.token === lane) return null;
  return refuse('stale-token', 'This process no longer owns the lane; another one took it over.');
}

const settlements: Record<Settlement, { readonly event: EventName; readonly status: TaskStatus }> =
  {
    interrupt: { event: 'INTERRUPTED', status: 'interrupted' },
    preempt: { event: 'PREEMPTED', status: 'pending' },
    cancel: { event: 'CANCELLED', status: 'cancelled' },
    release: { event: 'RELEASED', status: 'pending' },
    skip: { event: 'SKIPPED', status: 'skipped' },
  };

export function decideLaneSettle(queue: Queue, command: Command<'laneSettle'>): Decision {
  const task = findTask(queue, command.task);
  if (task === undefined) return unknownTask(command.task);
  const lost = command.lane === undefined ? null : notOwner(queue, command.lane);
  if (lost !== null) return lost;
  const claim = claimOf(task);
  if (claim?.token !== command.token || !claim.lane) {
    return refuse(
      'stale-token',
      `${describeTask(task)} is no longer held by the lane under token ${String(command.token)}.`,
    );
  }
  const { event, status } = settlements[command.as];
  const about = { task: task.id, agent: command.by, message: command.reason, status };
  const settled = happened(event, about, { token: claim.token });
  const ends = command.as === 'cancel' || command.as === 'skip';
  return accept(task.id, settled, ...(ends ? failDependents(queue, task) : []));
}

export function decideLaneReport(queue: Queue, command: Command<'laneReport'>): Decision {
  const { data, by: agent } = command;
  const lost = command.lane === undefined ? null : notOwner(queue, command.lane);
  if (lost !== null) return lost;
  const attempt = laneAttempt(queue);
  if (data.action === 'started') {
    if (attempt?.claim.token !== data.token) {
      return refuse('stale-token', 'The attempt was settled before its program could start.');
    }
    const message = `Program of ${describeTask(attempt.task)} starts under process ${String(data.process.pid)}`;
    return accept(
      attempt.task.id,
      happened('LANE', { task: attempt.task.id, agent, message }, data),
    );
  }
  if (data.action === 'quiet' && queue.lane.alive.length === 0) return accept(null);
  const message = data.action === 'held' ? `Still alive: ${data.pids.join(', ')}` : 'All quiet';
  return accept(null, happened('LANE', { task: null, agent, message }, data));
}

/** A task that a person wants gone is not put back by a preemption that comes after. */
const stopStrength = { preempt: 0, interrupt: 1, cancel: 2 };

/** Asks for a stop. `task` narrows it: a stop meant for one task never hits the next one. */
export function decideInterrupt(queue: Queue, command: Command<'interrupt'>): Decision {
  const attempt = laneAttempt(queue);
  const meant = command.task;
  if (attempt === null || (meant !== undefined && taskKey(meant) !== taskKey(attempt.task.id))) {
    return accept(null);
  }
  const { task, claim } = attempt;
  const { then, reason, farewell, by: agent } = command;
  // A second request while the first is on its way adds nothing, unless it asks for more.
  const { stop } = queue.lane;
  if (stop?.token === claim.token && stopStrength[then] <= stopStrength[stop.then]) {
    return accept(task.id);
  }
  const data = { action: 'interrupt', token: claim.token, then, reason } as const;
  const about = { task: task.id, agent, message: reason, status: 'in_progress' as const };
  return accept(
    task.id,
    happened('LANE', about, farewell === undefined ? data : { ...data, farewell }),
  );
}
