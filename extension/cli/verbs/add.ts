/** `signalbox add`: puts one task into the queue. */
import { secretWarnings } from '../../coordinator/recordable.ts';
import { describeTask, findTask } from '../../core/queue.ts';
import { contentOptions, contentOf, dedupeOf } from '../content.ts';
import { aboutTask, done, warned } from '../answer.ts';
import { taskIdOf } from '../invocation.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'add TITLE [--description T|-] [--depends ID,ID] [--priority P] [--program …] …',
  summary: 'Adds a task to the queue.',
  details: `Defaults: priority NORMAL, type any, kind ai, dedupe keep, on-dependency-failure block.
A task with a program is run by the lane (\`signalbox run\`, or the editor); one without waits for
an agent to claim it. Programs:
  shell:COMMAND LINE   split into words as a shell does, run without a shell
  acp:AGENT            an agent that speaks the Agent Client Protocol
  external             started by the lane, ended by \`complete\` or \`fail\` with its token`,
  positionals: ['TITLE'],
  options: {
    ...contentOptions,
    id: { type: 'string', value: 'ID', help: 'A name of your own instead of the next number.' },
    dedupe: {
      type: 'string',
      value: 'MODE',
      help: 'What a second task with a waiting key does: keep, replace, debounce:MS.',
    },
  },
  sweeps: false,
  async run(invocation) {
    const content = await contentOf(invocation, invocation.required('TITLE'));
    const idText = invocation.option('id');
    const id = idText === undefined ? undefined : taskIdOf(idText);
    const dedupe = dedupeOf(invocation.option('dedupe'));
    const desk = await invocation.desk({ create: true });
    const command = invocation.command<'add'>({
      type: 'add',
      content,
      dedupe,
      ...(id === undefined ? {} : { task: id }),
    });
    const outcome = await desk.execute(command);
    return aboutTask(outcome, (task, seq) => {
      const found = findTask(desk.queue, task);
      if (found === undefined) throw new Error('The task is gone right after it was added');
      desk.approveTyped(found, content);
      const isNew = outcome.ok && outcome.records.some(({ event }) => event === 'CREATED');
      const verb = isNew ? 'Added' : 'Already waiting:';
      const answer = done({ id: found.id, seq, created: isNew }, `${verb} ${describeTask(found)}`);
      return warned(answer, secretWarnings(content));
    });
  },
};
