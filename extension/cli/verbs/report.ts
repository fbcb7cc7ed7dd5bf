/** `signalbox report`: how the queue stands, as a Markdown document. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkHealth } from '../../coordinator/health.ts';
import { UsageError, done, exit } from '../answer.ts';
import { overviewOf } from '../overview.ts';
import { renderReport } from '../render/report.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'report [FILE]',
  summary: 'How the queue stands, as a Markdown document to send; without FILE prints it.',
  details: `Health, counts, what is active and for how long, failures, what comes next, what waits and why,
what was completed today, workload, the last events, versions.
An older FILE is replaced.`,
  positionals: ['FILE?'],
  async run(invocation) {
    const file = invocation.positional('FILE');
    if (file === '') throw new UsageError('FILE is empty.');
    const desk = await invocation.desk();
    const overview = overviewOf(desk, await desk.history());
    const text = renderReport(desk, overview, checkHealth(desk));
    if (file === undefined) {
      return { exit: exit.done, json: { ok: true, file: null, report: text }, data: text };
    }
    const target = path.resolve(invocation.cwd, file);
    try {
      writeFileSync(target, text);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`The report could not be written to ${target}: ${why}`, { cause });
    }
    return done({ file: target, bytes: Buffer.byteLength(text) }, `Wrote ${target}`);
  },
};
