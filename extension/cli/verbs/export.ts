/** `signalbox export`: writes the whole queue to a file, for machines or for people. */
import { redactDeep } from '../../core/secrets.ts';
import { tasksOf } from '../../core/queue.ts';
import type { Task } from '../../core/task.ts';
import type { Desk } from '../../coordinator/desk.ts';
import { toWords } from '../../protocol/words.ts';
import { writeOutput } from '../outputFile.ts';
import type { Verb } from '../verb.ts';
import { done, exit, UsageError } from '../answer.ts';

const formats = ['json', 'markdown'] as const;

export const verb: Verb = {
  usage: 'export FILE [--format json|markdown]',
  summary: 'Writes all tasks, ended ones too, as JSON or Markdown; - prints them.',
  details: `JSON is a queue file that \`signalbox import\` takes in again with everything in it. A FILE that
ends in .md is Markdown, for people. What looks like a secret is written as [redacted:KIND].`,
  positionals: ['FILE'],
  options: { format: { type: 'string', value: 'F', help: 'json or markdown.' } },
  async run(invocation) {
    const name = invocation.required('FILE');
    const fallback = /\.(?:md|markdown)$/i.test(name) ? 'markdown' : 'json';
    const wanted = invocation.option('format') ?? fallback;
    const format = formats.find((each) => each === wanted);
    if (format === undefined) {
      throw new UsageError(`--format takes ${formats.join(' or ')}, not "${wanted}".`);
    }
    const desk = await invocation.desk();
    const text = format === 'json' ? await jsonOf(desk) : await markdownOf(desk);
    const json = format === 'json' ? (JSON.parse(text) as unknown) : { ok: true, markdown: text };
    if (name === '-') return { exit: exit.done, json, data: text };
    const file = writeOutput(invocation, desk.paths, name, text);
    const exported = desk.queue.tasks.size;
    return done({ file, exported }, `Exported ${exported} tasks to ${file}`);
  },
};

async function jsonOf(desk: Desk): Promise<string> {
  const queue: unknown[] = [];
  for (const task of tasksOf(desk.queue, desk.queue.tasks.keys())) {
    queue.push(redactDeep(await exported(desk, task)));
  }
  return `${JSON.stringify({ version: 2, queue }, null, 2)}\n`;
}

async function markdownOf(desk: Desk): Promise<string> {
  const { renderQueueMarkdown } = await import('../render/queueMarkdown.ts');
  const tasks = await Promise.all(
    [...tasksOf(desk.queue, desk.queue.tasks.keys())].map(async (task) => ({
      task,
      description: await desk.textOf(task.content.description),
      result: task.state.status === 'completed' ? await desk.textOf(task.state.result) : null,
    })),
  );
  return renderQueueMarkdown(desk.queue, tasks, desk.now());
}

/** The task with all that an import needs to take it up where it stands. */
async function exported(desk: Desk, task: Task): Promise<Record<string, unknown>> {
  const { checkpoint, ...words } = await desk.fullTaskJson(task);
  const { createdAt, expirations, lastFailure, rank, state } = task;
  const past = toWords({
    createdAt,
    ...(expirations === 0 ? {} : { expirations }),
    ...(lastFailure === null ? {} : { lastFailure }),
    ...(state.status === 'poisoned' ? { errorClass: state.errorClass } : {}),
    rank,
    checkpoint,
  });
  return { ...words, past };
}
