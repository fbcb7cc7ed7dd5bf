/** `signalbox recovery list`: what failed and has not ended. */
import { failedTasks } from '../../core/projections/failedTasks.ts';
import { formatTaskId } from '../../core/ids.ts';
import { toWords } from '../../protocol/words.ts';
import { formatTime } from '../render/text.ts';
import type { Verb } from '../verb.ts';
import { items } from '../answer.ts';

export const verb: Verb = {
  usage: 'recovery list',
  summary: 'Tasks that failed: when the next attempt may come, or that they gave up.',
  async run(invocation) {
    const desk = await invocation.desk();
    const failed = failedTasks(desk.queue);
    const lines = failed.map(({ task, errorClass, message, failures, notBeforeAt, poisonPill }) => {
      const next = poisonPill
        ? 'poison_pill'
        : notBeforeAt === null
          ? 'pending'
          : `next attempt ${formatTime(notBeforeAt)}`;
      return `${formatTaskId(task)}  ${errorClass}  ${failures} failures  ${next}  ${message}`;
    });
    return items(
      failed.map(toWords),
      lines.length === 0 ? 'Nothing has failed.' : lines.join('\n'),
    );
  },
};
