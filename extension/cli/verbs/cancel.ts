/** `signalbox cancel`: ends a task for good, stopping it first where the lane runs it. */
import { formatTaskId } from '../../core/ids.ts';
import { aboutTask, done, refused } from '../answer.ts';
import { stopLane } from '../../coordinator/stopLane.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'cancel ID [REASON] [--token N]',
  summary: 'Ends a task for good.',
  positionals: ['ID', 'REASON?'],
  options: { token: { type: 'string', value: 'N', help: 'Of the claim, where it is held.' } },
  async run(invocation) {
    const task = invocation.taskId();
    const reason = invocation.positional('REASON') ?? '';
    const desk = await invocation.desk();
    const { caller } = invocation;
    const stopped = await stopLane(desk, {
      ...invocation.command<'interrupt'>({
        type: 'interrupt',
        then: 'cancel',
        task,
        reason: reason || 'Cancelled',
      }),
    });
    if (stopped.type === 'not-stopped') return refused('lane-held', stopped.message);
    if (stopped.type === 'stopped') {
      return done({ id: task, seq: stopped.seq }, `Stopped and cancelled ${formatTaskId(task)}`);
    }
    const outcome = await desk.execute(
      invocation.command<'cancel'>({ type: 'cancel', task, reason, caller }),
    );
    return aboutTask(outcome, (id, seq) => done({ id, seq }, `Cancelled ${formatTaskId(id)}`));
  },
};
