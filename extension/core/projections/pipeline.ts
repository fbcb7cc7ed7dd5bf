/**
 * What waits for what: the graph of dependencies as stages and as trees, and what is in the way.
 *
 * Follows dependencies whatever their state; whether a task may start is `pick`'s business.
 */
import type { TaskId, TaskKey } from '../ids.ts';
import { taskKey } from '../ids.ts';
import type { Queue } from '../queue.ts';
import { findTask, openDependencies, tasksOf } from '../queue.ts';
import type { Task } from '../task.ts';
import { isEnded, willNotComplete } from '../task.ts';

export interface PipelineNode {
  readonly task: Task;
  /** From 1: one more than the highest of the dependencies that are shown. */
  readonly stage: number;
  /** The dependencies that are shown. */
  readonly after: readonly TaskId[];
  /** The tasks shown that depend on it, in order of creation. */
  readonly before: readonly TaskId[];
  /** The dependency that it stands under in a tree: the one of the highest stage. Null for a root. */
  readonly parent: TaskId | null;
}

export interface Pipeline {
  /** By stage, then in order of creation. */
  readonly nodes: readonly PipelineNode[];
  readonly stages: number;
  /** The longest way through tasks that have not ended, by their estimates, from its start. */
  readonly longest: readonly Task[];
  /** Sum of the estimates on that way; null where none of its tasks has one. */
  readonly longestMinutes: number | null;
}

/** All tasks that `start` depends on, directly or not; `start` is not among them. */
export function upstream(queue: Queue, start: Task): ReadonlySet<TaskKey> {
  return reach(start, (key) => queue.tasks.get(key)?.content.dependencies.map(taskKey) ?? []);
}

/** All tasks that depend on `start`, directly or not. */
export function downstream(queue: Queue, start: Task): ReadonlySet<TaskKey> {
  return reach(start, (key) => queue.dependents.get(key) ?? []);
}

function reach(start: Task, next: (key: TaskKey) => Iterable<TaskKey>): ReadonlySet<TaskKey> {
  const found = new Set<TaskKey>();
  const toVisit = [taskKey(start.id)];
  for (let key = toVisit.pop(); key !== undefined; key = toVisit.pop()) {
    for (const each of next(key)) {
      if (found.has(each)) continue;
      found.add(each);
      toVisit.push(each);
    }
  }
  return found;
}

/**
 * The open tasks that hold `start` up by themselves: each waits for no other task, or will not
 * complete. In order of creation; empty where no dependency is in the way.
 */
export function rootBlockers(queue: Queue, start: Task): readonly Task[] {
  const blockers = new Map<TaskKey, Task>();
  const seen = new Set<TaskKey>();
  const toVisit: Task[] = [start];
  for (let task = toVisit.pop(); task !== undefined; task = toVisit.pop()) {
    for (const id of openDependencies(queue, task)) {
      const key = taskKey(id);
      const dependency = findTask(queue, id);
      if (seen.has(key) || dependency === undefined) continue;
      seen.add(key);
      const isStart =
        willNotComplete(dependency) || openDependencies(queue, dependency).length === 0;
      if (isStart) blockers.set(key, dependency);
      else toVisit.push(dependency);
    }
  }
  return [...blockers.values()].sort(byCreation);
}

/** Tasks of the queue that depend on another or are depended on, wherever one of them is open. */
export function openChains(queue: Queue): ReadonlySet<TaskKey> {
  const keys = new Set<TaskKey>();
  for (const task of tasksOf(queue, queue.open)) {
    const key = taskKey(task.id);
    const dependents = queue.dependents.get(key)?.size ?? 0;
    if (dependents === 0 && task.content.dependencies.length === 0) continue;
    keys.add(key);
    // What ended is shown where an open task stands on it, and no further back.
    for (const id of task.content.dependencies) if (findTask(queue, id)) keys.add(taskKey(id));
  }
  return keys;
}

/** The graph of the tasks `keys`. */
export function pipelineOf(queue: Queue, keys: ReadonlySet<TaskKey>): Pipeline {
  const stages = stagesOf(queue, keys);
  const nodes = [...tasksOf(queue, stages.keys())].map((task) => nodeOf(queue, task, stages));
  nodes.sort((a, b) => a.stage - b.stage || byCreation(a.task, b.task));
  return {
    nodes,
    stages: nodes.at(-1)?.stage ?? 0,
    ...longestWay(nodes),
  };
}

function shownDependencies(task: Task, keys: { has(key: TaskKey): boolean }): readonly TaskId[] {
  return task.content.dependencies.filter((id) => keys.has(taskKey(id)));
}

/** Dependencies come before what depends on them; iterative, since chains may be long. */
function stagesOf(queue: Queue, keys: ReadonlySet<TaskKey>): ReadonlyMap<TaskKey, number> {
  const stages = new Map<TaskKey, number>();
  const missing = new Map<TaskKey, number>();
  const ready: Task[] = [];
  for (const task of tasksOf(queue, keys)) {
    const count = new Set(shownDependencies(task, keys).map(taskKey)).size;
    missing.set(taskKey(task.id), count);
    if (count === 0) ready.push(task);
  }
  for (let task = ready.pop(); task !== undefined; task = ready.pop()) {
    const key = taskKey(task.id);
    const below = shownDependencies(task, keys).map((id) => stages.get(taskKey(id)) ?? 0);
    stages.set(key, 1 + Math.max(0, ...below));
    for (const dependent of queue.dependents.get(key) ?? []) {
      const left = (missing.get(dependent) ?? 0) - 1;
      missing.set(dependent, left);
      const next = queue.tasks.get(dependent);
      if (left === 0 && next !== undefined && keys.has(dependent)) ready.push(next);
    }
  }
  return stages;
}

function nodeOf(queue: Queue, task: Task, stages: ReadonlyMap<TaskKey, number>): PipelineNode {
  const key = taskKey(task.id);
  const after = shownDependencies(task, stages);
  const stageOf = (id: TaskId) => stages.get(taskKey(id)) ?? 0;
  const parent = after.reduce<TaskId | null>(
    (best, id) => (best === null || stageOf(id) > stageOf(best) ? id : best),
    null,
  );
  const dependents = [...(queue.dependents.get(key) ?? [])].filter((each) => stages.has(each));
  const before = [...tasksOf(queue, dependents)].sort(byCreation).map(({ id }) => id);
  return { task, stage: stages.get(key) ?? 1, after, before, parent };
}

function longestWay(nodes: readonly PipelineNode[]): Pick<Pipeline, 'longest' | 'longestMinutes'> {
  const known = nodes.flatMap(({ task }) => task.content.estimateMinutes ?? []);
  // A task that nobody estimated counts like the average of the others.
  const usual = known.length === 0 ? 1 : known.reduce((sum, each) => sum + each, 0) / known.length;
  const ways = new Map<TaskKey, { readonly length: number; readonly from: TaskKey | null }>();
  const tasks = new Map<TaskKey, Task>();
  let last: TaskKey | null = null;
  for (const { task, after } of nodes) {
    if (isEnded(task)) continue;
    const key = taskKey(task.id);
    let from: TaskKey | null = null;
    for (const id of after.map(taskKey)) {
      const length = ways.get(id)?.length;
      if (length !== undefined && length > (from === null ? 0 : (ways.get(from)?.length ?? 0)))
        from = id;
    }
    const before = from === null ? 0 : (ways.get(from)?.length ?? 0);
    const length = before + (task.content.estimateMinutes ?? usual);
    tasks.set(key, task);
    ways.set(key, { length, from });
    if (last === null || length > (ways.get(last)?.length ?? 0)) last = key;
  }
  const longest: Task[] = [];
  for (let key = last; key !== null; key = ways.get(key)?.from ?? null) {
    const task = tasks.get(key);
    if (task !== undefined) longest.unshift(task);
  }
  const estimates = longest.flatMap(({ content }) => content.estimateMinutes ?? []);
  const longestMinutes =
    estimates.length === 0 ? null : estimates.reduce((sum, each) => sum + each, 0);
  return { longest, longestMinutes };
}

function byCreation(a: Task, b: Task): number {
  return a.createdSeq - b.createdSeq;
}
