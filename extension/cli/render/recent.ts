/** What happened last, a line an event, in columns that fit a width. */
import type { LogRecord } from '../../core/event.ts';
import { formatTaskId } from '../../core/ids.ts';
import { eventName } from '../../core/projections/eventKinds.ts';
import { clockOf, eventStyle } from './records.ts';
import type { Column } from './table.ts';
import { tableLines } from './table.ts';

const columns: readonly Column[] = [
  {},
  { max: 16 },
  { min: 12 },
  { max: 14, optional: 1 },
  { min: 12 },
];

export function recentLines(records: readonly LogRecord[], width: number): readonly string[] {
  const rows = records.map((record) => [
    { text: clockOf(record.at), style: 'dim' as const },
    { text: record.task === null ? '' : formatTaskId(record.task), style: 'dim' as const },
    { text: eventName(record), style: eventStyle(record) },
    record.agent ?? '',
    record.message,
  ]);
  return tableLines(columns, rows, width);
}
