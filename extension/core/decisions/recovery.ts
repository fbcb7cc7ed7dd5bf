/** Second chances: retrying, reviving a poison pill, and freeing a task whose holder is gone. */
import { poisonCause } from '../backoff.ts';
import type { Command } from '../command.ts';
import { accept, happened, refuse, unknownTask } from '../decision.ts';
import type { DecideContext, Decision } from '../decision.ts';
import { instant } from '../ids.ts';
import { describeTask, findTask } from '../queue.ts';
import type { Queue } from '../queue.ts';
import { claimOf } from '../task.ts';
import { failDependents } from './dependents.ts';

/** How long a retried task is kept for the agent that it was set aside for. */
const setAsideMs = 600_000;

export function decideRetry(
  queue: Queue,
  command: Command<'retry'>,
  { now }: DecideContext,
): Decision {
  const task = findTask(queue, command.task);
  if (task === undefined) return unknownTask(command.task);
  const name = describeTask(task);
  const { setAsideFor } = command;
  switch (task.state.status) {
    case 'poisoned':
      return refuse(
        'poisoned',
        `${name} gave up and is retried only after a person clears it: \`signalbox recovery clear ${String(task.id)}\`.`,
      );
    case 'in_progress':
      return refuse('already-claimed', `${name} is being worked on by ${task.state.claim.agent}.`);
    case 'completed':
    case 'cancelled':
    case 'skipped':
      return refuse('already-ended', `${name} is ${task.state.status}; add a new task instead.`);
    case 'pending':
      return accept(task.id);
    case 'failed':
    case 'interrupted': {
      const attempt = task.attempts + 1;
      const message = setAsideFor === null ? 'To be retried' : `To be retried by ${setAsideFor}`;
      const about = { task: task.id, agent: command.by, message, status: 'pending' as const };
      const setAside = setAsideFor && { agent: setAsideFor, until: instant(now + setAsideMs) };
      return accept(
        task.id,
        happened('RETRY', about, setAside ? { attempt, setAside } : { attempt }),
      );
    }
  }
}

export function decideClearFailures(queue: Queue, command: Command<'clearFailures'>): Decision {
  const task = findTask(queue, command.task);
  if (task === undefined) return unknownTask(command.task);
  const { status } = task.state;
  const isClearable = status === 'failed' || status === 'poisoned' || status === 'pending';
  if (!isClearable || (status === 'pending' && task.failures + task.expirations === 0)) {
    return accept(task.id);
  }
  const message = `Cleared ${String(task.failures)} failures`;
  const about = { task: task.id, agent: command.by, message, status: 'pending' as const };
  return accept(task.id, happened('CLEARED', about, {}));
}

export function decideExpire(
  queue: Queue,
  command: Command<'expire'>,
  { rules }: DecideContext,
): Decision {
  const task = findTask(queue, command.task);
  if (task === undefined) return unknownTask(command.task);
  const claim = claimOf(task);
  // Someone else recorded it first, or the holder ended it after all: nothing is left to expire.
  if (claim?.token !== command.token) return accept(task.id);
  const expirations = task.expirations + 1;
  const { evidence } = command;
  const about = { task: task.id, agent: claim.agent };
  const message = `Lease ended: ${evidence}`;
  const expired = happened(
    'LEASE_EXPIRED',
    { ...about, message, status: 'pending' },
    { token: claim.token, evidence, expirations },
  );
  const cause = poisonCause(rules.retry, task.failures, expirations, '');
  if (cause === null) return accept(task.id, expired);
  const poisoned = happened(
    'POISON_PILL',
    { ...about, message: `Gave up: ${cause}`, status: 'poisoned' },
    { failures: task.failures, errorClass: task.lastFailure?.errorClass ?? 'LEASE_EXPIRED' },
  );
  return accept(task.id, expired, poisoned, ...failDependents(queue, task));
}
