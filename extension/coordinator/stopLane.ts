/**
 * Asks the lane to stop what it runs and waits until all is quiet.
 *
 * The request goes through the log. Where the log cannot be written, the program is stopped all the
 * same, by its supervisor: an interrupt never needs a writable log.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from '../core/command.ts';
import type { Position, TaskId } from '../core/ids.ts';
import { describeTask, laneAttempt } from '../core/queue.ts';
import type { Queue } from '../core/queue.ts';
import { isAlive } from '../platform/processIdentity.ts';
import { StoreError } from '../store/taskStore.ts';
import type { Desk } from './desk.ts';

export type Stopped =
  /** Nothing ran, or not the task that was meant. */
  | { readonly type: 'nothing' }
  | { readonly type: 'stopped'; readonly task: TaskId; readonly seq: Position }
  | { readonly type: 'not-stopped'; readonly message: string };

/** What the whole ladder may take beyond its own deadlines: saving, settling, a farewell. */
const settleMs = 30_000;
const pollMs = 25;

export async function stopLane(desk: Desk, command: Command<'interrupt'>): Promise<Stopped> {
  await desk.sweep();
  const attempt = laneAttempt(desk.queue);
  const isMeant = command.task === undefined || String(attempt?.task.id) === String(command.task);
  if (attempt === null || !isMeant) return { type: 'nothing' };
  try {
    const outcome = await desk.execute(command);
    if (!outcome.ok) return { type: 'not-stopped', message: outcome.rejection.message };
    if (outcome.task === null) return { type: 'nothing' };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return stopBySignal(desk, error);
  }
  return waitUntilSettled(desk, attempt.task.id, attempt.claim.token);
}

async function waitUntilSettled(desk: Desk, task: TaskId, token: Position): Promise<Stopped> {
  const { askMs, terminateMs } = desk.ladder;
  const deadline = performance.now() + askMs + terminateMs + settleMs;
  while (performance.now() < deadline) {
    const running = laneAttempt(desk.queue);
    if (running?.claim.token !== token) return { type: 'stopped', task, seq: desk.queue.end };
    if (desk.queue.lane.alive.length > 0) break;
    await pause(pollMs);
    await desk.refresh();
    await desk.sweep();
  }
  const pids = desk.queue.lane.alive.join(', ');
  const what = pids === '' ? 'it has not answered yet' : `these processes do not end: ${pids}`;
  return {
    type: 'not-stopped',
    message: `The lane was told to stop task ${String(task)}, but ${what}. \`signalbox status\` shows the lane.`,
  };
}

async function stopBySignal(desk: Desk, cause: StoreError): Promise<Stopped> {
  const stopped = await stopRecorded(desk.queue, desk.ladder, cause);
  return stopped === null ? { type: 'nothing' } : { type: 'not-stopped', message: stopped.message };
}

/**
 * Ends the process that `queue` has on record for the running attempt, without the log: the
 * supervisor takes a terminate signal as the order to end its program.
 *
 * @param cause why the log cannot be used; it becomes a part of the message
 * @returns null where nothing runs
 */
export async function stopRecorded(
  queue: Queue,
  { askMs, terminateMs }: Desk['ladder'],
  cause: StoreError,
): Promise<{ readonly task: TaskId; readonly ended: boolean; readonly message: string } | null> {
  const { running } = queue.lane;
  const attempt = laneAttempt(queue);
  if (running === null || attempt === null || !isAlive(running.process)) return null;
  process.kill(running.process.pid, 'SIGTERM');
  const deadline = performance.now() + askMs + terminateMs + settleMs;
  while (performance.now() < deadline && isAlive(running.process)) await pause(pollMs);
  const ended = !isAlive(running.process);
  const name = describeTask(attempt.task);
  return {
    task: attempt.task.id,
    ended,
    message: ended
      ? `The program of ${name} was stopped, but that could not be recorded: ${cause.message}`
      : `The log cannot be written, and the program of ${name} did not end: ${cause.message}`,
  };
}
