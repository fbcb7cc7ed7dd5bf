/** Claims a task for the agent of a call, and tries again while someone holds it: `claim`, `lock acquire`. */
import { setTimeout as pause } from 'node:timers/promises';
import type { TaskId } from '../core/ids.ts';
import { taskKey } from '../core/ids.ts';
import { findTask } from '../core/queue.ts';
import { claimOf } from '../core/task.ts';
import type { Desk } from '../coordinator/desk.ts';
import type { Answer } from './answer.ts';
import { UsageError, aboutTask } from './answer.ts';
import { claimAnswer } from './claimAnswer.ts';
import type { Invocation } from './invocation.ts';

/** Two seconds between the tries for a held task, as scripts have always been told. */
const betweenTriesMs = 2_000;
const mostTries = 1_000;

export interface ClaimOptions {
  /** How often a held task is tried where the call does not say. */
  readonly usualTries: number;
  /** Neither open dependencies nor reserved paths stand in the way. */
  readonly lockOnly?: boolean;
}

/** @throws {UsageError} where nobody is named, or the number of tries is none */
export async function takeClaim(
  invocation: Invocation,
  { usualTries, lockOnly = false }: ClaimOptions,
): Promise<Answer> {
  const task = invocation.taskId();
  const { agent } = invocation;
  if (agent === null) throw new UsageError('Whose claim is it? Give AGENT or $SIGNALBOX_AGENT.');
  const tries = invocation.number('tries') ?? usualTries;
  if (!Number.isInteger(tries) || tries < 1 || tries > mostTries) {
    throw new UsageError(`--tries takes a whole number from 1 to ${mostTries}.`);
  }
  const desk = await invocation.desk();
  const { caller } = invocation;
  const command = invocation.command<'claim'>({
    type: 'claim',
    task,
    agent,
    caller,
    ...(lockOnly ? { lockOnly } : {}),
  });
  for (let tried = 1; ; tried++) {
    await desk.sweep(task);
    const outcome = await desk.execute(command);
    const isHeld = !outcome.ok && outcome.rejection.reason === 'already-claimed';
    if (!isHeld || tried >= tries || !isTaken(desk, task)) {
      return aboutTask(outcome, (id) => claimAnswer(desk, id));
    }
    await pause(betweenTriesMs);
  }
}

/** Whether someone works on it now, and may soon be done; one that is set aside is not. */
function isTaken(desk: Desk, id: TaskId): boolean {
  const task = findTask(desk.queue, id);
  if (task !== undefined && claimOf(task) !== null) return true;
  return desk.pickContext().locked?.has(taskKey(id)) === true;
}
