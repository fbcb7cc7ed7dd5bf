/** `signalbox recovery check`: may a task be tried again now? */
import { formatTaskId } from '../../core/ids.ts';
import { describeTask, findTask } from '../../core/queue.ts';
import { formatTime } from '../render/text.ts';
import type { Verb } from '../verb.ts';
import { done, exit, refused } from '../answer.ts';

export const verb: Verb = {
  usage: 'recovery check ID',
  summary: 'Exits 0 when the task may be tried now, 3 with the time when not.',
  positionals: ['ID'],
  async run(invocation) {
    const id = invocation.taskId();
    const desk = await invocation.desk();
    const task = findTask(desk.queue, id);
    if (task === undefined) {
      return refused('unknown-task', `There is no task ${formatTaskId(id)}.`);
    }
    const { state } = task;
    const name = describeTask(task);
    if (state.status === 'pending') return done({ id: task.id }, `${name} may be tried now`);
    if (state.status !== 'failed') {
      return refused(
        state.status === 'poisoned' ? 'poisoned' : 'not-waiting',
        `${name} is ${state.status}`,
      );
    }
    if (state.notBeforeAt <= desk.now()) return done({ id: task.id }, `${name} may be tried now`);
    const message = `${name} may be tried again at ${formatTime(state.notBeforeAt)}`;
    const not_before = new Date(state.notBeforeAt).toISOString();
    return {
      exit: exit.refused,
      json: { ok: false, reason: 'not-due', message, not_before },
      note: message,
    };
  },
};
