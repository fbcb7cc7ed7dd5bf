/** `signalbox show`: one task with everything that happened to it. */
import type { LogRecord } from '../../core/event.ts';
import { renderTask } from '../render/task.ts';
import { taskKey } from '../../core/ids.ts';
import { knownTask } from '../knownTask.ts';
import type { Verb } from '../verb.ts';
import { exit } from '../answer.ts';

export const verb: Verb = {
  usage: 'show ID',
  summary: 'One task with its history.',
  positionals: ['ID'],
  async run(invocation) {
    const id = invocation.taskId();
    const desk = await invocation.desk();
    const task = knownTask(desk.queue, id);
    const isAbout = (record: LogRecord) =>
      record.task !== null && taskKey(record.task) === taskKey(id);
    const history = (await desk.history()).filter(isAbout);
    const lines = invocation.json ? desk.lineTexts(history) : [];
    const json = {
      ...(await desk.fullTaskJson(task)),
      history: lines.map((line) => JSON.parse(line) as unknown),
    };
    return { exit: exit.done, json, text: await renderTask(desk, task, history) };
  },
};
