/** `signalbox pipeline`: the whole graph around a task, or of the queue. */
import { taskKey } from '../../core/ids.ts';
import type { TaskKey } from '../../core/ids.ts';
import type { Pipeline } from '../../core/projections/pipeline.ts';
import { downstream, openChains, pipelineOf, upstream } from '../../core/projections/pipeline.ts';
import type { Queue } from '../../core/queue.ts';
import { done } from '../answer.ts';
import type { Invocation } from '../invocation.ts';
import { taskIdOf } from '../invocation.ts';
import { renderPipeline } from '../render/graph.ts';
import { terminalWidth } from '../render/text.ts';
import { wrap } from '../render/width.ts';
import { knownTask } from '../knownTask.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'pipeline [ID]',
  summary: 'The graph of dependencies around a task, or of all that is open.',
  details: `Each task stands under the last of its dependencies; the others stand beside it. Without ID,
tasks that neither wait for another nor hold one up are only counted.`,
  positionals: ['ID?'],
  async run(invocation) {
    const desk = await invocation.desk();
    const { queue } = desk;
    const keys = chosen(invocation, queue);
    const pipeline = pipelineOf(queue, keys);
    const alone = [...queue.open].filter((key) => !keys.has(key)).length;
    const isWhole = invocation.positional('ID') === undefined;
    const lines =
      keys.size === 0 ? [] : [renderPipeline(queue, pipeline, desk.pickContext(), terminalWidth())];
    if (isWhole) lines.push(...aloneWords(alone, keys.size === 0));
    return done({ ...(isWhole && { alone }), ...pipelineJson(pipeline) }, lines.join('\n'));
  },
};

function chosen(invocation: Invocation, queue: Queue): ReadonlySet<TaskKey> {
  const text = invocation.positional('ID');
  if (text === undefined) return openChains(queue);
  const id = taskIdOf(text);
  const task = knownTask(queue, id);
  return new Set([taskKey(id), ...upstream(queue, task), ...downstream(queue, task)]);
}

function aloneWords(alone: number, isOnly: boolean): readonly string[] {
  if (alone === 0) return isOnly ? ['Nothing is open.'] : [];
  const count = alone === 1 ? '1 task stands' : `${alone} tasks stand`;
  const more = isOnly ? 'no task waits for another' : '`signalbox list` shows all';
  return wrap(`${count} alone: ${more}.`, terminalWidth());
}

function pipelineJson(pipeline: Pipeline): Readonly<Record<string, unknown>> {
  const { nodes, stages, longest, longestMinutes } = pipeline;
  return {
    stages,
    longest: longest.map(({ id }) => id),
    longest_minutes: longestMinutes,
    items: nodes.map(({ task, stage, after, before }) => ({
      id: task.id,
      title: task.content.title,
      status: task.state.status,
      stage,
      dependencies: after,
      dependents: before,
    })),
  };
}
