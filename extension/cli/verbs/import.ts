/** `signalbox import`: takes in a whole queue file, or the tasks of another tracker. */
import { basename, resolve } from 'node:path';
import { importFile } from '../importFile.ts';
import type { Verb } from '../verb.ts';
import { done, UsageError, warned } from '../answer.ts';

export const verb: Verb = {
  usage: 'import FILE | import --from beads|backlog|taskmaster PATH',
  summary: "Takes in a queue file or another tracker's tasks: all of them, or nothing.",
  details: `Reads TASK_QUEUE.json of this version and of older ones, and what \`signalbox export\` wrote.
With --from, PATH is a file or the project: beads reads .beads/issues.jsonl, backlog the Markdown
files of backlog/tasks, taskmaster .taskmaster/tasks/tasks.json. What they know and we do not stays
with the task. Programs in a file run only after \`signalbox approve\`: a file approves nothing.`,
  positionals: ['FILE'],
  options: {
    from: { type: 'string', value: 'TRACKER', help: 'beads, backlog or taskmaster.' },
  },
  async run(invocation) {
    const file = resolve(invocation.cwd, invocation.required('FILE'));
    const from = invocation.option('from');
    const read = from === undefined ? undefined : await readFrom(from, file);
    // The queue's own file is what this call is about, and is not taken in before it.
    const takesIn = basename(file) !== 'TASK_QUEUE.json';
    const desk = await invocation.desk({ create: true, takesIn });
    const imported = await importFile(desk, invocation, file, read);
    if (!imported.ok) return imported.answer;
    const { count, seq, notes } = imported;
    return warned(done({ imported: count, seq }, `Imported ${count} tasks`), notes);
  },
};

async function readFrom(from: string, where: string) {
  const { readTracker, trackers } = await import('../../coordinator/importers/readTracker.ts');
  const tracker = trackers.find((each) => each === from);
  if (tracker !== undefined) return readTracker(tracker, where);
  throw new UsageError(`--from takes ${trackers.join(', ')}, not "${from}".`);
}
