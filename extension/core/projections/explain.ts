/**
 * Why a task is next, and why none is, in words for `next --why` and tooltips.
 *
 * Explains what `pick` does and decides nothing; times are written by whoever shows them.
 */
import type { Instant } from '../ids.ts';
import { outlooks } from '../estimate.ts';
import { formatTaskId } from '../ids.ts';
import { hasRoomFor, loads } from '../load.ts';
import type { NextFilter, PickContext } from '../pick.ts';
import {
  effectiveClass,
  explainWait,
  isWaiting,
  turns,
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
function explainOrder(
  queue: Queue,
  [first, second]: readonly [Task, Task],
  agent: string | null,
  context: PickContext,
): string {
  const order = turns(queue, context, agent);
  if (order.compare(first, second) > 0) {
    return explainOrder(queue, [second, first], agent, context);
  }
  const [a, b] = [formatTaskId(first.id), formatTaskId(second.id)];
  const outlook = outlooks(queue);
  switch (order.rule(first, second)) {
    case 'moved':
      return `${a} comes before ${b}: a person moved it there`;
    case 'priority':
      return `${a} comes before ${b}: ${explainTurn(first, context)} against ${explainTurn(second, context)}`;
    case 'background':
      return `${a} comes before ${b}: the other is background work`;
    case 'own-failure':
      return `${a} comes before ${b}: ${agent ?? 'the agent'} failed ${b} last, so others may take that one first`;
    case 'waited':
      return `${a} comes before ${b}: it has waited longer`;
    case 'pressing':
    case 'deadline':
      return `${a} comes before ${b}: its deadline leaves less time`;
    case 'chain': {
      const minutes = (task: Task) => duration((outlook?.(task).chainMs ?? 0) / minuteMs);
      return `${a} comes before ${b}: more estimated work has to follow it (${minutes(first)} against ${minutes(second)})`;
    }
    case 'added':
      return `${a} comes before ${b}: it was added earlier`;
  }
}

function duration(minutes: number): string {
  if (minutes < 60) return `${String(Math.round(minutes))} min`;
  const rest = Math.round(minutes % 60);
  return `${String(Math.floor(minutes / 60))} h${rest === 0 ? '' : ` ${String(rest)} min`}`;
}

/** The most tasks that are named among those which stand before and cannot start. */
const mostPassed = 3;

/**
 * Why `task` is the next for the agent of `filter`, in sentences for people: where it stands, what
 * does not keep it waiting, who stands before it and must wait, and who comes after.
 */
export function explainNext(
  queue: Queue,
  task: Task,
  filter: NextFilter,
  context: PickContext,
  when: (at: Instant) => string,
): readonly string[] {
  const sentences = [
    task.rank === undefined
      ? `It stands at ${explainTurn(task, context)}.`
      : `It was ${explainTurn(task, context)}.`,
    dependencySentence(task),
    ...outlookSentences(queue, task, context, when),
  ];
  const { agent } = filter;
  if (agent !== null) sentences.push(`${agent} can take tasks of the type ${task.content.type}.`);
  if (task.content.paths !== undefined) {
    sentences.push(`Nobody else works on ${task.content.paths.join(', ')}.`);
  }
  const inOrder = waitingInOrder(queue, context, agent);
  sentences.push(...passedSentences(queue, inOrder, task, filter, context, when));
  const runnerUp = inOrder.find(
    (other) => other !== task && obstacle(queue, other, filter, context) === null,
  );
  if (runnerUp === undefined) sentences.push('It is the only one that could start now.');
  else sentences.push(`${explainOrder(queue, [task, runnerUp], agent, context)}.`);
  return sentences;
}

function dependencySentence({ content: { dependencies } }: Task): string {
  if (dependencies.length === 0) return 'It depends on nothing.';
  return `Nothing that it depends on is open: ${dependencies.map(formatTaskId).join(', ')}.`;
}

function outlookSentences(
  queue: Queue,
  task: Task,
  { now }: PickContext,
  when: (at: Instant) => string,
): readonly string[] {
  const { chainMs, startBy } = outlooks(queue)?.(task) ?? { chainMs: 0, startBy: null };
  const sentences: string[] = [];
  const ownMs = (task.content.estimateMinutes ?? 0) * minuteMs;
  if (chainMs > ownMs) {
    const work = duration(chainMs / minuteMs);
    sentences.push(`${work} of estimated work hang on it: its own, and what has to follow it.`);
  } else if (ownMs > 0) sentences.push(`It is estimated at ${duration(ownMs / minuteMs)}.`);
  if (startBy !== null && startBy < now) sentences.push('It is late for a deadline.');
  else if (startBy !== null) {
    sentences.push(`To meet a deadline it has to start by ${when(startBy)}.`);
  }
  return sentences;
}

/** Those that stand before `task` and have to wait, with the reason. */
function passedSentences(
  queue: Queue,
  inOrder: readonly Task[],
  task: Task,
  filter: NextFilter,
  context: PickContext,
  when: (at: Instant) => string,
): readonly string[] {
  const passed = inOrder.slice(0, Math.max(0, inOrder.indexOf(task))).flatMap((other) => {
    const kind = obstacle(queue, other, filter, context);
    if (kind !== 'waits' && kind !== 'capability') return [];
    const reason = waitReason(queue, other, filter.agent, context);
    const why =
      kind === 'waits' && reason !== null
        ? explainWait(reason, when)
        : `of a type that ${filter.agent ?? 'the agent'} does not take`;
    return [`${formatTaskId(other.id)} would come first and cannot start: ${why}.`];
  });
  const more = passed.length - mostPassed;
  const rest = more > 0 ? [`So would ${tasks(more)} more, which cannot start either.`] : [];
  return [...passed.slice(0, mostPassed), ...rest];
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
  const held = loads(queue, context);
  if (filter.agent !== null && !hasRoomFor(context.rules, filter.agent, held)) {
    return [`${filter.agent} holds ${tasks(held.get(filter.agent) ?? 0)}, as many as it may.`];
  }
  const { compare } = turns(queue, context, filter.agent);
  const counts: Record<Obstacle, number> = { lane: 0, priority: 0, capability: 0, waits: 0 };
  let example: Task | null = null;
  for (const task of tasksOf(queue, queue.open)) {
    if (!isWaiting(task)) continue;
    const kind = obstacle(queue, task, filter, context);
    if (kind === null) continue;
    counts[kind]++;
    if (kind === 'waits' && (example === null || compare(task, example) < 0)) {
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
