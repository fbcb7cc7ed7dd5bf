/** `signalbox recovery auto`: retries everything that is due. */
import { retryDue } from '../../coordinator/retryDue.ts';
import { formatTaskId } from '../../core/ids.ts';
import { items } from '../answer.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'recovery auto',
  summary: 'Makes every failed task pending whose time has come; nothing due exits 0.',
  details: `With \`auto_reassign\` each is set aside for another capable agent for 600 s, then anyone's.
Tasks that gave up stay: a person revives them with \`signalbox recovery clear ID\`.`,
  async run(invocation) {
    const desk = await invocation.desk();
    const retried = await retryDue(desk, invocation.agent);
    const lines = retried.map(({ task, setAsideFor }) =>
      setAsideFor === null
        ? `${formatTaskId(task)} is pending`
        : `${formatTaskId(task)} is pending, set aside for ${setAsideFor}`,
    );
    const list = retried.map(({ task, setAsideFor }) => ({ id: task, set_aside: setAsideFor }));
    return items(list, lines.length === 0 ? 'Nothing is due.' : lines.join('\n'));
  },
};
