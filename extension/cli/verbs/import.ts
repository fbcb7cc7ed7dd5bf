/** `signalbox import`: takes in a whole queue file. */
import { resolve } from 'node:path';
import { importFile } from '../importFile.ts';
import type { Verb } from '../verb.ts';
import { done } from '../answer.ts';

export const verb: Verb = {
  usage: 'import FILE',
  summary: 'Takes in a queue file: all of it, or nothing.',
  details: `Reads TASK_QUEUE.json of this version and of older ones. Programs in it run only after
\`signalbox approve\`: a file approves nothing.`,
  positionals: ['FILE'],
  async run(invocation) {
    const file = resolve(invocation.cwd, invocation.required('FILE'));
    const desk = await invocation.desk({ create: true });
    const imported = await importFile(desk, invocation, file);
    if (!imported.ok) return imported.answer;
    const { count, seq } = imported;
    return done({ imported: count, seq }, `Imported ${count} tasks`);
  },
};
