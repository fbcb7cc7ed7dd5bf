/** `signalbox wait`: returns when a task has its outcome. */
import { describeTask } from '../../core/queue.ts';
import type { Task } from '../../core/task.ts';
import { knownTask } from '../knownTask.ts';
import type { Verb } from '../verb.ts';
import { exit } from '../answer.ts';

export const verb: Verb = {
  usage: 'wait ID [--timeout S]',
  summary: 'Waits for the outcome of a task: 0 completed, 3 any other, 4 timed out.',
  positionals: ['ID'],
  options: {
    timeout: { type: 'string', value: 'S', help: 'Seconds; default: as long as it takes.' },
  },
  async run(invocation) {
    const id = invocation.taskId();
    const seconds = invocation.number('timeout');
    const desk = await invocation.desk();
    const deadline = seconds === undefined ? Infinity : performance.now() + seconds * 1000;
    for (;;) {
      const task = knownTask(desk.queue, id);
      const outcome = outcomeOf(task);
      const json = { task: desk.taskJson(task) };
      if (outcome === 'completed') {
        const text = `${describeTask(task)} is completed`;
        return { exit: exit.done, json: { ok: true, outcome, ...json }, text };
      }
      if (outcome !== null) {
        const message = `${describeTask(task)} is ${outcome}${reasonOf(task)}`;
        const refusal = { ok: false, reason: outcome, message, outcome, ...json };
        return { exit: exit.refused, json: refusal, note: message };
      }
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) {
        const message = `${describeTask(task)} is still ${task.state.status.replace('_', ' ')}`;
        return {
          exit: exit.nothing,
          json: { ok: false, reason: 'timeout', message, ...json },
          note: message,
        };
      }
      await desk.waitForChange(leftMs);
      await desk.sweep(id);
    }
  },
};

/** The outcome that a waiter hears, or null while one may still come by itself. */
function outcomeOf({ state }: Task): string | null {
  const goesOn = state.status === 'pending' || state.status === 'in_progress';
  return goesOn || state.status === 'failed' ? null : state.status;
}

function reasonOf({ state, lastFailure }: Task): string {
  if ('reason' in state && state.reason !== '') return `: ${state.reason}`;
  if (state.status === 'poisoned' && lastFailure !== null) return `: ${lastFailure.message}`;
  return '';
}
