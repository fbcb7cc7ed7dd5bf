/**
 * The whole queue on one screen, in the order of a person's questions: what runs, what needs me,
 * what comes next, what waits and why, who is busy, what just happened.
 *
 * Fits any width, and any height by cutting the longest lists. Reads no terminal and no clock.
 */
import type { Desk } from '../../coordinator/desk.ts';
import { formatTaskId } from '../../core/ids.ts';
import { explainTurn } from '../../core/projections/explain.ts';
import type { QueueView } from '../../core/projections/queueView.ts';
import type { Queue } from '../../core/queue.ts';
import type { Task } from '../../core/task.ts';
import type { Attention } from '../attention.ts';
import type { Overview } from '../overview.ts';
import { attentionLines } from './attention.ts';
import { glyphs } from './glyphs.ts';
import { recentLines } from './recent.ts';
import { laneAtRest } from './status.ts';
import { taskTable } from './taskLine.ts';
import { formatDuration, plain, styled } from './text.ts';
import { padEnd, widthOf, cell } from './width.ts';
import { workloadLines } from './workload.ts';

/** From here on sections stand side by side. */
const twoColumnsFrom = 132;
const columnGap = '   ';
/** The most lines of a section where the height sets no limit. */
const mostLines = 10;
const endlessLines = 60;
/** With fewer a section says too little to stay. */
const leastLines = 3;

interface Section {
  readonly title: string;
  /** The first of them, at least as many as a screen may show. */
  readonly lines: readonly string[];
  readonly count: number;
  /** How dearly it keeps its lines where the height is short. */
  readonly weight: number;
}

export interface DashboardSize {
  readonly width: number;
  /** Undefined where it does not matter. */
  readonly height?: number;
}

/** Lines of `width` columns at most; where a height is given, no more than that. */
export function dashboardLines(
  desk: Desk,
  overview: Overview,
  { width, height }: DashboardSize,
): readonly string[] {
  const head = [titleLine(desk, overview, width), laneLine(desk, overview, width)];
  head.push(countsLine(overview, width), '');
  const room = height === undefined ? undefined : Math.max(0, height - head.length);
  if (width < twoColumnsFrom) {
    const sections = [...taskSections(desk, overview, width), ...agentSections(overview, width)];
    return [...head, ...stacked(sections, room)].slice(0, height);
  }
  const left = Math.floor((width - columnGap.length) * 0.56);
  const right = width - columnGap.length - left;
  const columns = [
    stacked(taskSections(desk, overview, left), room),
    stacked(agentSections(overview, right), room),
  ] as const;
  return [...head, ...beside(...columns, left)].slice(0, height);
}

function titleLine(desk: Desk, { now }: Overview, width: number): string {
  const clock = new Date(now).toTimeString().slice(0, 8);
  const name = 'Signalbox';
  const place = cell(desk.paths.root, Math.max(0, width - name.length - clock.length - 4));
  return `${styled('bold', name)}  ${styled('dim', padEnd(place, width - name.length - clock.length - 4))}  ${styled('dim', clock)}`;
}

function laneLine(desk: Desk, { view, now }: Overview, width: number): string {
  const { lane, active } = view;
  const { dot, running } = glyphs();
  const kind = desk.current.kinds.get(active?.kind ?? 'ai');
  if (active === null) {
    return cell(`${kind?.ready ?? 'Ready'} ${dot} ${laneAtRest(lane)}`, width);
  }
  const word = `${running} ${kind?.working ?? 'Working'}`;
  const facts = [formatDuration(now - active.since)];
  if (active.percent !== null) facts.push(`${active.percent} %`);
  if (lane.phase !== 'running') facts.push(lane.phase);
  if (active.message !== null) facts.push(active.message);
  const rest = `${formatTaskId(active.task)} "${plain(active.title)}" ${dot} ${facts.join(` ${dot} `)}`;
  return `${styled('blue', word)} ${dot} ${cell(rest, width - widthOf(word) - 3)}`;
}

function countsLine(overview: Overview, width: number): string {
  const { view, stats, attention, doneToday } = overview;
  const running = view.held.length + (view.active === null ? 0 : 1);
  const counts = [
    `${running} running`,
    `${view.upNext.length} ready`,
    `${waitingElsewhere(overview).length} waiting`,
    ...(attention.length === 0 ? [] : [`${attention.length} to look at`]),
    `${doneToday} done today`,
    `${stats.throughputPerHour.toFixed(1)} per hour`,
  ];
  return styled('dim', cell(counts.join(` ${glyphs().dot} `), width));
}

function taskSections(desk: Desk, overview: Overview, width: number): readonly Section[] {
  const { queue } = desk;
  const { view, attention, context } = overview;
  const waiting = waitingElsewhere(overview);
  const lists = [
    view.held.map(({ task }) => ({ task })),
    view.upNext.slice(0, endlessLines).map(({ task, lane, agent }) => {
      const turn = explainTurn(task, context);
      const who = lane ? ', for the lane' : agent === null ? '' : `, set aside for ${agent}`;
      return { task, note: turn + who };
    }),
    waiting.slice(0, endlessLines).map(({ task }) => ({ task })),
  ] as const;
  // One table for all three, so that their columns stand below one another.
  const lines = taskTable(lists.flat(), width, { queue, context });
  const [held, next] = lists;
  const nextEnd = held.length + next.length;
  return [
    counted(
      'Needs a look',
      3,
      attentionLines(attention.slice(0, endlessLines), width),
      attention.length,
    ),
    counted('Running', 2, lines.slice(0, held.length), held.length),
    counted(upNextTitle(queue), 2, lines.slice(held.length, nextEnd), view.upNext.length),
    counted('Waiting', 1, lines.slice(nextEnd), waiting.length),
  ];
}

function upNextTitle({ paused }: Queue): string {
  if (paused.queue) return 'Up next (the queue is paused)';
  return paused.lane ? 'Up next (the lane is paused)' : 'Up next';
}

/** What waits and is not among what needs a look: nothing stands in two lists. */
function waitingElsewhere({ view, attention }: Overview): QueueView['waiting'] {
  return view.waiting.filter(({ task }) => !isListed(attention, task));
}

function isListed(attention: readonly Attention[], { id }: Task): boolean {
  return attention.some(({ task }) => task === id);
}

function agentSections(overview: Overview, width: number): readonly Section[] {
  const { agents, attempts, now, recent } = overview;
  const busy = [...agents].sort((a, b) => b.held.length - a.held.length);
  const latest = [...recent].reverse();
  return [
    counted(
      'Agents',
      1.5,
      workloadLines(busy, attempts, { now, width, held: false }),
      agents.length,
    ),
    {
      title: styled('bold', 'Recent events'),
      lines: recentLines(latest, width),
      count: 0,
      weight: 1,
    },
  ];
}

function counted(title: string, weight: number, lines: readonly string[], count: number): Section {
  return { title: `${styled('bold', title)} ${styled('dim', `(${count})`)}`, lines, count, weight };
}

/** One under another; where the height is short, long lists are cut, and then the last ones go. */
function stacked(all: readonly Section[], height: number | undefined): readonly string[] {
  const sections = all.filter(({ lines }) => lines.length > 0);
  const limits = sections.map(({ lines }) =>
    height === undefined ? Math.min(mostLines, lines.length) : lines.length,
  );
  const total = () => limits.reduce((sum, limit) => sum + limit + 2, 0) - 1;
  while (height !== undefined && total() > height && limits.length > 1) {
    const shares = limits.map((limit, n) =>
      limit <= leastLines ? 0 : limit / (sections[n]?.weight ?? 1),
    );
    const longest = Math.max(...shares);
    if (longest === 0) limits.pop();
    else limits.splice(shares.indexOf(longest), 1, (limits[shares.indexOf(longest)] ?? 0) - 1);
  }
  return limits
    .flatMap((limit, n) => sectionLines(sections[n], limit, n < limits.length - 1))
    .slice(0, height);
}

function sectionLines(
  section: Section | undefined,
  limit: number,
  isFollowed: boolean,
): readonly string[] {
  if (section === undefined) return [];
  const { title, lines, count } = section;
  return [title, ...shortened(lines, limit, count), ...(isFollowed ? [''] : [])];
}

/** What is left out is said, except where nobody counts. */
function shortened(lines: readonly string[], limit: number, count: number): readonly string[] {
  if (lines.length <= limit) return lines;
  if (count === 0 || limit < 2) return lines.slice(0, limit);
  return [...lines.slice(0, limit - 1), styled('dim', `  and ${count - limit + 1} more`)];
}

function beside(
  left: readonly string[],
  right: readonly string[],
  leftWidth: number,
): readonly string[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, n) =>
    (padEnd(left[n] ?? '', leftWidth) + columnGap + (right[n] ?? '')).trimEnd(),
  );
}
