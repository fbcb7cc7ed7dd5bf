/**
 * Decides what a command does to the queue. Pure: no I/O, no clock, no randomness of its own.
 *
 * A refusal is an answer and is returned; this module never throws. The rules of each command stand
 * in `decisions/`.
 *
 * @see Chassaing, "Functional Event Sourcing Decider", 2021.
 */
import type { Command } from './command.ts';
import { accept, refuse } from './decision.ts';
import type { DecideContext, Decision } from './decision.ts';
import { decideAdd } from './decisions/add.ts';
import { decideEdit, decideMove, decidePrioritize } from './decisions/change.ts';
import { decideClaim, decideClaimNext } from './decisions/claim.ts';
import { decideImport } from './decisions/importTasks.ts';
import * as finish from './decisions/finish.ts';
import * as lane from './decisions/lane.ts';
import * as queueWide from './decisions/queueWide.ts';
import * as recovery from './decisions/recovery.ts';
import { formatTaskId, taskKey } from './ids.ts';
import type { Queue } from './queue.ts';

export function decide(queue: Queue, command: Command, context: DecideContext): Decision {
  return repetition(queue, command) ?? decideFresh(queue, command, context);
}

/** The answer to a command that the log already holds, or null for a new one. */
function repetition(queue: Queue, command: Command): Decision | null {
  const trace = queue.commands.get(command.id);
  if (trace === undefined) return null;
  const asked = 'task' in command ? command.task : undefined;
  if (
    asked !== undefined &&
    asked !== null &&
    trace.task !== null &&
    taskKey(asked) !== taskKey(trace.task)
  ) {
    return refuse(
      'duplicate',
      `Command id ${command.id} was already used for ${formatTaskId(trace.task)} (position ${String(trace.seq)}). Use a new UUID for each command.`,
    );
  }
  return accept(trace.task);
}

function decideFresh(queue: Queue, command: Command, context: DecideContext): Decision {
  switch (command.type) {
    case 'add':
      return decideAdd(queue, command, context);
    case 'import':
      return decideImport(queue, command);
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
    case 'progress':
      return finish.decideProgress(queue, command);
    case 'checkpoint':
      return finish.decideCheckpoint(queue, command);
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
    case 'clearWaiting':
      return queueWide.decideClearWaiting(queue, command);
    case 'pause':
    case 'resume':
      return queueWide.decidePause(queue, command);
    case 'focus':
      return queueWide.decideFocus(queue, command);
    case 'note':
      return queueWide.decideNote(queue, command);
    case 'laneClaim':
      return lane.decideLaneClaim(queue, command, context);
    case 'laneSettle':
      return lane.decideLaneSettle(queue, command);
    case 'laneSkip':
      return lane.decideLaneSkip(queue, command);
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
