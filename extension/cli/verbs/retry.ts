/** `signalbox retry`: makes a failed or interrupted task pending now. */
import { otherAgentFor } from '../../coordinator/retryDue.ts';
import { formatTaskId } from '../../core/ids.ts';
import { findTask } from '../../core/queue.ts';
import { aboutTask, done } from '../answer.ts';
import { agentNameOf } from '../invocation.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'retry ID [AGENT|auto]',
  summary: 'Makes a failed or interrupted task pending now, whatever delay is left.',
  details: `Set aside for that agent for 600 s, then anyone's; auto chooses another capable one.
Does not claim. A task that gave up is refused until \`recovery clear\`.`,
  positionals: ['ID', 'FOR?'],
  async run(invocation) {
    const task = invocation.taskId();
    const wanted = invocation.positional('FOR');
    const desk = await invocation.desk();
    const known = findTask(desk.queue, task);
    const chosen =
      wanted === 'auto' ? known && otherAgentFor(desk.queue, known, desk.rules) : wanted;
    const setAsideFor = chosen == null ? null : agentNameOf(chosen);
    const outcome = await desk.execute(
      invocation.command<'retry'>({ type: 'retry', task, setAsideFor }),
    );
    return aboutTask(outcome, (id, seq) => {
      const forWhom = setAsideFor === null ? '' : `, set aside for ${setAsideFor}`;
      return done({ id, seq, set_aside: setAsideFor }, `${formatTaskId(id)} is pending${forWhom}`);
    });
  },
};
