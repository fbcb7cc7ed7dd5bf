/** What a holder says of its task while it works, and the ways in which an attempt ends. */
import { authorize, wasHolder } from '../authorize.ts';
import { poisonCause, retryAt } from '../backoff.ts';
import type { Caller, Command } from '../command.ts';
import { accept, happened, refuse, unknownTask } from '../decision.ts';
import type { DecideContext, Decision } from '../decision.ts';
import type { QueueEvent } from '../event.ts';
import type { Instant } from '../ids.ts';
import { describeTask, findTask } from '../queue.ts';
import type { Queue } from '../queue.ts';
import { claimOf, isEnded } from '../task.ts';
import type { Claim, Task } from '../task.ts';
import { failDependents } from './dependents.ts';

const minuteMs = 60_000;

type HolderCommand = Command & { readonly caller: Caller; readonly task: Task['id'] };
type Held = { readonly task: Task; readonly claim: Claim };

/** The held task that the command is about, or why its caller may not act on it. */
export function heldBy(queue: Queue, command: HolderCommand): Held | Decision {
  const task = findTask(queue, command.task);
  if (task === undefined) return unknownTask(command.task);
  const claim = claimOf(task);
  if (claim === null) return notHeld(task, command.caller);
  const rejection = authorize(task, claim, command.caller);
  return rejection === null ? { task, claim } : { ok: false, rejection, events: [] };
}

function notHeld(task: Task, { token }: Caller): Decision {
  const name = describeTask(task);
  if (token !== undefined) {
    return refuse(
      'stale-token',
      `Token ${String(token)} for ${name} is no longer valid: the task is ${task.state.status}. Nothing was changed.`,
    );
  }
  const { status } = task.state;
  if (isEnded(task)) {
    return refuse('already-ended', `${name} is ${status}; nothing more can be done with it.`);
  }
  return refuse('not-claimed', `${name} is ${status}, and nobody holds it. Claim it first.`);
}

export function decideProgress(queue: Queue, command: Command<'progress'>): Decision {
  const held = heldBy(queue, command);
  if ('ok' in held) return held;
  const { task, claim } = held;
  const { percent, message } = command;
  const about = { task: task.id, agent: claim.agent, message, status: 'in_progress' as const };
  return accept(task.id, happened('PROGRESS', about, { token: claim.token, percent }));
}

export function decideCheckpoint(queue: Queue, command: Command<'checkpoint'>): Decision {
  const held = heldBy(queue, command);
  if ('ok' in held) return held;
  const { task, claim } = held;
  const { checkpoint } = command;
  const message = 'Saved a checkpoint';
  const about = { task: task.id, agent: claim.agent, message, status: 'in_progress' as const };
  return accept(task.id, happened('CHECKPOINT', about, { token: claim.token, checkpoint }));
}

export function decideComplete(
  queue: Queue,
  command: Command<'complete'>,
  { now }: DecideContext,
): Decision {
  const done = findTask(queue, command.task);
  // A holder that never saw our answer completes again; that changes nothing.
  if (
    done?.state.status === 'completed' &&
    done.lastClaim &&
    wasHolder(done.lastClaim, command.caller)
  ) {
    return accept(done.id);
  }
  const held = heldBy(queue, command);
  if ('ok' in held) return held;
  const { task, claim } = held;
  const { result } = command;
  const minutes = Math.max(0, now - claim.claimedAt) / minuteMs;
  const actualMinutes = Math.round(minutes * 100) / 100;
  const message = typeof result === 'string' ? firstLine(result) : 'Completed';
  const about = { task: task.id, agent: claim.agent, message, status: 'completed' as const };
  const data = { token: claim.token, result, actualMinutes };
  return accept(task.id, happened('COMPLETED', about, data));
}

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

export function decideFail(
  queue: Queue,
  command: Command<'fail'>,
  context: DecideContext,
): Decision {
  const held = heldBy(queue, command);
  if ('ok' in held) return held;
  return accept(held.task.id, ...failureEvents(queue, held, command, context));
}

function failureEvents(
  queue: Queue,
  { task, claim }: Held,
  { errorClass, message }: Command<'fail'>,
  { now, rules, random }: DecideContext,
): readonly QueueEvent[] {
  const failures = task.failures + 1;
  const cause = poisonCause(rules.retry, failures, task.expirations, errorClass);
  const notBeforeAt: Instant | null =
    cause === null ? retryAt(rules.retry, failures, now, random) : null;
  const event = errorClass === 'TIMEOUT' ? 'TIMEOUT' : 'FAILED';
  const about = { task: task.id, agent: claim.agent };
  const data = { token: claim.token, errorClass, failures, notBeforeAt };
  const failed = happened(event, { ...about, message, status: 'failed' }, data);
  if (cause === null) return [failed];
  const poisoned = happened(
    'POISON_PILL',
    { ...about, message: `Gave up: ${cause}`, status: 'poisoned' },
    { failures, errorClass },
  );
  return [failed, poisoned, ...failDependents(queue, task)];
}

export function decideRelease(queue: Queue, command: Command<'release'>): Decision {
  if (!command.forced) {
    const held = heldBy(queue, command);
    return 'ok' in held ? held : released(held, command);
  }
  const task = findTask(queue, command.task);
  if (task === undefined) return unknownTask(command.task);
  const claim = claimOf(task);
  if (claim === null) return accept(task.id);
  if (claim.lane) return refuseLaneHeld(task);
  return released({ task, claim }, command);
}

function released({ task, claim }: Held, { reason, forced, by }: Command<'release'>): Decision {
  const agent = forced ? by : claim.agent;
  const message = reason === '' ? 'Given back unfinished' : reason;
  const data = forced ? { token: claim.token, forced } : { token: claim.token };
  return accept(
    task.id,
    happened('RELEASED', { task: task.id, agent, message, status: 'pending' }, data),
  );
}

export function decideCancel(queue: Queue, command: Command<'cancel'>): Decision {
  const task = findTask(queue, command.task);
  if (task === undefined) return unknownTask(command.task);
  if (task.state.status === 'cancelled') return accept(task.id);
  if (isEnded(task)) {
    return refuse(
      'already-ended',
      `${describeTask(task)} is ${task.state.status}; it can no longer be cancelled.`,
    );
  }
  const claim = claimOf(task);
  if (claim?.lane === true) return refuseLaneHeld(task);
  const isPerson = command.caller.agent?.startsWith('human:') === true;
  const rejection = claim === null || isPerson ? null : authorize(task, claim, command.caller);
  if (rejection !== null) return { ok: false, rejection, events: [] };
  const message = command.reason === '' ? 'Cancelled' : command.reason;
  const about = { task: task.id, agent: command.by, message, status: 'cancelled' as const };
  const data = claim === null ? {} : { token: claim.token };
  return accept(task.id, happened('CANCELLED', about, data), ...failDependents(queue, task));
}

function refuseLaneHeld(task: Task): Decision {
  return refuse(
    'lane-held',
    `${describeTask(task)} is being run by the lane; interrupt it first (\`signalbox interrupt\`).`,
  );
}
