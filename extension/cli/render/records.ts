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

/** How often each event happened, and to whom. */
export function renderAuditStats(records: readonly LogRecord[]): { json: unknown; text: string } {
  const by_event = countBy(records, ({ event }) => event);
  const by_agent = countBy(records, ({ agent }) => agent);
  const rows = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([name, count]) => `  ${String(count).padStart(7)}  ${plain(name)}`);
  const text = [`${records.length} events`, ...rows(by_event), 'By agent', ...rows(by_agent)];
  return { json: { ok: true, events: records.length, by_event, by_agent }, text: text.join('\n') };
}

function countBy(
  records: readonly LogRecord[],
  nameOf: (record: LogRecord) => string | null,
): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const record of records) {
    const name = nameOf(record);
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]));
}
