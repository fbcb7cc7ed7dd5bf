/** `signalbox list`: the tasks, as they stand. */
import { waitingInOrder, waitReason } from '../../core/pick.ts';
import { tasksOf } from '../../core/queue.ts';
import type { Task } from '../../core/task.ts';
import { claimOf, isLaneTask } from '../../core/task.ts';
import type { Desk } from '../../coordinator/desk.ts';
import type { Invocation } from '../invocation.ts';
import { renderTasks } from '../render/tasks.ts';
import type { Verb } from '../verb.ts';
import { exit, UsageError } from '../answer.ts';

const statuses = [
  'pending',
  'in_progress',
  'completed',
  'failed',
  'poisoned',
  'interrupted',
  'cancelled',
  'skipped',
];

export const verb: Verb = {
  usage: 'list [--status S] [--agent A] [--ready]',
  summary: 'The tasks, in order of creation; --ready: those that can be claimed, best first.',
  options: {
    status: { type: 'string', value: 'S', help: `One of ${statuses.join(', ')}.` },
    ready: { type: 'boolean', help: 'Only tasks that an agent could claim now, best first.' },
  },
  async run(invocation) {
    const status = invocation.option('status');
    if (status !== undefined && !statuses.includes(status)) {
      throw new UsageError(`"${status}" is no status: ${statuses.join(', ')}.`);
    }
    const desk = await invocation.desk();
    const tasks = chosen(invocation, desk).filter(
      (task) => status === undefined || task.state.status === status,
    );
    return {
      exit: exit.done,
      json: tasks.map((task) => desk.taskJson(task)),
      text: renderTasks(desk, tasks),
    };
  },
};

function chosen(invocation: Invocation, desk: Desk): readonly Task[] {
  const { queue } = desk;
  const { agent } = invocation;
  if (invocation.flag('ready')) {
    const context = desk.pickContext();
    return waitingInOrder(queue, context, agent).filter(
      // Without an agent: what some agent may claim, be it the one that it is set aside for.
      (task) =>
        !isLaneTask(task) &&
        waitReason(queue, task, agent ?? task.setAside?.agent ?? null, context) === null,
    );
  }
  const all = [...tasksOf(queue, queue.tasks.keys())];
  // An agent's tasks are those it holds or held last; only asked for by name, never by habit.
  const named = invocation.option('agent');
  if (named === undefined) return all;
  return all.filter((task) => (claimOf(task) ?? task.lastClaim)?.agent === named);
}
