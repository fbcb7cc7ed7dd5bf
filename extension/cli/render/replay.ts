/** The past for people: a task's story in numbered steps, and the queue as it stood at a moment. */
import type { OlderLine } from '../../coordinator/auditArchive.ts';
import type { LogRecord } from '../../core/event.ts';
import type { Instant, TaskId } from '../../core/ids.ts';
import { formatTaskId } from '../../core/ids.ts';
import { eventName } from '../../core/projections/eventKinds.ts';
import type { Queue } from '../../core/queue.ts';
import { openDependencies } from '../../core/queue.ts';
import type { Task } from '../../core/task.ts';
import { claimOf } from '../../core/task.ts';
import { formatDuration, formatTime, plain, styled, terminalWidth } from './text.ts';
import { cell, padEnd } from './width.ts';

/** What one step shows. */
interface Step {
  readonly at: Instant | null;
  readonly event: string;
  readonly agent: string | null;
  readonly status: string | null;
  readonly message: string;
}

/** Each step with its time, the time since the one before, and the state that it led to. */
export function renderSteps(
  task: TaskId,
  older: readonly OlderLine[],
  history: readonly LogRecord[],
): string {
  const steps = [...older.map((line) => ({ ...line, status: null })), ...history.map(stepOf)];
  const created = history.find(({ event }) => event === 'CREATED' || event === 'IMPORTED');
  const title = created === undefined ? '' : ` ${titleOf(created)}`;
  let before: Instant | null = null;
  const rows = steps.map((step, index) => {
    const since = step.at === null || before === null ? '' : `+${formatDuration(step.at - before)}`;
    before = step.at ?? before;
    return [
      String(index + 1).padStart(4),
      styled('dim', (step.at === null ? '' : timeOf(step.at)).padEnd(19)),
      styled('dim', (since === '+0 s' ? '' : since).padStart(11)),
      plain(step.event).padEnd(18),
      (step.status ?? '').replace('_', ' ').padEnd(11),
      plain(step.agent ?? '').padEnd(10),
      plain(step.message),
    ]
      .join('  ')
      .trimEnd();
  });
  const last = [...history].reverse().find(({ status }) => status !== null);
  const end = last === undefined ? [] : [`It is ${last.status?.replace('_', ' ') ?? ''} then.`];
  return [styled('bold', `${formatTaskId(task)}${title}`), ...rows, ...end].join('\n');
}

/** `2026-11-22 14:32:08`, the reader's time: a story may go over days. */
function timeOf(at: Instant): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(two).join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

function stepOf(record: LogRecord): Step {
  const { at, agent, status, message } = record;
  return { at, event: eventName(record), agent, status, message };
}

function titleOf(created: LogRecord): string {
  if (created.event === 'CREATED') return `"${plain(created.data.title)}"`;
  return created.event === 'IMPORTED' ? `"${plain(created.data.content.title)}"` : '';
}

/** The whole queue as `queue` has it. Whatever is shown was so at that moment. */
export function renderMoment(queue: Queue, tasks: readonly Task[]): string {
  if (queue.end === 0) return 'Nothing had happened yet.';
  const head = `The queue at position ${queue.end}, ${formatTime(queue.lastAt)}:`;
  if (tasks.length === 0) return `${head}\nNo tasks.`;
  const ids = tasks.map(({ id }) => formatTaskId(id));
  const idWidth = Math.min(24, Math.max(...ids.map((id) => id.length)));
  const titleWidth = Math.max(16, terminalWidth() - idWidth - 56);
  const rows = tasks.map((task, n) =>
    [
      cell(ids[n] ?? '', idWidth).padStart(idWidth),
      task.state.status.replace('_', ' ').padEnd(11),
      task.content.priority.padEnd(8),
      padEnd(cell(task.content.title, titleWidth), titleWidth),
      styled('dim', cell(noteOf(queue, task), 30)),
    ]
      .join('  ')
      .trimEnd(),
  );
  return [head, ...rows].join('\n');
}

/** Who had it, what it waited for, or how it ended. */
function noteOf(queue: Queue, task: Task): string {
  const { state } = task;
  switch (state.status) {
    case 'in_progress':
      return claimOf(task)?.agent ?? '';
    case 'failed':
      return `next try at ${formatTime(state.notBeforeAt)}`;
    case 'poisoned':
      return state.errorClass;
    case 'completed':
      return formatTime(state.at);
    case 'pending': {
      const open = openDependencies(queue, task);
      return open.length === 0 ? '' : `after ${open.map(formatTaskId).join(', ')}`;
    }
    default:
      return state.reason;
  }
}
