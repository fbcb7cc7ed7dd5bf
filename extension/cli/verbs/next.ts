/** `signalbox next`: the best ready task for an agent, claimed on the way if wanted. */
import { explainNext, explainNone } from '../../core/projections/explain.ts';
import type { TaskId } from '../../core/ids.ts';
import type { Priority } from '../../core/task.ts';
import { pickNext } from '../../core/pick.ts';
import { describeTask } from '../../core/queue.ts';
import { UsageError, aboutTask, exit, refused } from '../answer.ts';
import { claimAnswer } from '../claimAnswer.ts';
import type { Desk } from '../../coordinator/desk.ts';
import type { Invocation } from '../invocation.ts';
import { priorityOf } from '../invocation.ts';
import { formatTime } from '../render/text.ts';
import type { Verb } from '../verb.ts';
import type { Answer } from '../answer.ts';

export const verb: Verb = {
  usage: 'next [AGENT] [PRIORITY] [--claim] [--why]',
  summary: 'The best ready task for an agent, of that priority or higher.',
  details: `Prints the bare id, so that a script can take it: id=$(signalbox next Copilot HIGH).
Prints nothing and exits with 4 when there is none. Tasks with a program are the lane's and are not
offered. One that this agent failed comes behind the others of its priority for ten minutes, so that
another agent may take it (\`auto_reassign\`).`,
  positionals: ['AGENT?', 'PRIORITY?'],
  options: {
    claim: { type: 'boolean', help: 'Claims it in the same step.' },
    why: { type: 'boolean', help: 'Says why it is this one.' },
  },
  async run(invocation) {
    const priority = invocation.positional('PRIORITY');
    const atLeast = priority === undefined ? undefined : priorityOf(priority);
    if (invocation.flag('claim') && invocation.agent === null) {
      throw new UsageError('--claim needs to know the agent: next AGENT --claim.');
    }
    const desk = await invocation.desk();
    return invocation.flag('claim')
      ? claimNext(invocation, desk, atLeast)
      : showNext(invocation, desk, atLeast);
  },
};

const nothing: Answer = {
  exit: exit.nothing,
  json: { ok: false, reason: 'nothing', message: 'No task is ready for this agent.' },
};

function showNext(invocation: Invocation, desk: Desk, atLeast: Priority | undefined): Answer {
  if (desk.queue.paused.queue) return refused('paused', 'The queue is paused.');
  const { agent } = invocation;
  const task = pickNext(desk.queue, { agent, atLeast }, desk.pickContext());
  const why = invocation.flag('why') ? reasonsNow(invocation, desk, atLeast).sentences : null;
  if (task === null) return why === null ? nothing : { ...nothing, note: why.join('\n') };
  // A script that wants the bare id waits for nothing else.
  const json = invocation.json ? { ok: true, task: desk.taskJson(task) } : {};
  if (why === null) return { exit: exit.done, json, text: String(task.id) };
  const text = `${describeTask(task)}\n${why.join('\n')}`;
  return { exit: exit.done, json: { ...json, why }, text };
}

async function claimNext(
  invocation: Invocation,
  desk: Desk,
  atLeast: Priority | undefined,
): Promise<Answer> {
  // The reasons are those of the moment before: afterwards the task no longer waits for its turn.
  const why = invocation.flag('why') ? reasonsNow(invocation, desk, atLeast) : null;
  const outcome = await desk.execute(
    invocation.command<'claimNext'>({
      type: 'claimNext',
      agent: invocation.agent ?? '',
      caller: invocation.caller,
      ...(atLeast === undefined ? {} : { atLeast }),
    }),
  );
  if (outcome.ok && outcome.task === null) {
    return why === null ? nothing : { ...nothing, note: why.sentences.join('\n') };
  }
  return aboutTask(outcome, async (id) => {
    const answer = await claimAnswer(desk, id, () => String(id));
    // Someone was faster, and it became another one than was explained.
    if (why?.task !== id) return answer;
    const { sentences } = why;
    return {
      ...answer,
      json: { ...(answer.json as object), why: sentences },
      note: sentences.join('\n'),
    };
  });
}

/** The task that would be given now, or null, and in either case why. */
function reasonsNow(
  { agent }: Invocation,
  desk: Desk,
  atLeast: Priority | undefined,
): { readonly task: TaskId | null; readonly sentences: readonly string[] } {
  const { queue } = desk;
  const context = desk.pickContext();
  const filter = { agent, atLeast };
  const task = pickNext(queue, filter, context);
  if (task === null) return { task, sentences: explainNone(queue, filter, context, formatTime) };
  return { task: task.id, sentences: explainNext(queue, task, filter, context, formatTime) };
}
