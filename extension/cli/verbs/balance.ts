/** `signalbox balance`: evens out what has not started. */
import { formatTaskId } from '../../core/ids.ts';
import { aboutQueue, done } from '../answer.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'balance',
  summary: 'Sets ready tasks that nobody started aside for the least loaded capable agents.',
  details: `For ten minutes \`next\` offers such a task to its agent only; then it is anyone's again. Whoever
claims it by its id gets it all the same.`,
  async run(invocation) {
    const desk = await invocation.desk();
    const outcome = await desk.execute(invocation.command<'balance'>({ type: 'balance' }));
    return aboutQueue(outcome, (seq) => {
      const records = outcome.ok ? outcome.records : [];
      const items = records.flatMap(({ event, task, agent, data }) => {
        if (event !== 'ASSIGNED' || task === null || data.until === undefined) return [];
        return [{ task, agent, until: new Date(data.until).toISOString() }];
      });
      const lines = items.map(({ task, agent }) => `${formatTaskId(task)} -> ${agent ?? ''}`);
      const text = items.length === 0 ? 'The work is even as it is.' : lines.join('\n');
      return done({ seq, items }, text);
    });
  },
};
