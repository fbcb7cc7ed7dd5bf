/** `signalbox import`: takes in a whole queue file. */
import { basename, resolve } from 'node:path';
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
    // The queue's own file is what this call is about, and is not taken in before it.
    const takesIn = basename(file) !== 'TASK_QUEUE.json';
    const desk = await invocation.desk({ create: true, takesIn });
    const imported = await importFile(desk, invocation, file);
    if (!imported.ok) return imported.answer;
    const { count, seq } = imported;
    return done({ imported: count, seq }, `Imported ${count} tasks`);
  },
};
