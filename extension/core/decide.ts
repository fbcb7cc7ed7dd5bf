/**
 * Decides what a command does to the queue. Pure: no I/O, no clock, no randomness of its own.
 *
 * A refusal is an answer and is returned; this module never throws. The rules of each command stand
 * in `decisions/`.
 *
 * @see Chassaing, "Functional Event Sourcing Decider", 2021.
 */
import type { Command, CommandType } from './command.ts';
import { accept, refuse } from './decision.ts';
import type { DecideContext, Decision } from './decision.ts';
import { decideAdd } from './decisions/add.ts';
import { decideAssign } from './decisions/assign.ts';
import { decideBalance } from './decisions/balance.ts';
import { decideEdit, decideMove, decidePrioritize } from './decisions/change.ts';
import { decideClaim, decideClaimNext } from './decisions/claim.ts';
import { decideImport } from './decisions/importTasks.ts';
import * as finish from './decisions/finish.ts';
import * as lane from './decisions/lane.ts';
import * as queueWide from './decisions/queueWide.ts';
import * as recovery from './decisions/recovery.ts';
import { decideReserve } from './decisions/reserve.ts';
import type { EventName } from './event.ts';
import { formatTaskId, taskKey } from './ids.ts';
import { findTask } from './queue.ts';
import type { CommandTrace, Queue } from './queue.ts';
import { claimOf } from './task.ts';

export function decide(queue: Queue, command: Command, context: DecideContext): Decision {
  return repetition(queue, command) ?? decideFresh(queue, command, context);
}

/** What each command leaves in the log; see `CommandTrace`. */
const leaves: Readonly<Record<CommandType, readonly EventName[]>> = {
  add: ['CREATED', 'EDITED'],
  import: ['IMPORTED'],
  edit: ['EDITED'],
  prioritize: ['REPRIORITIZED'],
  move: ['MOVED'],
  claim: ['CLAIMED'],
  claimNext: ['CLAIMED'],
  assign: ['CLAIMED'],
  balance: ['ASSIGNED'],
  progress: ['PROGRESS'],
  checkpoint: ['CHECKPOINT'],
  reserve: ['EDITED'],
  complete: ['COMPLETED'],
  fail: ['FAILED', 'TIMEOUT'],
  release: ['RELEASED'],
  cancel: ['CANCELLED'],
  retry: ['RETRY'],
  expire: ['LEASE_EXPIRED'],
  clearFailures: ['CLEARED'],
  heal: ['HEALED'],
  clearWaiting: ['SKIPPED'],
  pause: ['PAUSED'],
  resume: ['RESUMED'],
  focus: ['SESSION'],
  agent: ['AGENT'],
  note: ['NOTE'],
  laneClaim: ['CLAIMED'],
  laneSettle: ['INTERRUPTED', 'PREEMPTED', 'CANCELLED', 'RELEASED', 'SKIPPED'],
  laneAcquire: ['LANE'],
  laneRelease: ['LANE'],
  laneExpire: ['LANE'],
  laneReport: ['LANE'],
  interrupt: ['LANE'],
};

/** The answer to a command that the log already holds, or null for a new one. */
function repetition(queue: Queue, command: Command): Decision | null {
  const trace = queue.commands.get(command.id);
  if (trace === undefined) return null;
  // An id used again for a different command must not make that one look done.
  const isSame = leaves[command.type].some((event) => event === trace.event);
  if (!isSame || isAboutAnother(command, trace)) {
    const about = trace.task === null ? '' : ` of ${formatTaskId(trace.task)}`;
    return refuse(
      'duplicate',
      `Command id ${command.id} was already used for ${trace.event}${about} (position ${String(trace.seq)}). Use a new UUID for each command.`,
    );
  }
  const isAboutMany = aboutMany.has(command.type);
  return lostSince(queue, command, trace) ?? accept(isAboutMany ? null : trace.task);
}

/** Their answers are of no single task. */
const aboutMany: ReadonlySet<CommandType> = new Set(['import', 'clearWaiting', 'balance']);

function isAboutAnother(command: Command, { task, event }: CommandTrace): boolean {
  // A deduplicated add is answered with the task that waited, whatever id was asked for.
  if (command.type === 'add' && event === 'EDITED') return false;
  const asked = ('task' in command ? command.task : null) ?? null;
  return asked !== null && task !== null && taskKey(asked) !== taskKey(task);
}

const claims: ReadonlySet<CommandType> = new Set(['claim', 'claimNext', 'assign', 'laneClaim']);

/** A repeated claim whose attempt is over by now must not be taken for one that stands. */
function lostSince(queue: Queue, { type }: Command, { task, seq }: CommandTrace): Decision | null {
  if (type === 'laneAcquire') {
    if (queue.lane.owner?.token === seq) return null;
    return refuse('stale-token', 'The lane was taken under that command id, and lost since.');
  }
  if (!claims.has(type) || task === null) return null;
  const claimed = findTask(queue, task);
  if (claimed !== undefined && claimOf(claimed)?.token === seq) return null;
  return refuse(
    'stale-token',
    `${formatTaskId(task)} was claimed under that command id with token ${String(seq)}, and that attempt is over. Claim it with a new UUID if it is still to be done.`,
  );
}

function decideFresh(queue: Queue, command: Command, context: DecideContext): Decision {
  switch (command.type) {
    case 'add':
      return decideAdd(queue, command, context);
    case 'import':
      return decideImport(queue, command, context);
    case 'edit':
      return decideEdit(queue, command);
    case 'prioritize':
      return decidePrioritize(queue, command);
    case 'move':
      return decideMove(queue, command, context);
    case 'claim':
      return decideClaim(queue, command, context);
    case 'claimNext':
      return decideClaimNext(queue, command, context);
    case 'assign':
      return decideAssign(queue, command, context);
    case 'balance':
      return decideBalance(queue, command, context);
    case 'progress':
      return finish.decideProgress(queue, command);
    case 'checkpoint':
      return finish.decideCheckpoint(queue, command);
    case 'reserve':
      return decideReserve(queue, command, context);
    case 'complete':
      return finish.decideComplete(queue, command, context);
    case 'fail':
      return finish.decideFail(queue, command, context);
    case 'release':
      return finish.decideRelease(queue, command);
    case 'cancel':
      return finish.decideCancel(queue, command);
    case 'retry':
      return recovery.decideRetry(queue, command, context);
    case 'expire':
      return recovery.decideExpire(queue, command, context);
    case 'clearFailures':
      return recovery.decideClearFailures(queue, command);
    case 'heal':
      return queueWide.decideHeal(command);
    case 'clearWaiting':
      return queueWide.decideClearWaiting(queue, command);
    case 'pause':
    case 'resume':
      return queueWide.decidePause(queue, command);
    case 'focus':
      return queueWide.decideFocus(queue, command);
    case 'agent':
      return queueWide.decideAgent(command);
    case 'note':
      return queueWide.decideNote(command);
    case 'laneClaim':
      return lane.decideLaneClaim(queue, command, context);
    case 'laneSettle':
      return lane.decideLaneSettle(queue, command);
    case 'laneAcquire':
      return lane.decideLaneAcquire(queue, command);
    case 'laneRelease':
    case 'laneExpire':
      return lane.decideLaneEnd(queue, command);
    case 'laneReport':
      return lane.decideLaneReport(queue, command);
    case 'interrupt':
      return lane.decideInterrupt(queue, command);
  }
}
