/**
 * How well agents that each take what `next` offers share a queue of which a part overlaps in paths:
 * makespans in simulated minutes, beside the best of many schedules and a bound that none can beat.
 *
 *   npx esbuild bench/schedule.ts --bundle --platform=node --format=esm --outfile=out/schedule.mjs
 *   node out/schedule.mjs
 *
 * Simulated time and fixed seeds: the same figures on every machine.
 */
import { drawJobs, lowerBound, makespan, oracle, work } from '../test/support/schedule.ts';

const seeds = 100;
const cases = [
  { tasks: 40, agents: 8, overlapping: 0.3 },
  { tasks: 40, agents: 8, overlapping: 0 },
  { tasks: 40, agents: 8, overlapping: 0.6 },
  { tasks: 120, agents: 8, overlapping: 0.3 },
  { tasks: 40, agents: 3, overlapping: 0.3 },
];

console.log(
  'tasks agents overlapping   of the best schedule: worst, median   of the bound: median',
);
for (const { tasks, agents, overlapping } of cases) {
  const ofBest: number[] = [];
  const ofBound: number[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const jobs = drawJobs(seed, tasks, overlapping);
    const taken = makespan(work(jobs, agents));
    ofBest.push(oracle(jobs, agents) / taken);
    ofBound.push(lowerBound(jobs, agents) / taken);
  }
  const percent = (share: number | undefined) => `${((share ?? 0) * 100).toFixed(1)} %`;
  const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[seeds / 2];
  console.log(
    [
      String(tasks).padStart(5),
      String(agents).padStart(6),
      percent(overlapping).padStart(11),
      percent(Math.min(...ofBest)).padStart(30),
      percent(median(ofBest)).padStart(8),
      percent(median(ofBound)).padStart(23),
    ].join(' '),
  );
}
