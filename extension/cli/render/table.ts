/**
 * Rows in aligned columns that fit a width: long texts are cut, and the least needed columns go
 * where the width is too small for all.
 *
 * Knows nothing of tasks; what is said, and in which colour, is up to the caller.
 */
import type { Style } from './text.ts';
import { styled } from './text.ts';
import { cell, padEnd, padStart, widthOf } from './width.ts';

export interface Column {
  readonly align?: 'right';
  /** The narrowest it is cut to; never cut where not given. */
  readonly min?: number;
  /** The widest it gets. */
  readonly max?: number;
  /** Whether it may go, the highest number first. */
  readonly optional?: number;
}

export interface Cell {
  readonly text: string;
  readonly style?: Style | null;
}

const gap = '  ';

/** Lines of `width` columns at most, as far as the columns that may not go allow it. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly (string | Cell)[])[],
  width: number,
): readonly string[] {
  const cells = rows.map((row) =>
    row.map((each) => (typeof each === 'string' ? { text: each } : each)),
  );
  const natural = columns.map((column, n) =>
    cells.reduce(
      (widest, row) =>
        Math.min(column.max ?? Infinity, Math.max(widest, widthOf(row[n]?.text ?? ''))),
      0,
    ),
  );
  const widths = fitted(columns, natural, width);
  return cells.map((row) => {
    const shown = row.flatMap(({ text, style }, n) => {
      const room = widths[n] ?? 0;
      if (room === 0) return [];
      const short = cell(text, room);
      const padded = columns[n]?.align === 'right' ? padStart(short, room) : padEnd(short, room);
      return [style ? styled(style, padded) : padded];
    });
    return shown.join(gap).trimEnd();
  });
}

/** The width of each column; 0 for one that goes. */
function fitted(
  columns: readonly Column[],
  natural: readonly number[],
  width: number,
): readonly number[] {
  const kept = natural.map((each) => each > 0);
  for (;;) {
    const shown = columns.flatMap((column, n) =>
      kept[n] ? [{ n, column, wide: natural[n] ?? 0 }] : [],
    );
    const room = width - gap.length * Math.max(0, shown.length - 1);
    const least = shown.reduce(
      (sum, { column, wide }) => sum + Math.min(wide, column.min ?? wide),
      0,
    );
    const optional = shown
      .filter(({ column }) => column.optional !== undefined)
      .sort((a, b) => (b.column.optional ?? 0) - (a.column.optional ?? 0))[0];
    if (least > room && optional !== undefined) {
      kept[optional.n] = false;
      continue;
    }
    return narrowed(columns, natural, kept, room);
  }
}

/** Takes columns from the widest that can give, until all fit. */
function narrowed(
  columns: readonly Column[],
  natural: readonly number[],
  kept: readonly boolean[],
  room: number,
): readonly number[] {
  const widths = natural.map((wide, n) => (kept[n] ? wide : 0));
  let over = widths.reduce((sum, wide) => sum + wide, 0) - room;
  while (over > 0) {
    let widest = -1;
    widths.forEach((wide, n) => {
      const least = columns[n]?.min ?? wide;
      if (wide > least && (widest < 0 || wide > (widths[widest] ?? 0))) widest = n;
    });
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over--;
  }
  return widths;
}
