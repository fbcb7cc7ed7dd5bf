/** `signalbox stats`: how much waits, runs and ended, and how fast. */
import { stats } from '../../core/projections/stats.ts';
import { renderStats, statsJson } from '../render/stats.ts';
import type { Verb } from '../verb.ts';
import { exit } from '../answer.ts';

export const verb: Verb = {
  usage: 'stats',
  summary: 'Counts by state, priority and session; wait and run times; throughput.',
  async run(invocation) {
    const desk = await invocation.desk();
    const figures = stats(desk.queue, desk.now());
    return { exit: exit.done, json: statsJson(figures), text: renderStats(figures) };
  },
};
