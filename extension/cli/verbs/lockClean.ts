/** `signalbox lock clean`: ends what the dead hold. */
import { cleanScriptLocks } from '../../coordinator/lockReport.ts';
import { formatTaskId } from '../../core/ids.ts';
import { items } from '../answer.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'lock clean',
  summary: 'Frees every task whose holder is gone, by the evidence that `lock check` shows.',
  details: 'Age alone frees nothing: a living holder keeps its task however long it takes.',
  sweeps: false,
  async run(invocation) {
    const desk = await invocation.desk();
    const expired = await desk.sweep();
    const scripts = cleanScriptLocks(desk);
    const freed = [
      ...expired.map((task) => ({ task, by: 'claim' })),
      ...scripts.map((task) => ({ task, by: 'script' })),
    ];
    const text = freed.map(({ task }) => `Freed ${formatTaskId(task)}`).join('\n');
    return items(freed, freed.length === 0 ? 'Nothing was stale.' : text);
  },
};
