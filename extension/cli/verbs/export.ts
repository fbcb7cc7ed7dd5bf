/** `signalbox export`: writes the whole queue to a file. */
import { redactDeep } from '../../core/secrets.ts';
import { tasksOf } from '../../core/queue.ts';
import { writeOutput } from '../outputFile.ts';
import type { Verb } from '../verb.ts';
import { done } from '../answer.ts';

export const verb: Verb = {
  usage: 'export FILE',
  summary: 'Writes all tasks, ended ones too, to a queue file; - prints it.',
  positionals: ['FILE'],
  async run(invocation) {
    const name = invocation.required('FILE');
    const desk = await invocation.desk();
    const queue = await Promise.all(
      [...tasksOf(desk.queue, desk.queue.tasks.keys())].map(async (task) =>
        redactDeep(await desk.fullTaskJson(task)),
      ),
    );
    const text = `${JSON.stringify({ version: 2, queue }, null, 2)}\n`;
    if (name === '-') return { exit: 0, json: { version: 2, queue }, data: text };
    const file = writeOutput(invocation, desk.paths, name, text);
    return done({ file, exported: queue.length }, `Exported ${queue.length} tasks to ${file}`);
  },
};
