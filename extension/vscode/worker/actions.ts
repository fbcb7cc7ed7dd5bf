/**
 * What a person does in this window about programs: to run one is more than one command.
 *
 * A refusal is an answer. Rules are the core's; this file only puts commands in a row.
 */
import type { TaskId } from '../../core/ids.ts';
import { pickForLane } from '../../core/pick.ts';
import { checkProgram } from '../../core/programSpec.ts';
import { describeTask, findTask, laneAttempt } from '../../core/queue.ts';
import { isLaneTask } from '../../core/task.ts';
import type { Task, TaskContent } from '../../core/task.ts';
import type { Outcome, Params } from '../../protocol/webview.ts';
import { secretWarnings } from '../../coordinator/recordable.ts';
import { command } from '../../view/actions.ts';
import { answerOf, done, refused } from '../../view/answers.ts';
import type { Session } from '../../view/session.ts';
import type { Added } from './contract.ts';
import type { LaneHost } from './laneHost.ts';

type WindowSession = Session<LaneHost>;

export async function addTask(
  session: WindowSession,
  content: TaskContent,
  by: string,
): Promise<Added> {
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
  const warnings = secretWarnings(content);
  return { ok: true, task: task.id, title: task.content.title, queued, warnings };
}

const keep = { mode: 'keep' } as const;

/** Whether the lane has nothing before `task`. */
function isNextUp({ desk, approved }: WindowSession, task: Task): boolean {
  if (laneAttempt(desk.queue) !== null) return false;
  return pickForLane(desk.queue, approved.read(), desk.pickContext())?.id === task.id;
}

/** Adding a task to a lane that nobody paused and nobody else owns is its start. */
async function startFor({ desk, lane }: WindowSession, task: Task): Promise<void> {
  const { paused, lane: shared } = desk.queue;
  if (!isLaneTask(task) || paused.lane || paused.queue) return;
  const isElsewhere = shared.owner !== null && !lane.owns && !lane.isGone(shared.owner.holder);
  if (isElsewhere) return;
  // Refused where another process was faster: then that one runs it.
  await lane.start();
  lane.nudge();
}

export async function runTaskNow(session: WindowSession, id: TaskId, by: string): Promise<Outcome> {
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

/** Approves exactly what was shown. */
export async function approveTask(
  session: WindowSession,
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
