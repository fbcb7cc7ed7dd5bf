/** `signalbox recovery list`: what failed and has not ended. */
import type { FailedTask } from '../../core/projections/failedTasks.ts';
import { failedTasks } from '../../core/projections/failedTasks.ts';
import type { Instant } from '../../core/ids.ts';
import { formatTaskId } from '../../core/ids.ts';
import { toWords } from '../../protocol/words.ts';
import type { Column } from '../render/table.ts';
import { tableLines } from '../render/table.ts';
import { formatTime, terminalWidth } from '../render/text.ts';
import type { Verb } from '../verb.ts';
import { items } from '../answer.ts';

const columns: readonly Column[] = [{ align: 'right', max: 24 }, { max: 24 }, {}, {}, { min: 20 }];

export const verb: Verb = {
  usage: 'recovery list',
  summary: 'Tasks that failed: when the next attempt may come, or that they gave up.',
  async run(invocation) {
    const desk = await invocation.desk();
    const failed = failedTasks(desk.queue);
    const lines = tableLines(
      columns,
      failed.map((each) => cells(each, desk.now())),
      terminalWidth(),
    );
    return items(
      failed.map(toWords),
      lines.length === 0 ? 'Nothing has failed.' : lines.join('\n'),
    );
  },
};

function cells(
  { task, errorClass, message, failures, notBeforeAt, poisonPill }: FailedTask,
  now: Instant,
): readonly string[] {
  const isDue = notBeforeAt !== null && notBeforeAt <= now;
  const next =
    notBeforeAt === null
      ? 'pending'
      : isDue
        ? 'due now'
        : `next attempt ${formatTime(notBeforeAt)}`;
  return [
    formatTaskId(task),
    errorClass,
    failures === 1 ? '1 failure' : `${failures} failures`,
    poisonPill ? 'poison_pill' : next,
    message,
  ];
}
