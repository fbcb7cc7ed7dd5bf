/** The queue's figures as text and as JSON. */
import { formatTaskId } from '../../core/ids.ts';
import type { Durations, Stats, Tally } from '../../core/projections/stats.ts';
import type { Cell, Column } from './table.ts';
import { tableLines } from './table.ts';
import type { Style } from './text.ts';
import { formatDuration, styled, terminalWidth } from './text.ts';

export function statsJson(stats: Stats): unknown {
  const { byStatus, byPriority, bySession, waitTime, runTime, oldestWaiting, ...rest } = stats;
  const { throughputPerHour, completedLastHour, ...tally } = rest;
  return {
    ok: true,
    ...tally,
    by_status: byStatus,
    by_priority: byPriority,
    by_session: Object.fromEntries(bySession),
    wait_seconds: seconds(waitTime),
    run_seconds: seconds(runTime),
    throughput_per_hour: Math.round(throughputPerHour * 100) / 100,
    completed_last_hour: completedLastHour,
    oldest_waiting:
      oldestWaiting === null
        ? null
        : { task: oldestWaiting.task, waited_seconds: Math.round(oldestWaiting.waitedMs / 1000) },
  };
}

function seconds({ count, meanMs, medianMs }: Durations): unknown {
  const round = (ms: number | null) => (ms === null ? null : Math.round(ms / 10) / 100);
  return { count, mean: round(meanMs), median: round(medianMs) };
}

export function renderStats(stats: Stats): string {
  const { byPriority, bySession, waitTime, runTime, oldestWaiting } = stats;
  const { waiting, running, attention, ended } = stats;
  const oldest =
    oldestWaiting === null
      ? 'none'
      : `${formatDuration(oldestWaiting.waitedMs)} (${formatTaskId(oldestWaiting.task)})`;
  const counts = [`${waiting} waiting`, `${running} running`, `${ended} ended`];
  const needs = attention === 0 ? [] : [styled('yellow', `${attention} need a person`)];
  const rows = [
    ...Object.entries(byPriority).reverse(),
    ...[...bySession].map(([name, tally]) => [`session ${name}`, tally] as const),
  ].map(([name, tally]) => tallyRow(name, tally));
  return [
    [...counts, ...needs].join(', '),
    '',
    ...tableLines(columns, [heads, ...rows], terminalWidth()),
    '',
    `Waited       ${durationsLine(waitTime)}`,
    `Ran          ${durationsLine(runTime)}`,
    `Completed    ${stats.completedLastHour} in the last hour, ${stats.throughputPerHour.toFixed(1)} per hour today`,
    `Oldest wait  ${oldest}`,
  ].join('\n');
}

const columns: readonly Column[] = [
  { min: 12, max: 40 },
  ...Array.from({ length: 4 }, (): Column => ({ align: 'right' })),
];

const heads: readonly Cell[] = ['', 'waiting', 'running', 'need a person', 'ended'].map((text) => ({
  text,
  style: 'dim',
}));

function tallyRow(name: string, tally: Tally): readonly (string | Cell)[] {
  const { waiting, running, attention, ended } = tally;
  const count = (number: number, style: Style | null = null): Cell => ({
    text: String(number),
    style: number === 0 ? 'dim' : style,
  });
  return [name, count(waiting), count(running), count(attention, 'yellow'), count(ended)];
}

function durationsLine({ meanMs, medianMs }: Durations): string {
  if (meanMs === null || medianMs === null) return 'nothing yet';
  return `${formatDuration(medianMs)} median, ${formatDuration(meanMs)} mean`;
}
