/** `signalbox fail`: ends an attempt that did not work. */
import { formatTaskId } from '../../core/ids.ts';
import { findTask } from '../../core/queue.ts';
import { executeAsHolder } from '../asHolder.ts';
import { UsageError, aboutTask, done } from '../answer.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'fail ID ERROR_CLASS MESSAGE [--token N]',
  summary: 'Records that an attempt failed; says when the next one may come.',
  details: 'ERROR_CLASS is any word, such as BUILD_ERROR or TIMEOUT.',
  positionals: ['ID', 'ERROR_CLASS', 'MESSAGE?'],
  options: { token: { type: 'string', value: 'N', help: 'Of the claim.' } },
  sweeps: false,
  async run(invocation) {
    const task = invocation.taskId();
    const errorClass = invocation.required('ERROR_CLASS');
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(errorClass)) {
      throw new UsageError(`"${errorClass}" is no error class: one word, such as BUILD_ERROR.`);
    }
    const message = invocation.positional('MESSAGE') ?? errorClass;
    const desk = await invocation.desk();
    const { caller } = invocation;
    const outcome = await executeAsHolder(
      desk,
      invocation.command<'fail'>({ type: 'fail', task, errorClass, message, caller }),
    );
    return aboutTask(outcome, (id, seq) => {
      const failed = findTask(desk.queue, id);
      const { state } = failed ?? {};
      const not_before =
        state?.status === 'failed' ? new Date(state.notBeforeAt).toISOString() : null;
      const next =
        not_before === null
          ? `it gave up; \`signalbox recovery clear ${String(id)}\` revives it`
          : `the next attempt may come at ${not_before}`;
      const fields = { id, seq, status: state?.status, failures: failed?.failures, not_before };
      return done(fields, `${formatTaskId(id)} failed (${errorClass}): ${next}.`);
    });
  },
};
