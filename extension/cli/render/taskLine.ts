/** One task in one line of a given width: sign, id, title, and where it stands. */
import { formatTaskId } from '../../core/ids.ts';
import type { PickContext } from '../../core/pick.ts';
import type { Queue } from '../../core/queue.ts';
import type { Task } from '../../core/task.ts';
import { glyphs } from './glyphs.ts';
import { standingOf } from './standing.ts';
import { styled } from './text.ts';
import { cell, padEnd, widthOf } from './width.ts';

/** Columns that a title gets before its note is cut. */
const leastTitle = 16;

export interface TaskLineOptions {
  readonly queue: Queue;
  readonly context: PickContext;
  /** In place of where it stands. */
  readonly note?: string;
  /** Columns of the id, so that titles of several lines begin below one another. */
  readonly idWidth?: number;
}

const longestId = 20;

/** Columns that the ids of `tasks` take. */
export function idWidthOf(tasks: readonly Task[]): number {
  const widths = tasks.map(({ id }) => Math.min(longestId, formatTaskId(id).length));
  return Math.max(0, ...widths);
}

export function taskLine(task: Task, width: number, options: TaskLineOptions): string {
  const { queue, context, idWidth = 0 } = options;
  const standing = standingOf(queue, task, context);
  const sign = glyphs()[standing.sign];
  const id = padEnd(cell(formatTaskId(task.id), longestId), idWidth);
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
