/**
 * What a person does with tasks in this window, where that is more than one command.
 *
 * A refusal is an answer. Rules are the core's; this file only puts commands in a row.
 */
import { randomUUID } from 'node:crypto';
import type { Desk } from '../../coordinator/desk.ts';
import { stopLane } from '../../coordinator/stopLane.ts';
import type { Command, CommandBody } from '../../core/command.ts';
import type { TaskId } from '../../core/ids.ts';
import { pickForLane } from '../../core/pick.ts';
import { checkProgram } from '../../core/programSpec.ts';
import { describeTask, findTask, laneAttempt } from '../../core/queue.ts';
import { claimOf, isLaneTask } from '../../core/task.ts';
import type { Task, TaskContent } from '../../core/task.ts';
import { ownPlace } from '../../platform/processIdentity.ts';
import type { Outcome, Params } from '../../protocol/webview.ts';
import { answerOf, answerOfStop, done, refused } from './answers.ts';
import type { Added } from './contract.ts';
import type { Session } from './session.ts';

/** Spelled out, the union of all bodies with a name and an id is more than the compiler takes. */
export function command(body: CommandBody, by: string): Command {
  const whole: unknown = { ...body, id: randomUUID(), by };
  return whole as Command;
}

export async function addTask(session: Session, content: TaskContent, by: string): Promise<Added> {
  const { program } = content;
  const problem = program === undefined ? null : checkProgram(program);
  if (problem !== null) return refused('invalid-value', problem);
  const desk = session.touch();
  const add = { type: 'add', content, dedupe: keep } as const;
  const outcome = await desk.execute(command(add, by));
  if (!outcome.ok) return refused(outcome.rejection.reason, outcome.rejection.message);
  const task = outcome.task === null ? undefined : findTask(desk.queue, outcome.task);
  if (task === undefined) throw new Error('The queue took a task in and does not name it');
  // An older task of the same key may be another program, which nobody looked at just now.
  const isThis = session.approved.digestOf(task) === session.approved.digestOf({ content });
  if (isThis) session.approved.approve(task);
  const queued = !isNextUp(session, task);
  await startFor(session, task);
  return { ok: true, task: task.id, title: task.content.title, queued };
}

const keep = { mode: 'keep' } as const;

/** Whether the lane has nothing before `task`. */
function isNextUp({ desk, approved }: Session, task: Task): boolean {
  if (laneAttempt(desk.queue) !== null) return false;
  return pickForLane(desk.queue, approved.read(), desk.pickContext())?.id === task.id;
}

/** Adding a task to a lane that nobody paused and nobody else owns is its start. */
async function startFor({ desk, lane }: Session, task: Task): Promise<void> {
  const { paused, lane: shared } = desk.queue;
  if (!isLaneTask(task) || paused.lane || paused.queue) return;
  const isElsewhere = shared.owner !== null && !lane.owns && !lane.isGone(shared.owner.holder);
  if (isElsewhere) return;
  // Refused where another process was faster: then that one runs it.
  await lane.start();
  lane.nudge();
}

export async function runTaskNow(session: Session, id: TaskId, by: string): Promise<Outcome> {
  const { lane, approved } = session;
  const desk = session.touch();
  await desk.refresh();
  const task = findTask(desk.queue, id);
  if (task === undefined) return refused('unknown-task', `There is no task ${String(id)}.`);
  const name = describeTask(task);
  if (!isLaneTask(task)) {
    return refused('not-waiting', `${name} has no program: it waits for an agent to take it.`);
  }
  if (!approved.read()(task)) {
    return refused('needs-approval', `The program of ${name} was not approved yet.`);
  }
  const { status } = task.state;
  if (status === 'in_progress') return refused('already-claimed', `${name} is being worked on.`);
  if (status !== 'pending') {
    const retried = await desk.execute(command({ type: 'retry', task: id, setAsideFor: null }, by));
    if (!retried.ok) return answerOf(retried);
  }
  const first = { type: 'move', task: id, place: { to: 'first' } } as const;
  const moved = await desk.execute(command(first, by));
  if (!moved.ok) return answerOf(moved);
  const { paused } = desk.queue;
  if (paused.lane || paused.queue) {
    return refused('paused', `${name} is first in the queue, but it is paused. Resume it.`);
  }
  const started = await lane.start();
  lane.nudge();
  // Where another process runs the lane, that one takes it next.
  return !started.ok && started.reason !== 'lane-held' ? started : done;
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
  await session.lane.settleLeftovers();
  session.questions.cancel(running?.claim.token);
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
    await session.lane.settleLeftovers();
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

/** Approves exactly what was shown. */
export async function approveTask(
  session: Session,
  { task: id, digest }: Params<'approveTask'>,
): Promise<Outcome> {
  const desk = session.touch();
  await desk.refresh();
  const task = findTask(desk.queue, id);
  if (task === undefined) return refused('unknown-task', `There is no task ${String(id)}.`);
  const name = describeTask(task);
  if (digest === '') {
    return refused(
      'needs-approval',
      `The program of ${name} is too long to be shown here. Look at it with \`signalbox show\`, and approve it with \`signalbox approve\`.`,
    );
  }
  if (session.approved.digestOf(task) !== digest) {
    return refused(
      'needs-approval',
      `The program of ${name} was changed after it was shown, so nothing was approved. Look at it again.`,
    );
  }
  session.approved.approve(task);
  session.lane.nudge();
  return done;
}
