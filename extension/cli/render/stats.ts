/** The queue's figures as text and as JSON. */
import type { Durations, Stats, Tally } from '../../core/projections/stats.ts';
import { formatDuration, plain, styled } from './text.ts';

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
  const oldest =
    oldestWaiting === null
      ? 'none'
      : `${formatDuration(oldestWaiting.waitedMs)} (${oldestWaiting.task})`;
  return [
    tallyLine('All', stats),
    ...Object.entries(byPriority)
      .reverse()
      .map(([name, tally]) => tallyLine(name, tally)),
    ...[...bySession].map(([name, tally]) => tallyLine(plain(name), tally)),
    '',
    `Waited       ${durationsLine(waitTime)}`,
    `Ran          ${durationsLine(runTime)}`,
    `Completed    ${stats.completedLastHour} in the last hour, ${stats.throughputPerHour.toFixed(1)} per hour today`,
    `Oldest wait  ${oldest}`,
  ].join('\n');
}

function tallyLine(name: string, { waiting, running, attention, ended }: Tally): string {
  const counts = [`${waiting} waiting`, `${running} running`, `${ended} ended`];
  const needs = attention === 0 ? [] : [styled('yellow', `${attention} need a person`)];
  return `${name.padEnd(12)} ${[...counts, ...needs].join(', ')}`;
}

function durationsLine({ meanMs, medianMs }: Durations): string {
  if (meanMs === null || medianMs === null) return 'nothing yet';
  return `${formatDuration(medianMs)} median, ${formatDuration(meanMs)} mean`;
}
