/** Lines of the log for people. */
import type { LogRecord } from '../../core/event.ts';
import { formatTaskId } from '../../core/ids.ts';
import { eventName } from '../../core/projections/eventKinds.ts';
import type { Style } from './text.ts';
import { plain, styled } from './text.ts';

const bad = new Set(['FAILED', 'TIMEOUT', 'POISON_PILL', 'LEASE_EXPIRED']);
const good = new Set(['COMPLETED']);

/** `14:32:08  #12  CLAIMED      Claude  Claimed by Claude` */
export function renderRecord(record: LogRecord): string {
  const { at, task, agent, message } = record;
  const padded = plain(eventName(record)).padEnd(13);
  const look = eventStyle(record);
  return [
    styled('dim', clockOf(at)),
    (task === null ? '' : formatTaskId(task)).padStart(5),
    look === null ? padded : styled(look, padded),
    plain(agent ?? '').padEnd(10),
    plain(message),
  ]
    .join('  ')
    .trimEnd();
}

export function eventStyle({ event }: LogRecord): Style | null {
  if (bad.has(event)) return 'red';
  return good.has(event) ? 'green' : null;
}

/** The time of day, to the second, of the reader. */
export function clockOf(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
}
