/** `signalbox guard`: does the claim with this token still stand? For hooks of git and agents. */
import { describeTask } from '../../core/queue.ts';
import { claimOf } from '../../core/task.ts';
import { UsageError, done, refused } from '../answer.ts';
import { knownTask } from '../knownTask.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'guard ID --token N',
  summary: 'Exits with 0 while the claim with that token is held, with 3 when it was lost.',
  details: `Put it into a hook, and an agent that lost its lease cannot commit any more:

  signalbox guard "$TASK" --token "$TOKEN" || exit 1`,
  positionals: ['ID'],
  options: { token: { type: 'string', value: 'N', help: 'Of the claim.' } },
  sweeps: false,
  async run(invocation) {
    const id = invocation.taskId();
    const { token } = invocation;
    if (token === undefined) throw new UsageError('Which claim is it? Give --token N.');
    const desk = await invocation.desk();
    const task = knownTask(desk.queue, id);
    const claim = claimOf(task);
    if (claim?.token === token) {
      await desk.renew(id);
      return done({ id: task.id, token, agent: claim.agent }, `${claim.agent} holds it`);
    }
    const state =
      claim === null ? `is ${task.state.status}` : `was claimed by ${claim.agent} since`;
    return refused(
      'stale-token',
      `Token ${token} is lost: ${describeTask(task)} ${state}. Stop, and keep nothing of this attempt without looking.`,
    );
  },
};
