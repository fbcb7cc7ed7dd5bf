/** `signalbox edit`: changes what a task that has not ended says. */
import { secretWarnings } from '../../coordinator/recordable.ts';
import { formatTaskId } from '../../core/ids.ts';
import { findTask } from '../../core/queue.ts';
import { UsageError, aboutTask, done, warned } from '../answer.ts';
import { changesOf, contentOptions } from '../content.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'edit ID [--title T] [--description T|-] [--depends ID,ID] …',
  summary: 'Changes a task that has not ended.',
  positionals: ['ID'],
  options: { title: { type: 'string', value: 'T', help: 'Its title.' }, ...contentOptions },
  async run(invocation) {
    const task = invocation.taskId();
    const content = await changesOf(invocation);
    if (Object.keys(content).length === 0) throw new UsageError('Nothing to change was given.');
    const desk = await invocation.desk();
    const before = findTask(desk.queue, task);
    const outcome = await desk.execute(invocation.command<'edit'>({ type: 'edit', task, content }));
    return aboutTask(outcome, (id, seq) => {
      const edited = findTask(desk.queue, id);
      if (edited !== undefined) desk.approveTyped(edited, content, before);
      const text = `Changed ${formatTaskId(id)}: ${Object.keys(content).join(', ')}`;
      return warned(done({ id, seq }, text), secretWarnings(content));
    });
  },
};
