/**
 * Agents that hold a task by the lock of a plain script, and end it by a command of ours: their lock
 * becomes a claim first.
 *
 * Where a script only looks and releases, nothing of this happens: its lock is respected as it is.
 */
import { randomUUID } from 'node:crypto';
import { taskKey } from '../core/ids.ts';
import type { TaskId } from '../core/ids.ts';
import { findTask } from '../core/queue.ts';
import { ownPlace } from '../platform/processIdentity.ts';
import type { Desk } from './desk.ts';

/**
 * Makes a claim of the script's lock on `id`, where `agent` made it; null stands for whoever did.
 *
 * @returns whether the task is claimed now; else the lock is as it was
 */
export async function claimByScriptLock(
  desk: Desk,
  id: TaskId,
  agent: string | null,
): Promise<boolean> {
  const task = findTask(desk.queue, id);
  const lock = desk.scriptLocks().find((each) => taskKey(each.task) === taskKey(id));
  const owner = lock?.owner ?? null;
  if (task === undefined || owner === null || lock?.isStale !== false) return false;
  if (agent !== null && agent !== owner) return false;
  // What a claim would be refused for.
  if (task.state.status !== 'pending' || desk.queue.paused.queue) return false;
  desk.dropScriptLock(id);
  const caller = { agent: owner, process: null, place: ownPlace() };
  const claim = { type: 'claim', task: id, agent: owner, caller, lockOnly: true } as const;
  const outcome = await desk.execute({ ...claim, id: randomUUID(), by: owner });
  return outcome.ok;
}
