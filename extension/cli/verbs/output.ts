/** `signalbox output`: what the program of a task said. */
import { formatTaskId, taskKey } from '../../core/ids.ts';
import type { TaskId } from '../../core/ids.ts';
import { findTask, tasksOf } from '../../core/queue.ts';
import type { Task } from '../../core/task.ts';
import { claimOf, isLaneTask } from '../../core/task.ts';
import type { Desk } from '../../coordinator/desk.ts';
import { followTranscript, readTranscript } from '../../runner/transcriptReader.ts';
import type { TranscriptRecord } from '../../runner/transcriptFiles.ts';
import { lineOf, bodyOf } from '../../runner/transcriptFiles.ts';
import { transcriptText } from '../../runner/transcriptText.ts';
import type { Invocation } from '../invocation.ts';
import { printOut } from '../output.ts';
import type { Verb } from '../verb.ts';
import { exit, items, refused, UsageError } from '../answer.ts';

/** An attempt whose lane was killed has no last line; the log says that it is over. */
const settledPollMs = 1_000;
const endings = new Set(['complete', 'error', 'interrupted']);

export const verb: Verb = {
  usage: 'output ID|--session S [--follow] [--attempt N]',
  summary: 'What the program of a task said, live with --follow.',
  positionals: ['ID?'],
  options: {
    session: { type: 'string', value: 'S', help: 'The newest task of that session.' },
    follow: { type: 'boolean', help: 'Goes on until the attempt ends.' },
    attempt: { type: 'string', value: 'N', help: 'Default: the newest attempt.' },
  },
  async run(invocation) {
    const desk = await invocation.desk();
    const task = taskMeant(invocation, desk);
    if (task === undefined) return refused('unknown-task', unknown(invocation));
    const attempt = invocation.number('attempt') ?? task.attempts;
    if (attempt < 1) return refused('not-claimed', `${formatTaskId(task.id)} has not run yet.`);
    const place = { outputDir: desk.paths.output, task: task.id, attempt };
    if (!invocation.flag('follow')) {
      const { records } = await readTranscript(place);
      const text = records.map(transcriptText).join('');
      if (invocation.json) return items(records.map(toJson), '');
      return records.length > 0
        ? { exit: exit.done, data: text }
        : { exit: exit.done, note: nothingKept(task) };
    }
    const stop = new AbortController();
    process.once('SIGINT', () => stop.abort());
    const watching = setInterval(() => {
      void isAttemptOver(desk, task.id, attempt).then((isOver) => isOver && stop.abort());
    }, settledPollMs);
    for await (const record of followTranscript(place, stop.signal)) {
      printOut(invocation.json ? `${JSON.stringify(toJson(record))}\n` : transcriptText(record));
      if (endings.has(record.event.type)) stop.abort();
    }
    clearInterval(watching);
    return { exit: exit.done };
  },
};

/** Says why there is nothing to read, where that is no fault. */
function nothingKept(task: Task): string {
  return isLaneTask(task)
    ? `The program of ${formatTaskId(task.id)} has said nothing.`
    : `${formatTaskId(task.id)} has no program: what agents say while they work is theirs.`;
}

function unknown(invocation: Invocation): string {
  const session = invocation.option('session');
  return session === undefined
    ? `There is no task ${formatTaskId(invocation.taskId())}.`
    : `No task of the session "${session}" has run yet.`;
}

function taskMeant(invocation: Invocation, desk: Desk): Task | undefined {
  const id = invocation.positional('ID');
  const session = invocation.option('session');
  if ((id === undefined) === (session === undefined)) {
    throw new UsageError('Give one of ID and --session S.');
  }
  if (id !== undefined) return findTask(desk.queue, invocation.taskId());
  return [...tasksOf(desk.queue, desk.queue.tasks.keys())]
    .filter((task) => task.content.session === session && task.lastClaim !== null)
    .sort((a, b) => (a.lastClaim?.token ?? 0) - (b.lastClaim?.token ?? 0))
    .at(-1);
}

async function isAttemptOver(desk: Desk, id: TaskId, attempt: number): Promise<boolean> {
  await desk.refresh();
  const task = desk.queue.tasks.get(taskKey(id));
  return task?.attempts !== attempt || claimOf(task) === null;
}

function toJson(record: TranscriptRecord): unknown {
  const { seq, ...rest } = record;
  return JSON.parse(lineOf(seq, bodyOf(rest)));
}
