/** `signalbox progress`: how far the holder of a task is. */
import { formatTaskId } from '../../core/ids.ts';
import { UsageError, aboutTask, done } from '../answer.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'progress ID PERCENT [MESSAGE] [--token N]',
  summary: 'Says how far a held task is.',
  positionals: ['ID', 'PERCENT', 'MESSAGE?'],
  options: { token: { type: 'string', value: 'N', help: 'Of the claim.' } },
  sweeps: false,
  async run(invocation) {
    const task = invocation.taskId();
    const text = invocation.required('PERCENT').replace(/%$/, '');
    const percent = /^\d{1,3}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!(percent <= 100)) throw new UsageError('PERCENT is a number from 0 to 100.');
    const message = invocation.positional('MESSAGE') ?? '';
    const desk = await invocation.desk();
    const { caller } = invocation;
    const outcome = await desk.execute(
      invocation.command<'progress'>({ type: 'progress', task, percent, message, caller }),
    );
    return aboutTask(outcome, (id, seq) =>
      done({ id, seq, percent }, `${formatTaskId(id)} is at ${percent} %`),
    );
  },
};
