/** Who works on what: a bar for each agent, what it holds, and how its attempts ended. */
import { formatTaskId } from '../../core/ids.ts';
import type { Instant } from '../../core/ids.ts';
import type { AgentAttempts, AgentWorkload } from '../../core/projections/workload.ts';
import { noAttempts } from '../../core/projections/workload.ts';
import { glyphs } from './glyphs.ts';
import type { Cell, Column } from './table.ts';
import { tableLines } from './table.ts';
import { formatDuration, styled } from './text.ts';
import { cell } from './width.ts';

export type Attempts = ReadonlyMap<string, AgentAttempts>;

const barWidth = 10;

const columns: readonly Column[] = [
  { max: 24, min: 8 },
  {},
  { align: 'right' },
  { optional: 1 },
  { optional: 2 },
  { min: 10, optional: 3 },
];

/** A line for each agent; with `held`, a line under it for each task that it holds. */
export function workloadLines(
  rows: readonly AgentWorkload[],
  attempts: Attempts,
  { now, width, held }: { readonly now: Instant; readonly width: number; readonly held: boolean },
): readonly string[] {
  const lines = tableLines(
    columns,
    rows.map((row) => agentCells(row, attempts.get(row.agent) ?? noAttempts, now)),
    width,
  );
  return lines.flatMap((line, n) => [line, ...(held ? heldLines(rows[n], now, width) : [])]);
}

function agentCells(
  row: AgentWorkload,
  attempts: AgentAttempts,
  now: Instant,
): readonly (string | Cell)[] {
  const { held, capacity, agent, lane } = row;
  const isOver = held.length > capacity;
  const style = isOver ? 'yellow' : held.length > 0 ? 'blue' : 'dim';
  return [
    agent,
    { text: bar(held.length, capacity), style },
    `${held.length} of ${capacity}`,
    todayWords(attempts.since),
    failureWords(attempts),
    { text: lane ? 'the lane' : idleWords(row, now), style: 'dim' },
  ];
}

function bar(held: number, capacity: number): string {
  const { full, empty } = glyphs();
  const share = capacity === 0 ? Number(held > 0) : Math.min(1, held / capacity);
  const filled = Math.max(held > 0 ? 1 : 0, Math.round(share * barWidth));
  return full.repeat(filled) + empty.repeat(barWidth - filled);
}

function todayWords({ completed, failed }: AgentAttempts['since']): string {
  return completed + failed === 0 ? 'none today' : `${completed} done today`;
}

function failureWords({ completed, failed }: AgentAttempts): string {
  const all = completed + failed;
  if (all === 0) return '';
  return failed === 0 ? 'none failed' : `${failed} of ${all} failed`;
}

function idleWords({ held, setAside, lastSeenAt }: AgentWorkload, now: Instant): string {
  if (setAside > 0) return `${setAside} set aside for it`;
  if (held.length > 0) return '';
  return lastSeenAt === null ? 'not seen yet' : `idle for ${formatDuration(now - lastSeenAt)}`;
}

function heldLines(row: AgentWorkload | undefined, now: Instant, width: number): readonly string[] {
  const { running } = glyphs();
  return (row?.held ?? []).map(({ task, title, since, percent }) => {
    const age = formatDuration(now - since) + (percent === null ? '' : `, ${percent} %`);
    const start = `  ${styled('blue', running)} ${styled('dim', formatTaskId(task))} `;
    const room = width - 7 - formatTaskId(task).length - age.length;
    return `${start}${cell(title, room)}  ${styled('dim', age)}`;
  });
}
