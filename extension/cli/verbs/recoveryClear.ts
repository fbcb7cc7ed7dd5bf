/** `signalbox recovery clear`: forgets a task's failures and revives it. */
import { formatTaskId } from '../../core/ids.ts';
import { aboutTask, done } from '../answer.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'recovery clear ID',
  summary: 'Empties the failure record of a task; revives one that gave up.',
  positionals: ['ID'],
  async run(invocation) {
    const task = invocation.taskId();
    const desk = await invocation.desk();
    const command = invocation.command<'clearFailures'>({ type: 'clearFailures', task });
    return aboutTask(await desk.execute(command), (id, seq) =>
      done(
        { id, seq },
        seq === null ? 'There was nothing to clear' : `${formatTaskId(id)} is pending`,
      ),
    );
  },
};
