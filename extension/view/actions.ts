/**
 * What a person does with tasks wherever the queue is shown, where that is more than one command.
 *
 * A refusal is an answer. Rules are the core's; this file only puts commands in a row.
 */
import { randomUUID } from 'node:crypto';
import type { Desk } from '../coordinator/desk.ts';
import { stopLane } from '../coordinator/stopLane.ts';
import type { Command, CommandBody, MovePlace } from '../core/command.ts';
import type { TaskId } from '../core/ids.ts';
import { findTask, laneAttempt } from '../core/queue.ts';
import { claimOf } from '../core/task.ts';
import { ownPlace } from '../platform/processIdentity.ts';
import type { Outcome, Params } from '../protocol/webview.ts';
import { answerOf, answerOfStop, done } from './answers.ts';
import type { Session } from './session.ts';

/** Spelled out, the union of all bodies with a name and an id is more than the compiler takes. */
export function command(body: CommandBody, by: string): Command {
  const whole: unknown = { ...body, id: randomUUID(), by };
  return whole as Command;
}

/** Where a task is to stand, as the core says it. */
export function placeOf(place: Params<'moveTask'>['place']): MovePlace {
  return place.at === 'first' || place.at === 'last'
    ? { to: place.at }
    : { to: place.at, other: place.task };
}

/** Stops what the lane runs, or only the attempt that holds `token`; answers when all is quiet. */
export async function interrupt(
  session: Session,
  attempt: { readonly task: TaskId; readonly token: number } | undefined,
  by: string,
): Promise<Outcome> {
  const desk = session.touch();
  await readIfPossible(desk);
  const running = laneAttempt(desk.queue);
  // It is over by now; what came after it is not meant.
  if (attempt !== undefined && running?.claim.token !== attempt.token) return done;
  await session.lane.settleLeftovers?.();
  session.lane.withdraw(running?.claim.token);
  const body = {
    type: 'interrupt',
    then: 'interrupt',
    reason: `Interrupted by ${by.replace(/^human:/, '')}`,
    ...(attempt === undefined ? {} : { task: attempt.task }),
  } as const;
  return answerOfStop(await stopLane(desk, command(body, by) as Command<'interrupt'>));
}

export async function cancelTask(session: Session, task: TaskId, by: string): Promise<Outcome> {
  const desk = session.touch();
  await readIfPossible(desk);
  const held = findTask(desk.queue, task);
  if (held !== undefined && claimOf(held)?.lane === true) {
    await session.lane.settleLeftovers?.();
    const reason = `Cancelled by ${by.replace(/^human:/, '')}`;
    const stop = { type: 'interrupt', then: 'cancel', task, reason } as const;
    const stopped = await stopLane(desk, command(stop, by) as Command<'interrupt'>);
    if (stopped.type !== 'nothing') return answerOfStop(stopped);
  }
  const caller = { agent: by, process: null, place: ownPlace() };
  const cancel = { type: 'cancel', task, reason: '', caller } as const;
  return answerOf(await desk.execute(command(cancel, by)));
}

/** A stop never needs a log that can be read: it goes by what is known. */
async function readIfPossible(desk: Desk): Promise<void> {
  try {
    await desk.refresh();
  } catch {
    // Said elsewhere, with each try to read.
  }
}
