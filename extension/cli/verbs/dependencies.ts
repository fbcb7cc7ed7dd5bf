/** `signalbox dependencies`: the chain of one task, and what blocks it. */
import { taskKey } from '../../core/ids.ts';
import { downstream, rootBlockers, upstream } from '../../core/projections/pipeline.ts';
import { openDependencies, tasksOf } from '../../core/queue.ts';
import type { Task } from '../../core/task.ts';
import { isEnded } from '../../core/task.ts';
import type { Desk } from '../../coordinator/desk.ts';
import { renderChain } from '../render/graph.ts';
import { terminalWidth } from '../render/text.ts';
import { knownTask } from '../knownTask.ts';
import type { Verb } from '../verb.ts';
import { done } from '../answer.ts';

export const verb: Verb = {
  usage: 'dependencies ID',
  summary: 'What a task depends on, what blocks it now, and what waits for it.',
  positionals: ['ID'],
  async run(invocation) {
    const id = invocation.taskId();
    const desk = await invocation.desk();
    const task = knownTask(desk.queue, id);
    const text = renderChain(desk.queue, task, desk.pickContext(), terminalWidth());
    return done(chainJson(desk, task), text);
  },
};

function chainJson({ queue }: Desk, task: Task): Readonly<Record<string, unknown>> {
  const open = isEnded(task) ? [] : openDependencies(queue, task);
  const words = (each: Task) => ({
    id: each.id,
    title: each.content.title,
    status: each.state.status,
    dependencies: each.content.dependencies,
  });
  return {
    task: words(task),
    blocked: open.length > 0,
    blocked_by: open,
    in_the_way: open.length === 0 ? [] : rootBlockers(queue, task).map(({ id }) => id),
    items: [...tasksOf(queue, upstream(queue, task))].map((each) => ({
      ...words(each),
      direct: task.content.dependencies.some((id) => taskKey(id) === taskKey(each.id)),
    })),
    dependents: [...tasksOf(queue, downstream(queue, task))].map(words),
  };
}
