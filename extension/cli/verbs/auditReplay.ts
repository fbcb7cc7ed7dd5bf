/** `signalbox audit replay`: the history of a task, or the queue as it was at a moment. */
import { olderLines } from '../../coordinator/auditArchive.ts';
import type { LogRecord } from '../../core/event.ts';
import { fold } from '../../core/evolve.ts';
import { formatTaskId, taskKey } from '../../core/ids.ts';
import type { Instant } from '../../core/ids.ts';
import { tasksOf } from '../../core/queue.ts';
import { instantOf } from '../content.ts';
import { taskIdOf } from '../invocation.ts';
import { renderMoment, renderSteps } from '../render/replay.ts';
import type { Verb } from '../verb.ts';
import { exit, items, refused } from '../answer.ts';

export const verb: Verb = {
  usage: 'audit replay [ID] [--until TS|SEQ]',
  summary: "A task's history step by step, or the whole queue as it was then.",
  details: `\`audit replay 12\` tells the story of task 12. \`audit replay --until 2026-11-22T14:00:00Z\`, or
\`--until 41\` for a position of the log, shows every task as it stood at that moment.`,
  positionals: ['ID?'],
  options: { until: { type: 'string', value: 'TS|SEQ', help: 'A time or a position.' } },
  async run(invocation) {
    const id = invocation.positional('ID');
    const task = id === undefined ? undefined : taskIdOf(id);
    const moment = momentOf(invocation.option('until'));
    const desk = await invocation.desk();
    const records = (await desk.history()).filter(moment.includes);
    if (task === undefined) {
      const queue = fold(records);
      const tasks = [...tasksOf(queue, queue.tasks.keys())];
      const at = queue.end === 0 ? null : new Date(queue.lastAt).toISOString();
      const queueJson = tasks.map((each) => desk.taskJson(each));
      const json = { ok: true, seq: queue.end, at, queue: queueJson };
      return { exit: exit.done, json, text: renderMoment(queue, tasks) };
    }
    const key = taskKey(task);
    const isAbout = (each: LogRecord) => each.task !== null && taskKey(each.task) === key;
    const history = records.filter(isAbout);
    const older = olderLines(desk.paths)
      .filter((each) => each.task !== null && taskKey(each.task) === key)
      .filter(({ at }) => at === null || moment.isPast(at));
    if (history.length + older.length === 0) {
      return refused('unknown-task', `There is no task ${formatTaskId(task)} in the log.`);
    }
    const texts = invocation.json
      ? [...older.map(({ text }) => text), ...desk.lineTexts(history)]
      : [];
    const steps = texts.map((text) => JSON.parse(text) as unknown);
    return items(steps, renderSteps(task, older, history));
  },
};

interface Moment {
  readonly includes: (record: LogRecord) => boolean;
  readonly isPast: (at: Instant) => boolean;
}

function momentOf(text: string | undefined): Moment {
  if (text === undefined) return { includes: () => true, isPast: () => true };
  if (/^\d{1,15}$/.test(text)) {
    return { includes: ({ seq }) => seq <= Number(text), isPast: () => true };
  }
  const until = instantOf(text);
  return { includes: ({ at }) => at <= until, isPast: (at) => at <= until };
}
