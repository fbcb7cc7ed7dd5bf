/** Taking a task for an outside agent: one winner, and for everyone else the reason. */
import type { Caller, Command } from '../command.ts';
import { accept, happened, refuse, unknownTask } from '../decision.ts';
import type { DecideContext, Decision } from '../decision.ts';
import type { QueueEvent } from '../event.ts';
import { formatTaskId, taskKey } from '../ids.ts';
import { pickNext } from '../pick.ts';
import { describeTask, findTask, openDependencies } from '../queue.ts';
import type { Queue } from '../queue.ts';
import { reservedBy } from '../reservations.ts';
import { isLaneTask } from '../task.ts';
import type { Holder, Task } from '../task.ts';
import { wasHolder } from '../authorize.ts';

export function decideClaim(
  queue: Queue,
  command: Command<'claim'>,
  context: DecideContext,
): Decision {
  const task = findTask(queue, command.task);
  if (task === undefined) return unknownTask(command.task);
  if (queue.paused.queue) return queuePaused();
  return (
    notClaimable(queue, task, command, context) ??
    notFree(task, command.agent, context) ??
    (command.lockOnly === true ? null : pathsReserved(queue, task, context)) ??
    accept(task.id, ...claimEvents(task, command.agent, command.caller.process))
  );
}

export function decideClaimNext(
  queue: Queue,
  command: Command<'claimNext'>,
  context: DecideContext,
): Decision {
  if (queue.paused.queue) return queuePaused();
  const { agent, atLeast, caller } = command;
  const { taken, leave } = context;
  const task = pickNext(queue, { agent, atLeast, preferred: taken?.keys(), leave }, context);
  if (task === null) return accept(null);
  return accept(task.id, ...claimEvents(task, agent, caller.process));
}

/** `RETRY` where this is a failed task's next attempt, then `CLAIMED`. */
export function claimEvents(
  task: Task,
  agent: string,
  holder: Holder | null,
): readonly QueueEvent[] {
  const attempt = task.attempts + 1;
  const about = { task: task.id, agent };
  const claimed = happened(
    'CLAIMED',
    { ...about, message: `Claimed by ${agent}`, status: 'in_progress' },
    { attempt, holder },
  );
  if (task.state.status !== 'failed') return [claimed];
  const message = `Attempt ${String(attempt)} after ${String(task.failures)} failures`;
  return [happened('RETRY', { ...about, message, status: 'pending' }, { attempt }), claimed];
}

export function queuePaused(): Decision {
  return refuse(
    'paused',
    'The queue is paused, so nothing is given out. `signalbox resume` goes on.',
  );
}

/** What the state of a task is asked for: a claim, or an assignment that leads to one. */
interface Asked {
  readonly agent: string | null;
  readonly caller: Caller;
  readonly lockOnly?: boolean;
}

/** Refusals that lie in the task's own state. */
export function notClaimable(
  queue: Queue,
  task: Task,
  asked: Asked,
  { now }: DecideContext,
): Decision | null {
  const name = describeTask(task);
  const { state } = task;
  switch (state.status) {
    case 'in_progress': {
      const { claim } = state;
      const repeated = asked.caller.token !== undefined && wasHolder(claim, asked.caller);
      if (repeated && claim.agent === asked.agent) return accept(task.id);
      const who = claim.lane ? 'the lane runs it' : `${claim.agent} holds it`;
      return refuse(
        'already-claimed',
        `${name} is taken: ${who} under token ${String(claim.token)}.`,
      );
    }
    case 'poisoned':
      return refuse(
        'poisoned',
        `${name} gave up after ${String(task.failures)} failures (${task.lastFailure?.errorClass ?? 'poisoned'}). A person revives it with \`signalbox recovery clear ${String(task.id)}\`.`,
      );
    case 'interrupted':
      return refuse(
        'not-waiting',
        `${name} was interrupted and rests until a person retries or cancels it (\`signalbox retry ${String(task.id)}\`).`,
      );
    case 'completed':
    case 'cancelled':
    case 'skipped':
      return refuse('already-ended', `${name} is ${state.status}; there is nothing left to claim.`);
    case 'pending':
    case 'failed':
      if (isLaneTask(task)) {
        return refuse(
          'lane-task',
          `${name} has a program, so the lane runs it (\`signalbox run\`).`,
        );
      }
      return (
        notDue(task, now) ??
        (asked.lockOnly === true ? null : dependenciesOpen(queue, task, asked.agent))
      );
  }
}

function notDue(task: Task, now: number): Decision | null {
  const { state, content } = task;
  const at = Math.max(state.status === 'failed' ? state.notBeforeAt : 0, content.notBeforeAt ?? 0);
  if (at <= now) return null;
  const how =
    state.status === 'failed' ? ` \`signalbox retry ${String(task.id)}\` does not wait.` : '';
  return refuse(
    'not-due',
    `${describeTask(task)} may be claimed in ${durationText(at - now)}, not before.${how}`,
  );
}

/** Rounded up, so that whoever waits for so long does not come too early: `42 s`, `5 min`, `3 d`. */
function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${String(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 120) return `${String(minutes)} min`;
  const hours = Math.ceil(minutes / 60);
  return hours < 48 ? `${String(hours)} h` : `${String(Math.ceil(hours / 24))} d`;
}

/** The refusal, which is recorded once for as long as the same dependencies are open. */
function dependenciesOpen(queue: Queue, task: Task, agent: string | null): Decision | null {
  const open = openDependencies(queue, task);
  if (open.length === 0) return null;
  const names = open.map(formatTaskId).join(', ');
  const message = `${describeTask(task)} waits for ${names}.`;
  const rejection = { reason: 'dependencies-open', message } as const;
  if (task.blockedBy === open.join(',')) return { ok: false, rejection, events: [] };
  const about = { task: task.id, agent, message: `Waits for ${names}`, status: task.state.status };
  return { ok: false, rejection, events: [happened('DEPENDENCY_BLOCKED', about, { open })] };
}

/** Refusals because someone else has a right to it at present. */
export function notFree(
  task: Task,
  agent: string,
  { now, locked }: DecideContext,
): Decision | null {
  const { setAside } = task;
  // What `balance` set aside is offered to one agent, and still had by whoever asks for it.
  const isKept = setAside !== undefined && setAside.balanced !== true && setAside.until > now;
  if (isKept && setAside.agent !== agent) {
    const seconds = String(Math.ceil((setAside.until - now) / 1000));
    const message = `${describeTask(task)} is set aside for ${setAside.agent} for another ${seconds} s.`;
    return refuse('already-claimed', message);
  }
  const owner = locked?.get(taskKey(task.id));
  if (owner === undefined) return null;
  return refuse(
    'already-claimed',
    `${describeTask(task)} is locked by ${owner} (AI/locks/task_${String(task.id)}.lock, made by a script).`,
  );
}

/** Refuses a task that may touch what is being touched; it waits until the other is given up. */
export function pathsReserved(
  queue: Queue,
  task: Task,
  { locked }: DecideContext,
): Decision | null {
  const taken = reservedBy(queue, task, locked);
  if (taken === null) return null;
  const { path, by, theirs, agent } = taken;
  return refuse(
    'paths-reserved',
    `${describeTask(task)} would touch ${path}, and ${agent} holds ${describeTask(by)}, which reserves ${theirs}. It can be claimed once that one is over; \`signalbox next\` offers what can be done meanwhile.`,
  );
}
