/**
 * Agents that work a queue in simulated time, each taking what `claimNext` gives it, and schedules
 * to compare with: a lower bound, and the best of many list schedules.
 *
 * Drives the core alone; a run depends on its seed and on nothing else.
 */
import { pickNext } from '../../extension/core/pick.ts';
import type { Rules } from '../../extension/core/rules.ts';
import { defaultRules } from '../../extension/core/rules.ts';
import type { TaskContent } from '../../extension/core/task.ts';
import { World, add, caller, ms } from './core.ts';
import { Lot } from './coreRequests.ts';

const minuteMs = 60_000;

export interface Job {
  readonly minutes: number;
  /** Numbers of jobs, all lower than its own. */
  readonly after: readonly number[];
  readonly paths: readonly string[];
  /** Jobs that may not run beside this one, by construction and not by globs. */
  readonly conflicts: ReadonlySet<number>;
}

export interface Span {
  readonly job: number;
  readonly agent: number;
  readonly from: number;
  readonly to: number;
}

/** 40 jobs by default, of which `overlapping` touch what another one touches, some in chains. */
export function drawJobs(seed: number, count = 40, overlapping = 0.3): readonly Job[] {
  const lot = new Lot(seed);
  const contested = Math.round(count * overlapping);
  const order = Array.from({ length: count }, (_, n) => n);
  for (let n = count - 1; n > 0; n--) {
    const m = lot.below(n + 1);
    [order[n], order[m]] = [order[m]!, order[n]!];
  }
  // Contested jobs come in groups of two to four, each around a folder of its own.
  const groupOf = new Map<number, number>();
  let group = 0;
  for (let n = 0; n < contested; group++) {
    const size = Math.min(2 + lot.below(3), contested - n);
    // A last one alone would contest nothing, so it joins those before it.
    const joins = size === 1 && group > 0 ? group - 1 : group;
    for (const job of order.slice(n, n + size)) groupOf.set(job, joins);
    n += size;
  }
  const globs = ['/**', '/a/*.ts', '/{a,b}/**', '/a/**'];
  return order.map((_, job) => {
    const own = groupOf.get(job);
    const members = [...groupOf].filter(([other, its]) => other !== job && its === own);
    const isChained = job > 2 && lot.once(4);
    return {
      minutes: 5 + lot.below(56),
      after: isChained ? [lot.below(job)] : [],
      paths: own === undefined ? [`own/${job}.ts`] : [`shared${own}${lot.of(globs)}`],
      conflicts: new Set(own === undefined ? [] : members.map(([other]) => other)),
    };
  });
}

/** How long `agents` take when each asks for its next task as soon as it is free. */
export function work(jobs: readonly Job[], agents: number): readonly Span[] {
  const world = new World();
  const rules: Rules = { ...defaultRules, agingMs: ms(0) };
  world.rules = rules;
  for (const [n, { minutes, after, paths }] of jobs.entries()) {
    const content: Partial<TaskContent> = {
      estimateMinutes: minutes,
      dependencies: after.map((job) => job + 1),
      paths,
    };
    world.take(add(`job ${n}`, content));
  }
  const spans: Span[] = [];
  const busy = new Map<number, Span>();
  const start = world.now;
  let minute = 0;
  while (spans.length < jobs.length) {
    for (let agent = 0; agent < agents; agent++) {
      if (busy.has(agent)) continue;
      const name = `agent-${agent}`;
      if (pickNext(world.queue, { agent: name }, world) === null) continue;
      const { answer } = world.when({
        type: 'claimNext',
        agent: name,
        caller: caller({ agent: name }),
      });
      const job = Number(answer) - 1;
      busy.set(agent, { job, agent, from: minute, to: minute + jobs[job]!.minutes });
    }
    if (busy.size === 0) throw new Error('Nobody can go on');
    minute = Math.min(...[...busy.values()].map(({ to }) => to));
    world.now = (start + minute * minuteMs) as typeof start;
    for (const [agent, span] of [...busy]) {
      if (span.to > minute) continue;
      const who = caller({ agent: `agent-${agent}` });
      const { ok } = world.when({
        type: 'complete',
        task: span.job + 1,
        result: null,
        caller: who,
      });
      if (!ok) throw new Error(`#${span.job + 1} could not be completed`);
      busy.delete(agent);
      spans.push(span);
    }
  }
  return spans;
}

export function makespan(spans: readonly Span[]): number {
  return Math.max(...spans.map(({ to }) => to));
}

/** No schedule is shorter: by the work, by the longest chain, by what must follow one another. */
export function lowerBound(jobs: readonly Job[], agents: number): number {
  const total = jobs.reduce((sum, { minutes }) => sum + minutes, 0);
  const ends: number[] = [];
  for (const { minutes, after } of jobs) {
    ends.push(minutes + Math.max(0, ...after.map((job) => ends[job]!)));
  }
  const groups = jobs.map(({ minutes, conflicts }) =>
    [...conflicts].reduce((sum, other) => sum + jobs[other]!.minutes, minutes),
  );
  // Within a group every two conflict only where their globs really meet; see `drawJobs`.
  return Math.max(Math.ceil(total / agents), ...ends, ...groups);
}

/** The shortest of many schedules, each by priorities drawn at random or by the longest chain. */
export function oracle(jobs: readonly Job[], agents: number, rounds = 200): number {
  const lot = new Lot(jobs.length + rounds);
  const tails = jobs.map(({ minutes }) => minutes);
  for (let job = jobs.length - 1; job >= 0; job--) {
    for (const before of jobs[job]!.after) {
      tails[before] = Math.max(tails[before]!, jobs[before]!.minutes + tails[job]!);
    }
  }
  const groups = jobs.map(({ minutes, conflicts }) =>
    [...conflicts].reduce((sum, other) => sum + jobs[other]!.minutes, minutes),
  );
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const urgency = jobs.map((_, job) => {
      const known = round % 2 === 0 ? tails[job]! : Math.max(tails[job]!, groups[job]!);
      return known + (round < 2 ? 0 : lot.below(40));
    });
    best = Math.min(best, listSchedule(jobs, agents, urgency));
  }
  return best;
}

function listSchedule(jobs: readonly Job[], agents: number, urgency: readonly number[]): number {
  const open = new Set(jobs.keys());
  const done = new Set<number>();
  const running = new Map<number, number>();
  let minute = 0;
  while (open.size > 0 || running.size > 0) {
    const inOrder = [...open].sort((a, b) => urgency[b]! - urgency[a]! || a - b);
    for (const job of inOrder) {
      if (running.size === agents) break;
      const { after, conflicts, minutes } = jobs[job]!;
      if (!after.every((other) => done.has(other))) continue;
      if ([...conflicts].some((other) => running.has(other))) continue;
      running.set(job, minute + minutes);
      open.delete(job);
    }
    minute = Math.min(...running.values());
    for (const [job, to] of [...running]) {
      if (to > minute) continue;
      running.delete(job);
      done.add(job);
    }
  }
  return minute;
}
