/** The list of tasks as a table: id, state, priority, title, and why it waits. */
import { formatTaskId } from '../../core/ids.ts';
import { explainWait, isWaiting, waitReason } from '../../core/pick.ts';
import type { Task } from '../../core/task.ts';
import { isLaneTask } from '../../core/task.ts';
import type { Desk } from '../../coordinator/desk.ts';
import type { Style } from './text.ts';
import { cell, formatTime, styled, terminalWidth } from './text.ts';

const looks: Readonly<Record<Task['state']['status'], Style | null>> = {
  pending: null,
  in_progress: 'blue',
  completed: 'green',
  failed: 'yellow',
  poisoned: 'red',
  interrupted: 'yellow',
  cancelled: 'dim',
  skipped: 'dim',
};

export function renderTasks(desk: Desk, tasks: readonly Task[]): string {
  if (tasks.length === 0) return 'No tasks. `signalbox add "A first task"` adds one.';
  const ids = tasks.map((task) => formatTaskId(task.id));
  const idWidth = Math.min(24, Math.max(...ids.map((id) => id.length)));
  const notes = tasks.map((task) => noteOf(desk, task));
  const noteWidth = Math.min(44, Math.max(0, ...notes.map((note) => note.length)));
  const titleWidth = Math.max(16, terminalWidth() - idWidth - noteWidth - 27);
  return tasks
    .map((task, n) => {
      const { status } = task.state;
      const look = looks[status];
      const word = status.replace('_', ' ').padEnd(11);
      const cells = [
        cell(ids[n] ?? '', idWidth).padStart(idWidth),
        look === null ? word : styled(look, word),
        task.content.priority.padEnd(8),
        cell(task.content.title, titleWidth).padEnd(titleWidth),
        styled('dim', cell(notes[n] ?? '', noteWidth)),
      ];
      return cells.join('  ').trimEnd();
    })
    .join('\n');
}

/** Who has it, why it waits, or how it ended. */
function noteOf(desk: Desk, task: Task): string {
  const { state } = task;
  switch (state.status) {
    case 'in_progress': {
      const { agent, percent } = state.claim;
      return percent === undefined ? agent : `${agent}, ${percent} %`;
    }
    case 'completed':
      return formatTime(state.at);
    case 'poisoned':
      return state.errorClass;
    case 'cancelled':
    case 'skipped':
    case 'interrupted':
      return state.reason;
    case 'pending':
    case 'failed': {
      const reason = isWaiting(task)
        ? waitReason(desk.queue, task, null, desk.pickContext())
        : null;
      if (reason !== null) return explainWait(reason, formatTime);
      return isLaneTask(task) ? 'for the lane' : 'ready';
    }
  }
}
