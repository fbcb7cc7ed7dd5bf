/** The lists of the report: what comes next, what waits and why, what was completed. */
import type { Desk } from '../../coordinator/desk.ts';
import { formatTaskId } from '../../core/ids.ts';
import { explainWait } from '../../core/pick.ts';
import { explainTurn } from '../../core/projections/explain.ts';
import { tasksOf } from '../../core/queue.ts';
import type { Overview } from '../overview.ts';
import { startOfDay } from '../overview.ts';
import { escaped, markdownTable } from './markdown.ts';
import { formatUtc } from './text.ts';

/** The most tasks of a list: the report tells how things stand, and is no copy of the queue. */
const mostRows = 20;
const resultChars = 200;

export function upNextTable({ view, context }: Overview): readonly string[] {
  const rows = view.upNext.map(({ task, lane, agent }) => [
    formatTaskId(task.id),
    escaped(task.content.title),
    explainTurn(task, context),
    lane ? 'the lane' : escaped(agent ?? 'any agent'),
  ]);
  return firstRows(['task', 'title', 'priority', 'for'], rows);
}

export function waitingTable({ view }: Overview): readonly string[] {
  const rows = view.waiting.map(({ task, reason }) => [
    formatTaskId(task.id),
    escaped(task.content.title),
    escaped(
      reason.type === 'approval'
        ? 'its program is not approved yet'
        : explainWait(reason, (at) => formatUtc(at)),
    ),
  ]);
  return firstRows(['task', 'title', 'why'], rows);
}

/** The newest first, with what came of them. */
export function completedTable({ queue }: Desk, { now }: Overview): readonly string[] {
  const since = startOfDay(now);
  const rows = [...tasksOf(queue, queue.tasks.keys())]
    .flatMap(({ id, content, lastClaim, state }) =>
      state.status === 'completed' && state.at >= since ? [{ id, content, lastClaim, state }] : [],
    )
    .sort((a, b) => b.state.at - a.state.at)
    .map(({ id, content, lastClaim, state }) => [
      ...[formatTaskId(id), escaped(content.title), escaped(lastClaim?.agent ?? '')],
      ...[formatUtc(state.at), escaped(resultOf(state.result))],
    ]);
  return firstRows(['task', 'title', 'agent', 'at', 'result'], rows);
}

/** As much as fits a table; a result kept in a file of its own is left there. */
function resultOf(result: string | object | null): string {
  if (result === null) return '';
  if (typeof result !== 'string') return '(long)';
  return result.length > resultChars ? `${result.slice(0, resultChars - 1)}…` : result;
}

function firstRows(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  if (rows.length === 0) return ['None.'];
  const more = rows.length - mostRows;
  const table = markdownTable(head, rows.slice(0, mostRows));
  return more > 0 ? [...table, '', `And ${more} more.`] : table;
}
