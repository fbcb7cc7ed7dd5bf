/** `signalbox recovery check`: may a task be tried again now? */
import { instant } from '../../core/ids.ts';
import { isWaiting } from '../../core/pick.ts';
import { describeTask } from '../../core/queue.ts';
import { formatTime } from '../render/text.ts';
import { knownTask } from '../knownTask.ts';
import type { Verb } from '../verb.ts';
import { done, exit, refused } from '../answer.ts';

export const verb: Verb = {
  usage: 'recovery check ID',
  summary: 'Exits 0 when the task may be tried now, 3 with the time when not.',
  positionals: ['ID'],
  async run(invocation) {
    const id = invocation.taskId();
    const desk = await invocation.desk();
    const task = knownTask(desk.queue, id);
    const { state, content } = task;
    const name = describeTask(task);
    if (!isWaiting(task)) {
      const reason = state.status === 'poisoned' ? 'poisoned' : 'not-waiting';
      return refused(reason, `${name} is ${state.status.replace('_', ' ')}`);
    }
    const retryAt = state.status === 'failed' ? state.notBeforeAt : 0;
    const at = instant(Math.max(retryAt, content.notBeforeAt ?? 0));
    if (at <= desk.now()) return done({ id: task.id }, `${name} may be tried now`);
    const not_before = new Date(at).toISOString();
    const message = `${name} may be tried again at ${formatTime(at)} (${not_before})`;
    return {
      exit: exit.refused,
      json: { ok: false, reason: 'not-due', message, not_before },
      note: message,
    };
  },
};
