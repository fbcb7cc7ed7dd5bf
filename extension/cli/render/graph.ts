/** What waits for what, drawn: the chain of one task, and the pipeline of many. */
import type { TaskId, TaskKey } from '../../core/ids.ts';
import { formatTaskId, taskKey } from '../../core/ids.ts';
import type { PickContext } from '../../core/pick.ts';
import { isWaiting, waitReason } from '../../core/pick.ts';
import type { Pipeline, PipelineNode } from '../../core/projections/pipeline.ts';
import { downstream, rootBlockers, upstream } from '../../core/projections/pipeline.ts';
import type { Queue } from '../../core/queue.ts';
import { findTask, openDependencies, tasksOf } from '../../core/queue.ts';
import type { Task } from '../../core/task.ts';
import { isEnded } from '../../core/task.ts';
import { glyphs } from './glyphs.ts';
import { taskLine } from './taskLine.ts';
import { formatDuration, styled } from './text.ts';
import { treeLines } from './tree.ts';
import { wrap } from './width.ts';

const indent = '  ';

/** The chain of `task`: what is in its way now, all that it depends on, and what waits for it. */
export function renderChain(queue: Queue, task: Task, context: PickContext, width: number): string {
  const options = { queue, context };
  const line = (each: Task, room: number) => taskLine(each, room, options);
  const inTree = (each: Task, room: number) =>
    taskLine(each, room, waitsForTasks(queue, each, context) ? { ...options, note: '' } : options);
  const blockers = isEnded(task) ? [] : rootBlockers(queue, task);
  const before = [...tasksOf(queue, upstream(queue, task))];
  const after = [...tasksOf(queue, downstream(queue, task))];
  const dependents = (each: Task) => [
    ...tasksOf(queue, queue.dependents.get(taskKey(each.id)) ?? []),
  ];
  const completed = before.filter(({ state }) => state.status === 'completed').length;
  return [
    line(task, width),
    ...section(
      'In the way now',
      blockers.map((each) => line(each, width - indent.length)),
    ),
    ...section(
      before.length === 0
        ? 'Depends on nothing'
        : `Depends on ${tasks(before.length)}, ${completed} completed`,
      drawn(dependenciesOf(queue, task), (each) => dependenciesOf(queue, each), inTree, width),
    ),
    ...section(
      after.length === 0 ? 'Nothing waits for it' : `Holds up ${tasks(after.length)}`,
      drawn(dependents(task), dependents, inTree, width),
    ),
  ].join('\n');
}

/** What ended needs none of its dependencies any more. */
function dependenciesOf(queue: Queue, task: Task): readonly Task[] {
  if (isEnded(task)) return [];
  return task.content.dependencies.flatMap((id) => findTask(queue, id) ?? []);
}

/** A task that stands in several places goes on in the first one only. */
function drawn(
  first: readonly Task[],
  next: (task: Task) => readonly Task[],
  line: (task: Task, room: number) => string,
  width: number,
): readonly string[] {
  const seen = new Set<TaskKey>();
  const isNew = ({ id }: Task) => !seen.has(taskKey(id));
  return treeLines<Task | null>(
    [null],
    (task) => {
      if (task === null) return first;
      const children = isNew(task) ? next(task) : [];
      seen.add(taskKey(task.id));
      return children;
    },
    (task, room) => (task === null ? '' : line(task, room)),
    width - indent.length,
  ).slice(1);
}

function section(title: string, lines: readonly string[]): readonly string[] {
  const isEmpty = lines.length === 0;
  if (isEmpty && title === 'In the way now') return [];
  return ['', styled('bold', title), ...lines.map((line) => indent + line)];
}

/** The whole graph, each task under the last of its dependencies. */
export function renderPipeline(
  queue: Queue,
  { nodes, stages, longest, longestMinutes }: Pipeline,
  context: PickContext,
  width: number,
): string {
  const byKey = new Map(nodes.map((node) => [taskKey(node.task.id), node]));
  const options = { queue, context };
  const found = (ids: readonly TaskId[]) => ids.flatMap((id) => byKey.get(taskKey(id)) ?? []);
  const children = (node: PipelineNode) =>
    found(node.before).filter(({ parent }) => parent === node.task.id);
  const lines = treeLines(
    nodes.filter(({ parent }) => parent === null),
    children,
    ({ task, after, parent }, room) => {
      const others = after.filter((id) => id !== parent && isOpen(queue, task, id));
      if (!waitsForTasks(queue, task, context)) return taskLine(task, room, options);
      const note = others.length === 0 ? '' : `also after ${others.map(formatTaskId).join(', ')}`;
      return taskLine(task, room, { ...options, note });
    },
    width,
  );
  const open = nodes.filter(({ task }) => !isEnded(task)).length;
  const head = `${tasks(open)} to do in ${stages === 1 ? '1 stage' : `${stages} stages`}`;
  return [styled('bold', head), ...lines, ...longestLines(longest, longestMinutes, width)].join(
    '\n',
  );
}

/** Whether the drawing itself says why it waits. */
function waitsForTasks(queue: Queue, task: Task, context: PickContext): boolean {
  return isWaiting(task) && waitReason(queue, task, null, context)?.type === 'dependencies';
}

function isOpen(queue: Queue, task: Task, id: TaskId): boolean {
  return openDependencies(queue, task).some((each) => taskKey(each) === taskKey(id));
}

function longestLines(
  longest: readonly Task[],
  minutes: number | null,
  width: number,
): readonly string[] {
  if (longest.length < 2) return [];
  const way = longest.map(({ id }) => formatTaskId(id)).join(` ${glyphs().arrow} `);
  const long = minutes === null ? '' : ` (estimated ${formatDuration(minutes * 60_000)})`;
  return ['', ...wrap(`Longest way: ${way}${long}`, width)];
}

function tasks(count: number): string {
  return count === 1 ? '1 task' : `${count} tasks`;
}
