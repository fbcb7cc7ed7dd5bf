/** `signalbox lock release`: the end of a claim by its older name. */
import { formatTaskId, taskKey } from '../../core/ids.ts';
import { findTask } from '../../core/queue.ts';
import { claimOf } from '../../core/task.ts';
import type { Answer } from '../answer.ts';
import { executeAsHolder } from '../asHolder.ts';
import { aboutTask, done } from '../answer.ts';
import type { Invocation } from '../invocation.ts';
import type { Verb } from '../verb.ts';
import { completeTask } from './complete.ts';

export const verb: Verb = {
  usage: 'lock release ID [STATUS] [--token N]',
  summary: 'Ends a claim: COMPLETE completes, TIMEOUT records a timeout, else it is taken away.',
  details: `COMPLETE and TIMEOUT are said by the holder, as with \`complete\` and \`fail\`. Any other word, and
none, is a person's forced release of whoever holds it: that token is dead from then on. The lock
directory of a plain script is removed.`,
  positionals: ['ID', 'STATUS?'],
  options: { token: { type: 'string', value: 'N', help: 'Of the claim.' } },
  sweeps: false,
  run(invocation) {
    const status = invocation.positional('STATUS') ?? '';
    switch (status.toUpperCase()) {
      case 'COMPLETE':
      case 'COMPLETED':
        return completeTask(invocation, null);
      case 'TIMEOUT':
        return timeOut(invocation);
      default:
        return takeAway(invocation, status);
    }
  },
};

async function timeOut(invocation: Invocation): Promise<Answer> {
  const task = invocation.taskId();
  const desk = await invocation.desk();
  const { caller } = invocation;
  const message = 'Released after a timeout';
  const outcome = await executeAsHolder(
    desk,
    invocation.command<'fail'>({ type: 'fail', task, errorClass: 'TIMEOUT', message, caller }),
  );
  return aboutTask(outcome, (id, seq) => {
    const { status } = findTask(desk.queue, id)?.state ?? {};
    return done({ id, seq, status }, `${formatTaskId(id)} timed out and is ${status ?? 'free'}`);
  });
}

async function takeAway(invocation: Invocation, reason: string): Promise<Answer> {
  const task = invocation.taskId();
  const desk = await invocation.desk();
  const { caller } = invocation;
  const before = findTask(desk.queue, task);
  const holder = before === undefined ? null : (claimOf(before)?.agent ?? null);
  const outcome = await desk.execute(
    invocation.command<'release'>({ type: 'release', task, reason, forced: true, caller }),
  );
  return aboutTask(outcome, (id, seq) => {
    const script = desk.scriptLocks().find((lock) => taskKey(lock.task) === taskKey(id));
    if (script !== undefined) desk.dropScriptLock(id);
    const from = holder ?? script?.owner ?? null;
    const text = from === null ? 'nobody held it' : `taken from ${from}`;
    return done({ id, seq, released_from: from }, `${formatTaskId(id)} is free: ${text}`);
  });
}
