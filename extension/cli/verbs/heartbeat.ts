/** `signalbox heartbeat`: a sign of life from a claim's holder. */
import { authorize } from '../../core/authorize.ts';
import { formatTaskId } from '../../core/ids.ts';
import { describeTask } from '../../core/queue.ts';
import { claimOf } from '../../core/task.ts';
import { knownTask } from '../knownTask.ts';
import type { Verb } from '../verb.ts';
import { done, refused } from '../answer.ts';

export const verb: Verb = {
  usage: 'heartbeat ID [--token N]',
  summary: 'Shows that the holder of a task is alive.',
  positionals: ['ID'],
  options: { token: { type: 'string', value: 'N', help: 'Of the claim.' } },
  sweeps: false,
  async run(invocation) {
    const id = invocation.taskId();
    const desk = await invocation.desk();
    const task = knownTask(desk.queue, id);
    const claim = claimOf(task);
    if (claim === null) {
      return refused('stale-token', `Nobody holds ${describeTask(task)}; its lease is over.`);
    }
    const rejection = authorize(task, claim, invocation.caller);
    if (rejection !== null) return refused(rejection.reason, rejection.message);
    await desk.beat(task.id, claim.token);
    const lease_expires = new Date(desk.leaseEnd(claim)).toISOString();
    const text = `${claim.agent} is at work on ${formatTaskId(id)}`;
    return done({ id: task.id, token: claim.token, lease_expires }, text);
  },
};
