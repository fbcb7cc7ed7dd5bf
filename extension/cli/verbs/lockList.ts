/** `signalbox lock list`: who holds what. */
import { lockReports } from '../../coordinator/lockReport.ts';
import { items } from '../answer.ts';
import { lockJson, renderLock } from '../render/locks.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'lock list',
  summary: 'Every held task with its holder, and whether its lock may be cleaned.',
  sweeps: false,
  async run(invocation) {
    const desk = await invocation.desk();
    const now = desk.now();
    const reports = await lockReports(desk);
    const text = reports.map((report) => renderLock(report, now)).join('\n');
    return items(
      reports.map((report) => lockJson(report, now)),
      reports.length === 0 ? 'Nothing is held.' : text,
    );
  },
};
