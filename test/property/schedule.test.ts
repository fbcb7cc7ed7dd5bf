/**
 * Eight agents on forty tasks of which a third overlap in paths, in simulated time: never two at one
 * file, and not much slower than a schedule by someone who knows everything beforehand.
 */
import { describe, expect, test } from 'vitest';
import { drawJobs, lowerBound, makespan, oracle, work } from '../support/schedule.ts';

const seeds = Array.from({ length: process.env['SIGNALBOX_LONG'] === '1' ? 300 : 20 }, (_, n) => n);
const agents = 8;

describe('forty tasks of which 30 % overlap', () => {
  test('are worked by eight agents without an overlapping edit', () => {
    for (const seed of seeds) {
      const jobs = drawJobs(seed);
      const spans = work(jobs, agents);
      expect(spans).toHaveLength(jobs.length);
      for (const { job, from, to } of spans) {
        const { conflicts, after } = jobs[job]!;
        for (const other of spans) {
          const isBeside = other.from < to && from < other.to;
          const message = `seed ${seed}: ${job} and ${other.job}`;
          if (conflicts.has(other.job)) expect(isBeside, message).toBe(false);
          if (after.includes(other.job)) expect(other.to <= from, message).toBe(true);
        }
      }
    }
  });

  test('take at most a quarter longer than the best schedule known', () => {
    for (const seed of seeds) {
      const jobs = drawJobs(seed);
      const best = oracle(jobs, agents);
      expect(best).toBeGreaterThanOrEqual(lowerBound(jobs, agents));
      expect(best / makespan(work(jobs, agents)), `seed ${seed}`).toBeGreaterThanOrEqual(0.8);
    }
  });

  test('overlap in part, or the test says nothing', () => {
    const contested = drawJobs(1).filter(({ conflicts }) => conflicts.size > 0);
    expect(contested).toHaveLength(12);
  });
});
