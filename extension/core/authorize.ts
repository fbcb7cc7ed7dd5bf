/**
 * Who may end or change a held task: its holder, shown by token, by process, or by name.
 *
 * A fencing token is proof; the rest are the weaker ways in which scripts identify themselves.
 */
import type { Caller } from './command.ts';
import { formatTaskId } from './ids.ts';
import { isSamePlace, isSameProcess } from './lease.ts';
import { describeTask } from './queue.ts';
import type { Rejection } from './rejection.ts';
import type { Claim, Task } from './task.ts';

/** Whether `caller` was the one that held `claim`. Decides repeats of calls that already counted. */
export function wasHolder(claim: Claim, caller: Caller): boolean {
  if (caller.token !== undefined) return caller.token === claim.token;
  if (
    claim.holder !== null &&
    caller.process !== null &&
    isSameProcess(claim.holder, caller.process)
  ) {
    return true;
  }
  // A name is too little for what the lane runs: an end by anyone else would free the lane while
  // its program is still at work.
  if (claim.lane) return false;
  return caller.agent === claim.agent && !canBeJudged(claim, caller);
}

/** Null where `caller` may act for the holder of `claim`; otherwise why not. */
export function authorize(task: Task, claim: Claim, caller: Caller): Rejection | null {
  if (wasHolder(claim, caller)) return null;
  const name = describeTask(task);
  const held = `${claim.agent} holds ${name} under token ${String(claim.token)}`;
  if (caller.token !== undefined) {
    return {
      reason: 'stale-token',
      message: `Token ${String(caller.token)} for ${name} is no longer valid: ${held}. Its lease was lost, so nothing was changed; claim the task again if it is still to be done.`,
    };
  }
  if (claim.lane) {
    return {
      reason: 'identity-needed',
      message: `The lane runs ${name} under token ${String(claim.token)}; only that token ends it (--token N). \`signalbox interrupt\` stops it.`,
    };
  }
  const proveIt = `Give the token of the claim (--token N) or its holder's name (--agent ${claim.agent}).`;
  if (caller.agent !== null && caller.agent !== claim.agent) {
    return {
      reason: 'identity-needed',
      message: `${held}, and this call comes from ${caller.agent}. ${proveIt}`,
    };
  }
  if (task.claimsSincePending === 1) return null;
  return {
    reason: 'identity-needed',
    message: `${held}, but ${formatTaskId(task.id)} has been claimed ${String(task.claimsSincePending)} times since it last became pending, so an earlier holder may be calling. ${proveIt}`,
  };
}

/** Whether the caller could have shown the recorded process, so that a name alone is too little. */
function canBeJudged(claim: Claim, caller: Caller): boolean {
  return claim.holder !== null && isSamePlace(claim.holder, caller.place);
}
