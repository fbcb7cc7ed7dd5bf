/** `signalbox prioritize`: gives a task another priority. */
import { formatTaskId } from '../../core/ids.ts';
import { aboutTask, done } from '../answer.ts';
import { priorityOf } from '../invocation.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'prioritize ID PRIORITY',
  summary: 'Gives a task another priority.',
  positionals: ['ID', 'PRIORITY'],
  async run(invocation) {
    const task = invocation.taskId();
    const priority = priorityOf(invocation.required('PRIORITY'));
    const desk = await invocation.desk();
    const command = invocation.command<'prioritize'>({ type: 'prioritize', task, priority });
    return aboutTask(await desk.execute(command), (id, seq) =>
      done({ id, seq, priority }, `${formatTaskId(id)} is ${priority} now`),
    );
  },
};
