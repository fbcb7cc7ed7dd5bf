/**
 * Where a task stands, for a line of a view: a sign, a colour, and a few words of why or who.
 *
 * Says nothing that `pick` and the fold do not know; laying it out is up to the view.
 */
import type { PickContext } from '../../core/pick.ts';
import { explainWait, isWaiting, waitReason } from '../../core/pick.ts';
import type { Queue } from '../../core/queue.ts';
import type { Task } from '../../core/task.ts';
import { isLaneTask } from '../../core/task.ts';
import type { Glyphs } from './glyphs.ts';
import type { Style } from './text.ts';
import { formatDuration, formatTime } from './text.ts';

export interface Standing {
  readonly sign: keyof Glyphs;
  readonly style: Style | null;
  /** Who has it, why it waits, or how it ended. */
  readonly note: string;
}

export function standingOf(queue: Queue, task: Task, context: PickContext): Standing {
  const { state } = task;
  switch (state.status) {
    case 'in_progress': {
      const { agent, percent, claimedAt } = state.claim;
      const parts = [agent, formatDuration(context.now - claimedAt)];
      if (percent !== undefined) parts.push(`${percent} %`);
      return { sign: 'running', style: 'blue', note: parts.join(', ') };
    }
    case 'completed':
      return { sign: 'done', style: 'green', note: formatTime(state.at) };
    case 'poisoned':
      return { sign: 'gaveUp', style: 'red', note: `gave up: ${state.errorClass}` };
    case 'interrupted':
      return { sign: 'stopped', style: 'yellow', note: `stopped: ${state.reason}` };
    case 'cancelled':
    case 'skipped':
      return { sign: 'dropped', style: 'dim', note: state.reason };
    case 'pending':
    case 'failed':
      return waiting(queue, task, context);
  }
}

function waiting(queue: Queue, task: Task, context: PickContext): Standing {
  const hasFailed = task.state.status === 'failed';
  const reason = isWaiting(task) ? waitReason(queue, task, null, context) : null;
  if (reason !== null) {
    return {
      sign: hasFailed ? 'failed' : 'waiting',
      style: hasFailed ? 'yellow' : null,
      note: explainWait(reason, formatTime),
    };
  }
  const note = isLaneTask(task) ? 'for the lane' : hasFailed ? 'ready to be tried again' : 'ready';
  return { sign: hasFailed ? 'failed' : 'ready', style: hasFailed ? 'yellow' : null, note };
}
