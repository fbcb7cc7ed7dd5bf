/** The list of tasks as a table: id, state, priority, title, and why it waits. */
import { formatTaskId } from '../../core/ids.ts';
import type { Task } from '../../core/task.ts';
import type { Desk } from '../../coordinator/desk.ts';
import { standingOf } from './standing.ts';
import type { Column } from './table.ts';
import { tableLines } from './table.ts';
import { terminalWidth } from './text.ts';

const columns: readonly Column[] = [
  { align: 'right', max: 24 },
  {},
  { optional: 2 },
  { min: 20 },
  { min: 12, max: 44, optional: 1 },
];

export function renderTasks(desk: Desk, tasks: readonly Task[]): string {
  if (tasks.length === 0) {
    const { size } = desk.queue.tasks;
    if (size === 0) return 'No tasks. `signalbox add "A first task"` adds one.';
    return `None of the ${size === 1 ? 'one task' : `${size} tasks`} is like that; \`signalbox list\` shows all.`;
  }
  const context = desk.pickContext();
  const rows = tasks.map((task) => {
    const { style, note } = standingOf(desk.queue, task, context);
    const { title, priority } = task.content;
    return [
      formatTaskId(task.id),
      { text: task.state.status.replace('_', ' '), style },
      priority,
      title,
      { text: note, style: 'dim' as const },
    ];
  });
  return tableLines(columns, rows, terminalWidth()).join('\n');
}
