/**
 * Why a task is next, and why none is, in words for `next --why` and tooltips.
 *
 * Explains what `pick` does and decides nothing; times are written by whoever shows them.
 */
import type { Instant } from '../ids.ts';
import { formatTaskId } from '../ids.ts';
import type { NextFilter, PickContext } from '../pick.ts';
import {
  compareTurns,
  effectiveClass,
  explainWait,
  isWaiting,
  waitReason,
  waitingInOrder,
} from '../pick.ts';
import type { Queue } from '../queue.ts';
import { tasksOf } from '../queue.ts';
import { isCapable } from '../rules.ts';
import type { Task } from '../task.ts';
import { isLaneTask, priorities } from '../task.ts';

const minuteMs = 60_000;

/** Why `task` stands where it stands, such as `HIGH (NORMAL, raised after 31 min); added first`. */
export function explainTurn(task: Task, context: PickContext): string {
  if (task.rank !== undefined) return `moved to its place by a person (${task.content.priority})`;
  const own = priorities.indexOf(task.content.priority);
  const effective = effectiveClass(task, context);
  const now = priorities[effective] ?? task.content.priority;
  const waitedMin = Math.floor((context.now - task.createdAt) / minuteMs);
  const words: string[] = [now];
  if (effective > own) {
    words.push(`(${task.content.priority}, raised after ${String(waitedMin)} min of waiting)`);
  }
  if (effective < own) words.push(`(${task.content.priority}, held back as background work)`);
  else if (task.content.background === true) words.push('in the background');
  return words.join(' ');
}

/** Why `first` has its turn before `second`, or the other way round where that is so. */
function explainOrder(first: Task, second: Task, context: PickContext): string {
  if (compareTurns(first, second, context) > 0) return explainOrder(second, first, context);
  const before = `${formatTaskId(first.id)} comes before ${formatTaskId(second.id)}`;
  if (first.rank !== second.rank) return `${before}: a person moved it there`;
  if (effectiveClass(first, context) !== effectiveClass(second, context)) {
    return `${before}: ${explainTurn(first, context)} against ${explainTurn(second, context)}`;
  }
  if (first.content.background !== true && second.content.background === true) {
    return `${before}: the other is background work`;
  }
  return `${before}: it was added earlier`;
}

/**
 * Why `task` is the next for the agent of `filter`, in sentences for people; the last one compares
 * it with the runner-up where there is one.
 */
export function explainNext(
  queue: Queue,
  task: Task,
  filter: NextFilter,
  context: PickContext,
): readonly string[] {
  const sentences = [`It stands at ${explainTurn(task, context)}.`, 'Nothing keeps it waiting.'];
  const { agent } = filter;
  if (agent !== null) sentences.push(`${agent} can take tasks of the type ${task.content.type}.`);
  const candidates = waitingInOrder(queue, context).filter((other) =>
    isCandidate(queue, other, filter, context),
  );
  const runnerUp = candidates.find((other) => other.id !== task.id);
  if (runnerUp === undefined) sentences.push('It is the only one that could start now.');
  else sentences.push(`${explainOrder(task, runnerUp, context)}.`);
  return sentences;
}

function isCandidate(queue: Queue, task: Task, filter: NextFilter, context: PickContext): boolean {
  return obstacle(queue, task, filter, context) === null;
}

/** What keeps `task` from the agent of `filter`, or null. The same tests as in `pickNext`. */
function obstacle(
  queue: Queue,
  task: Task,
  { agent, atLeast }: NextFilter,
  context: PickContext,
): Obstacle | null {
  if (isLaneTask(task)) return 'lane';
  const least = atLeast === undefined ? 0 : priorities.indexOf(atLeast);
  if (priorities.indexOf(task.content.priority) < least) return 'priority';
  if (agent !== null && !isCapable(context.rules, agent, task.content.type)) return 'capability';
  return waitReason(queue, task, agent, context) === null ? null : 'waits';
}

type Obstacle = 'lane' | 'priority' | 'capability' | 'waits';

/** Why `pickNext` finds none: a sentence for each kind of obstacle, and none twice. */
export function explainNone(
  queue: Queue,
  filter: NextFilter,
  context: PickContext,
  when: (at: Instant) => string,
): readonly string[] {
  if (queue.paused.queue) return ['The queue is paused.'];
  const counts: Record<Obstacle, number> = { lane: 0, priority: 0, capability: 0, waits: 0 };
  let example: Task | null = null;
  for (const task of tasksOf(queue, queue.open)) {
    if (!isWaiting(task)) continue;
    const kind = obstacle(queue, task, filter, context);
    if (kind === null) continue;
    counts[kind]++;
    if (kind === 'waits' && (example === null || compareTurns(task, example, context) < 0)) {
      example = task;
    }
  }
  const sentences: string[] = [];
  const { waits, capability, priority, lane } = counts;
  const who = filter.agent ?? 'the agent';
  if (example !== null) {
    const reason = waitReason(queue, example, filter.agent, context);
    const why =
      reason === null ? '' : ` ${formatTaskId(example.id)}: ${explainWait(reason, when)}.`;
    sentences.push(`${tasks(waits)} cannot start yet.${why}`);
  }
  if (capability > 0) sentences.push(`${tasks(capability)} of a type that ${who} does not take.`);
  if (priority > 0) sentences.push(`${tasks(priority)} below ${filter.atLeast ?? 'LOW'}.`);
  if (lane > 0) sentences.push(`${tasks(lane)} with a program, which the lane runs.`);
  return sentences.length > 0 ? sentences : ['No task is waiting.'];
}

function tasks(count: number): string {
  return count === 1 ? '1 task' : `${String(count)} tasks`;
}
