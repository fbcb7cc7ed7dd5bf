/** `signalbox complete`: ends a held task with its result. */
import { formatTaskId } from '../../core/ids.ts';
import { becameAvailable, describeTask, findTask } from '../../core/queue.ts';
import type { Answer } from '../answer.ts';
import { executeAsHolder } from '../asHolder.ts';
import { aboutTask, done } from '../answer.ts';
import type { Invocation } from '../invocation.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'complete ID [RESULT] [--token N]',
  summary: 'Completes a held task; says what became available.',
  positionals: ['ID', 'RESULT?'],
  options: { token: { type: 'string', value: 'N', help: 'Of the claim.' } },
  sweeps: false,
  run: (invocation) => completeTask(invocation, invocation.positional('RESULT') ?? null),
};

/** Completes the task of a call; answers with what became available, and how far all is. */
export async function completeTask(invocation: Invocation, result: string | null): Promise<Answer> {
  const task = invocation.taskId();
  const desk = await invocation.desk();
  const { caller } = invocation;
  const outcome = await executeAsHolder(
    desk,
    invocation.command<'complete'>({ type: 'complete', task, result, caller }),
  );
  return aboutTask(outcome, (id, seq) => {
    const { queue } = desk;
    const state = findTask(queue, id)?.state;
    const actual_minutes = state?.status === 'completed' ? state.actualMinutes : null;
    const available = becameAvailable(queue, id);
    const progress = { completed: queue.completedCount, total: queue.tasks.size };
    const lines = [
      `Completed ${formatTaskId(id)} in ${formatMinutes(actual_minutes ?? 0)}.`,
      ...available.map((each) => `Now available: ${describeTask(each)}`),
      `Progress: ${progress.completed} of ${progress.total} tasks completed.`,
    ];
    const ids = available.map((each) => each.id);
    return done({ id, seq, actual_minutes, available: ids, progress }, lines.join('\n'));
  });
}

function formatMinutes(minutes: number): string {
  return minutes < 1 ? `${Math.round(minutes * 60)} s` : `${minutes.toFixed(1)} min`;
}
