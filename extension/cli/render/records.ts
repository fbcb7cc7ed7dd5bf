/** Lines of the log for people. */
import type { LogRecord } from '../../core/event.ts';
import { formatTaskId } from '../../core/ids.ts';
import { plain, styled } from './text.ts';

const bad = new Set(['FAILED', 'TIMEOUT', 'POISON_PILL', 'LEASE_EXPIRED']);
const good = new Set(['COMPLETED']);

/** `14:32:08  #12  CLAIMED      Claude  Claimed by Claude` */
export function renderRecord(record: LogRecord): string {
  const { at, task, event, agent, message, data } = record;
  const name = event === 'NOTE' && 'event' in data ? `NOTE (${data.event})` : event;
  const padded = name.padEnd(13);
  const look = bad.has(event) ? 'red' : good.has(event) ? 'green' : null;
  return [
    styled('dim', timeOf(at)),
    (task === null ? '' : formatTaskId(task)).padStart(5),
    look === null ? padded : styled(look, padded),
    plain(agent ?? '').padEnd(10),
    plain(message),
  ]
    .join('  ')
    .trimEnd();
}

function timeOf(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
}
