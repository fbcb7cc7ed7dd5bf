/** `signalbox audit log`: a note in the log, about a task or about none. */
import { agentNameOf, taskIdOf } from '../invocation.ts';
import { aboutTask, aboutQueue, done, UsageError } from '../answer.ts';
import type { Verb } from '../verb.ts';
import { formatTaskId } from '../../core/ids.ts';

const maxStatusChars = 200;
/** Words that scripts write where a note is about no task. */
const noTask = new Set(['', '-', '0', 'none', 'null']);

export const verb: Verb = {
  usage: 'audit log EVENT ID AGENT MESSAGE [STATUS]',
  summary: 'Appends a note, shown as NOTE (EVENT); it never changes the state of a task.',
  details: `EVENT is any word, such as FAILED or REVIEW. ID is a task, known or not, or - for none.
Queries match the note by EVENT, task and agent.`,
  positionals: ['EVENT', 'ID', 'AGENT', 'MESSAGE', 'STATUS?'],
  async run(invocation) {
    const event = invocation.required('EVENT');
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(event)) {
      throw new UsageError(`"${event}" is no event: one word, such as REVIEW.`);
    }
    const id = invocation.required('ID');
    const task = noTask.has(id.toLowerCase()) ? null : taskIdOf(id);
    const message = invocation.required('MESSAGE');
    const status = invocation.positional('STATUS');
    if (status !== undefined && status.length > maxStatusChars) {
      throw new UsageError(`A status has ${maxStatusChars} characters at most.`);
    }
    agentNameOf(invocation.required('AGENT'));
    const desk = await invocation.desk();
    const command = invocation.command<'note'>({
      type: 'note',
      task,
      message,
      event,
      ...(status === undefined ? {} : { status }),
    });
    const outcome = await desk.execute(command);
    if (task === null) {
      return aboutQueue(outcome, (seq) => done({ id: null, seq }, `Noted ${event}`));
    }
    return aboutTask(outcome, (of, seq) =>
      done({ id: of, seq }, `Noted ${event} of ${formatTaskId(of)}`),
    );
  },
};
