/** How often each event happened, to whom, and over which time: figures of the whole trail. */
import type { Instant, TaskId } from '../../core/ids.ts';
import { formatTaskId } from '../../core/ids.ts';
import { isError } from '../../core/projections/eventKinds.ts';
import { formatTime, plain } from './text.ts';

interface Counted {
  readonly event: string;
  /** A note names in it the event that it is about. */
  readonly data?: object;
  readonly task: TaskId | null;
  readonly agent: string | null;
  readonly at: Instant | null;
}

export interface AuditStats {
  readonly events: number;
  readonly errors: number;
  readonly tasks: number;
  readonly first: string | null;
  readonly last: string | null;
  readonly by_event: Readonly<Record<string, number>>;
  readonly by_agent: Readonly<Record<string, number>>;
  /** By the day in UTC. */
  readonly by_day: Readonly<Record<string, number>>;
  /** The tasks with most errors, at most ten. */
  readonly errors_by_task: Readonly<Record<string, number>>;
}

const mostErrors = 10;

export function auditStats(lines: readonly Counted[]): AuditStats {
  const errors = lines.filter(isError);
  const times = lines.flatMap(({ at }) => (at === null ? [] : [at]));
  const time = (at: Instant | undefined) => (at === undefined ? null : new Date(at).toISOString());
  const byTask = countBy(errors, ({ task }) => (task === null ? null : formatTaskId(task)));
  return {
    events: lines.length,
    errors: errors.length,
    tasks: new Set(lines.flatMap(({ task }) => (task === null ? [] : [String(task)]))).size,
    first: time(times[0]),
    last: time(times.at(-1)),
    by_event: countBy(lines, ({ event }) => event),
    by_agent: countBy(lines, ({ agent }) => agent),
    by_day: countBy(lines, ({ at }) => time(at ?? undefined)?.slice(0, 10) ?? null),
    errors_by_task: Object.fromEntries(Object.entries(byTask).slice(0, mostErrors)),
  };
}

export function renderAuditStats(stats: AuditStats): string {
  const { events, errors, tasks, first, last } = stats;
  const when = (text: string) => formatTime(Date.parse(text) as Instant);
  const span = first === null || last === null ? '' : `, ${when(first)} to ${when(last)}`;
  return [
    `${events} events of ${tasks} tasks, ${errors} errors${span}`,
    ...section('By event', stats.by_event),
    ...section('By agent', stats.by_agent),
    ...section('By day', stats.by_day),
    ...section('Errors by task', stats.errors_by_task),
  ].join('\n');
}

function section(title: string, counts: Readonly<Record<string, number>>): readonly string[] {
  const rows = Object.entries(counts);
  if (rows.length === 0) return [];
  return [title, ...rows.map(([name, count]) => `  ${String(count).padStart(7)}  ${plain(name)}`)];
}

function countBy(
  lines: readonly Counted[],
  nameOf: (line: Counted) => string | null,
): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const name = nameOf(line);
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]));
}
