/** The report: how the queue stands, as a document that a person would send. */
import type { Instant } from '../../core/ids.ts';
import { formatTaskId } from '../../core/ids.ts';
import { noAttempts } from '../../core/projections/workload.ts';
import type { Task } from '../../core/task.ts';
import { claimOf } from '../../core/task.ts';
import type { Desk } from '../../coordinator/desk.ts';
import type { HealthCheck } from '../../coordinator/health.ts';
import type { Overview } from '../overview.ts';
import { version } from '../version.ts';
import { escaped, markdownTable } from './markdown.ts';
import { eventName } from '../../core/projections/eventKinds.ts';
import { completedTable, upNextTable, waitingTable } from './reportLists.ts';
import { formatDuration, formatUtc } from './text.ts';

const marks = { ok: 'ok', warn: '**look**', fail: '**FAILS**' } as const;

export function renderReport(
  desk: Desk,
  overview: Overview,
  health: readonly HealthCheck[],
): string {
  const { now } = overview;
  const sections = [
    [`# Signalbox report`, '', `${escaped(desk.paths.root)}, ${formatUtc(now)}`],
    ['## Summary', '', summary(overview, health)],
    ['## Health', '', ...healthTable(health)],
    ['## Counts', '', ...countsTable(overview)],
    ['## Active', '', ...activeTable(overview)],
    ['## Failures and poison pills', '', ...attentionTable(overview)],
    ['## Up next', '', ...upNextTable(overview)],
    ['## Waiting', '', ...waitingTable(overview)],
    ['## Completed today', '', ...completedTable(desk, overview)],
    ['## Workload', '', ...workloadTable(overview)],
    ['## Last events', '', ...eventsTable(overview)],
    ['## Versions', '', ...versions(desk)],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function summary(
  { stats, attention, doneToday }: Overview,
  health: readonly HealthCheck[],
): string {
  const bad = health.filter(({ verdict }) => verdict === 'fail').map(({ name }) => name);
  const sentences = [
    `${count(stats.running, 'task')} in progress, ${stats.waiting} waiting, ${stats.byStatus.completed} completed of ${stats.total}, ${doneToday} of them today.`,
    attention.length === 0
      ? 'Nothing needs a look.'
      : `${count(attention.length, 'matter')} to look at.`,
    bad.length === 0 ? 'All health checks pass.' : `Health checks that fail: ${bad.join(', ')}.`,
  ];
  return sentences.join(' ');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function healthTable(health: readonly HealthCheck[]): readonly string[] {
  const rows = health.map(({ name, verdict, message }) => [name, marks[verdict], escaped(message)]);
  return markdownTable(['check', 'verdict', 'says'], rows);
}

function countsTable({ stats }: Overview): readonly string[] {
  const statuses = Object.entries(stats.byStatus).map(([status, number]) => [
    status.replace('_', ' '),
    String(number),
  ]);
  return markdownTable(['status', 'tasks'], [...statuses, ['all', String(stats.total)]]);
}

function activeTable({ view, now, context }: Overview): readonly string[] {
  const lane = view.active === null ? [] : [view.active];
  const rows = [
    ...lane.map(({ task, title, agent, since, percent }) => [
      ...[formatTaskId(task), escaped(title), `${escaped(agent)} (lane)`],
      ...[formatDuration(now - since), percentOf(percent)],
    ]),
    ...view.held.map(({ task }) => heldRow(task, context.now)),
  ];
  if (rows.length === 0) return ['Nothing is in progress.'];
  return markdownTable(['task', 'title', 'agent', 'for', 'done'], rows);
}

function heldRow(task: Task, now: Instant): readonly string[] {
  const claim = claimOf(task);
  return [
    ...[formatTaskId(task.id), escaped(task.content.title), escaped(claim?.agent ?? '')],
    ...[formatDuration(now - (claim?.claimedAt ?? now)), percentOf(claim?.percent ?? null)],
  ];
}

function percentOf(percent: number | null): string {
  return percent === null ? '' : `${percent} %`;
}

function attentionTable({ attention }: Overview): readonly string[] {
  if (attention.length === 0) return ['None.'];
  const rows = attention.map(({ type, task, title, why, command }) => [
    task === null ? '' : formatTaskId(task),
    escaped(title),
    type === 'poisoned' ? 'poison pill' : type,
    escaped(why),
    command === null ? '' : `\`signalbox ${command}\``,
  ]);
  return markdownTable(['task', 'title', 'what', 'why', 'next'], rows);
}

function workloadTable({ agents, attempts }: Overview): readonly string[] {
  if (agents.length === 0) return ['No agents yet.'];
  const rows = agents.map(({ agent, held, capacity }) => {
    const { completed, failed, since } = attempts.get(agent) ?? noAttempts;
    const all = completed + failed;
    return [
      escaped(agent),
      `${held.length} of ${capacity}`,
      String(since.completed),
      all === 0 ? '' : `${failed} of ${all}`,
    ];
  });
  return markdownTable(['agent', 'holds', 'completed today', 'attempts failed'], rows);
}

function eventsTable({ recent }: Overview): readonly string[] {
  if (recent.length === 0) return ['None.'];
  const rows = recent.map((record) => [
    formatUtc(record.at),
    record.task === null ? '' : formatTaskId(record.task),
    escaped(eventName(record)),
    escaped(record.agent ?? ''),
    escaped(record.message),
  ]);
  return markdownTable(['time', 'task', 'event', 'agent', 'message'], rows);
}

function versions({ store, queue }: Desk): readonly string[] {
  return [
    `- Signalbox ${version}, Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    `- Log ${store.logId}, position ${queue.end}`,
  ];
}
