/** `signalbox release`: gives a held task back unfinished. */
import { formatTaskId } from '../../core/ids.ts';
import { executeAsHolder } from '../asHolder.ts';
import { aboutTask, done } from '../answer.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'release ID [REASON] [--token N]',
  summary: 'Gives a held task back unfinished.',
  positionals: ['ID', 'REASON?'],
  options: { token: { type: 'string', value: 'N', help: 'Of the claim.' } },
  sweeps: false,
  async run(invocation) {
    const task = invocation.taskId();
    const reason = invocation.positional('REASON') ?? '';
    const desk = await invocation.desk();
    const { caller } = invocation;
    const outcome = await executeAsHolder(
      desk,
      invocation.command<'release'>({ type: 'release', task, reason, forced: false, caller }),
    );
    return aboutTask(outcome, (id, seq) => done({ id, seq }, `${formatTaskId(id)} is free again`));
  },
};
