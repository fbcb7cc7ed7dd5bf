/** Tasks, each in one line of a given width: sign, id, title, and where it stands. */
import { formatTaskId } from '../../core/ids.ts';
import type { PickContext } from '../../core/pick.ts';
import type { Queue } from '../../core/queue.ts';
import type { Task } from '../../core/task.ts';
import { glyphs } from './glyphs.ts';
import { standingOf } from './standing.ts';
import type { Column } from './table.ts';
import { tableLines } from './table.ts';
import { styled } from './text.ts';
import { cell, widthOf } from './width.ts';

/** Columns that a title gets before its note is cut. */
const leastTitle = 16;

export interface TaskLineOptions {
  readonly queue: Queue;
  readonly context: PickContext;
  /** In place of where it stands. */
  readonly note?: string;
}

const longestId = 20;

export function taskLine(task: Task, width: number, options: TaskLineOptions): string {
  const { queue, context } = options;
  const standing = standingOf(queue, task, context);
  const sign = glyphs()[standing.sign];
  const id = cell(formatTaskId(task.id), longestId);
  const room = width - widthOf(sign) - widthOf(id) - 3;
  const wanted = options.note ?? standing.note;
  const titleRoom = Math.max(leastTitle, room - 2 - widthOf(cell(wanted, room)));
  const title = cell(task.content.title, Math.min(room, titleRoom));
  const note = cell(wanted, Math.max(0, room - 2 - widthOf(title)));
  const mark = standing.style === null ? sign : styled(standing.style, sign);
  const said = note === '' ? '' : `  ${styled('dim', note)}`;
  const isOver = standing.sign === 'done' || standing.sign === 'dropped';
  return `${mark} ${styled('dim', id)} ${isOver ? styled('dim', title) : title}${said}`;
}

/** A title takes no more of the width than this, so that what is said of it stays near it. */
const titleShare = 0.6;

/** The same as a table, for tasks of which none stands below another. */
export function taskTable(
  rows: readonly { readonly task: Task; readonly note?: string }[],
  width: number,
  { queue, context }: Pick<TaskLineOptions, 'queue' | 'context'>,
): readonly string[] {
  const columns: readonly Column[] = [
    {},
    { max: longestId },
    { min: leastTitle, max: Math.max(leastTitle, Math.floor(width * titleShare)) },
    { min: leastTitle, optional: 1 },
  ];
  const cells = rows.map(({ task, note }) => {
    const { sign, style, note: standing } = standingOf(queue, task, context);
    return [
      { text: glyphs()[sign], style },
      { text: formatTaskId(task.id), style: 'dim' as const },
      task.content.title,
      { text: note ?? standing, style: 'dim' as const },
    ];
  });
  return tableLines(columns, cells, width);
}
