/**
 * What a page may ask, which is what a person may ask of the command line.
 *
 * Nothing here starts a program, approves one or answers its questions: that takes a terminal or an
 * editor, where a person sees what they say yes to.
 */
import { checkProgram } from '../core/programSpec.ts';
import type { TaskContent } from '../core/task.ts';
import type { HostMessage, Outcome, Params, RequestHandlers } from '../protocol/webview.ts';
import { placeOf } from '../view/actions.ts';
import { done, refused } from '../view/answers.ts';
import { healthPage, taskPage, transcriptPage } from '../view/pages.ts';
import type { ShownQueue } from '../view/shownQueue.ts';
import type { WatchedLane } from './watchedLane.ts';

type Queue = ShownQueue<WatchedLane>;

/** @param tell speaks to the page that asks */
export function handlersFor(queue: Queue, tell: (message: HostMessage) => void): RequestHandlers {
  return {
    addTask: async () => done,
    submitTask: (params) => submitTask(queue, params),
    clearWaiting: () => queue.execute({ type: 'clearWaiting', session: null, all: false }),
    startLane: async () => elsewhere('A lane is started in a terminal: `signalbox run`.'),
    stopLane: async () => elsewhere('A lane is ended where it was started.'),
    pauseLane: () => queue.execute({ type: 'pause', scope: 'lane' }),
    resumeLane: () => resume(queue),
    interruptTask: (attempt) => queue.interrupt(attempt),
    cancelTask: ({ task }) => queue.cancelTask(task),
    moveTask: ({ task, place }) => queue.execute({ type: 'move', task, place: placeOf(place) }),
    prioritizeTask: ({ task, priority }) => queue.execute({ type: 'prioritize', task, priority }),
    retryTask: ({ task }) => queue.execute({ type: 'retry', task, setAsideFor: null }),
    runTaskNow: async () => elsewhere('Tasks are run by a lane: `signalbox run`.'),
    approveTask: async ({ task }) =>
      elsewhere(`Programs are approved in a terminal: \`signalbox approve ${String(task)}\`.`),
    answerQuestion: async ({ questionId }) =>
      elsewhere(`Answer in a terminal: \`signalbox approvals answer ${questionId}\`.`),
    clearRecovery: ({ task }) => queue.execute({ type: 'clearFailures', task }),
    openTask: (params) => openTask(queue, params, tell),
    copyTaskId: async () => done,
    focusSession: ({ session }) => queue.execute({ type: 'focus', session }),
    dismissKindError: ({ kind }) => queue.dismissKindError(kind),
    showMore: (params) => queue.showMore(params),
    openHealth: async () => {
      const desk = (await queue.shown())?.desk ?? null;
      tell({ type: 'page', ...healthPage(desk, queue.trouble) });
      return done;
    },
    manageTrust: async () => done,
  };
}

async function submitTask(
  queue: Queue,
  { title, description, priority, program }: Params<'submitTask'>,
): Promise<Outcome> {
  const problem = program === '' ? null : checkProgram(program);
  if (problem !== null) return refused('invalid-value', problem);
  const prepared = await queue.prepare();
  if (!prepared.ok) return prepared;
  const content: TaskContent = {
    title,
    description: description.trim() === '' ? null : description,
    type: 'any',
    kind: 'ai',
    priority,
    dependencies: [],
    ...(program === '' ? {} : { program }),
  };
  return queue.execute({ type: 'add', content, dedupe: { mode: 'keep' } });
}

/** Whatever was paused, lane or queue, goes on. */
async function resume(queue: Queue): Promise<Outcome> {
  const lane = await queue.execute({ type: 'resume', scope: 'lane' });
  const whole = await queue.execute({ type: 'resume', scope: 'queue' });
  return lane.ok ? whole : lane;
}

async function openTask(
  queue: Queue,
  { task, show }: Params<'openTask'>,
  tell: (message: HostMessage) => void,
): Promise<Outcome> {
  if (show === 'diff') return refused('failed', 'There is no difference to look at.');
  const session = await queue.shown();
  const page =
    show === 'transcript'
      ? transcriptPage(task, await queue.transcript(task))
      : session === null
        ? null
        : await taskPage(session.desk, task);
  if (page === null) return refused('unknown-task', `There is no task ${String(task)}.`);
  tell({ type: 'page', ...page });
  return done;
}

function elsewhere(message: string): Outcome {
  return refused('needs-approval', message);
}
