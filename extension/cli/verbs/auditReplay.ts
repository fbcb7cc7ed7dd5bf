/** `signalbox audit replay`: the history of a task, or the queue as it was at a moment. */
import type { LogRecord } from '../../core/event.ts';
import { fold } from '../../core/evolve.ts';
import { formatTaskId, taskKey } from '../../core/ids.ts';
import { tasksOf } from '../../core/queue.ts';
import { instantOf } from '../content.ts';
import { taskIdOf } from '../invocation.ts';
import { renderRecord } from '../render/records.ts';
import { renderTasks } from '../render/tasks.ts';
import type { Verb } from '../verb.ts';
import { exit, refused } from '../answer.ts';

export const verb: Verb = {
  usage: 'audit replay [ID] [--until TS|SEQ]',
  summary: "A task's history step by step, or the whole queue as it was then.",
  positionals: ['ID?'],
  options: { until: { type: 'string', value: 'TS|SEQ', help: 'A time or a position.' } },
  async run(invocation) {
    const id = invocation.positional('ID');
    const task = id === undefined ? undefined : taskIdOf(id);
    const isPast = untilOf(invocation.option('until'));
    const desk = await invocation.desk();
    const records = (await desk.history()).filter(isPast);
    if (task === undefined) {
      const queue = fold(records);
      const tasks = [...tasksOf(queue, queue.tasks.keys())];
      const json = { ok: true, seq: queue.end, queue: tasks.map((each) => desk.taskJson(each)) };
      const head = `The queue at position ${queue.end}:`;
      return { exit: exit.done, json, text: `${head}\n${renderTasks(desk, tasks)}` };
    }
    const history = records.filter(
      (each) => each.task !== null && taskKey(each.task) === taskKey(task),
    );
    if (history.length === 0) {
      return refused('unknown-task', `There is no task ${formatTaskId(task)} in the log.`);
    }
    const lines = invocation.json ? desk.lineTexts(history) : [];
    const steps = lines.map((line) => JSON.parse(line) as unknown);
    const text = history.map(renderRecord).join('\n');
    return { exit: exit.done, json: { ok: true, items: steps }, text };
  },
};

function untilOf(text: string | undefined): (record: LogRecord) => boolean {
  if (text === undefined) return () => true;
  if (/^\d+$/.test(text)) return ({ seq }) => seq <= Number(text);
  const at = instantOf(text);
  return (record) => record.at <= at;
}
