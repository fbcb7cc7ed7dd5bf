/** `signalbox lock check`: who holds a task, and whether that may be ended. */
import { lockReports } from '../../coordinator/lockReport.ts';
import { formatTaskId, taskKey } from '../../core/ids.ts';
import { exit } from '../answer.ts';
import { lockJson, renderLock } from '../render/locks.ts';
import { knownTask } from '../knownTask.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'lock check ID',
  summary: 'Who holds a task, for how long, and whether and why its lock may be cleaned.',
  details: 'Exits with 0 where someone holds it, with 4 where nobody does.',
  positionals: ['ID'],
  sweeps: false,
  async run(invocation) {
    const id = invocation.taskId();
    const desk = await invocation.desk();
    const report = (await lockReports(desk)).find(({ task }) => taskKey(task) === taskKey(id));
    if (report !== undefined) {
      const now = desk.now();
      const json = { ok: true, ...lockJson(report, now) };
      return { exit: exit.done, json, text: renderLock(report, now) };
    }
    knownTask(desk.queue, id);
    const message = `Nobody holds ${formatTaskId(id)}.`;
    return { exit: exit.nothing, json: { ok: false, reason: 'nothing', message }, text: message };
  },
};
