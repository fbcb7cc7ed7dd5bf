/** Changing a waiting task: its content, its priority, its place. */
import type { Command, MovePlace } from '../command.ts';
import { accept, happened, refuse, unknownTask } from '../decision.ts';
import type { DecideContext, Decision } from '../decision.ts';
import { formatTaskId, taskKey } from '../ids.ts';
import { isWaiting, turns } from '../pick.ts';
import { describeTask, findTask, tasksOf } from '../queue.ts';
import type { Queue } from '../queue.ts';
import { isEnded } from '../task.ts';
import type { Task } from '../task.ts';
import { refuseCycle, refuseMissing } from './dependencies.ts';
import { failDependents, failedDependency } from './dependents.ts';

/** Ranks that one line of the log can surely hold. */
const ranksPerEvent = 500;

export function decideEdit(queue: Queue, command: Command<'edit'>): Decision {
  const task = findTask(queue, command.task);
  if (task === undefined) return unknownTask(command.task);
  const ended = refuseEnded(task, 'edited');
  if (ended !== null) return ended;
  const { content } = command;
  if (Object.keys(content).length === 0) return accept(task.id);
  if (
    task.state.status === 'in_progress' &&
    (content.program ?? content.dependencies) !== undefined
  ) {
    return refuse(
      'already-claimed',
      `${describeTask(task)} is being worked on, so its program and dependencies stay. Release or interrupt it first.`,
    );
  }
  const { dependencies } = content;
  const bad =
    dependencies &&
    (refuseMissing(queue, describeTask(task), dependencies) ??
      refuseCycle(queue, task.id, dependencies));
  if (bad) return bad;
  const message = `Changed ${Object.keys(content).join(', ')}`;
  const about = { task: task.id, agent: command.by, message, status: task.state.status };
  const { whole } = command;
  const edited = happened('EDITED', about, whole === true ? { content, whole } : { content });
  const concernsDependencies = (dependencies ?? content.onDependencyFailure) !== undefined;
  const poisoned =
    concernsDependencies && isWaiting(task)
      ? failedDependency(queue, task, { ...task.content, ...content })
      : null;
  if (poisoned === null) return accept(task.id, edited);
  return accept(task.id, edited, poisoned, ...failDependents(queue, task));
}

export function decidePrioritize(queue: Queue, command: Command<'prioritize'>): Decision {
  const task = findTask(queue, command.task);
  if (task === undefined) return unknownTask(command.task);
  const ended = refuseEnded(task, 'given another priority');
  if (ended !== null) return ended;
  const { priority } = command;
  if (task.content.priority === priority) return accept(task.id);
  const message = `Priority ${task.content.priority} -> ${priority}`;
  const about = { task: task.id, agent: command.by, message, status: task.state.status };
  return accept(task.id, happened('REPRIORITIZED', about, { priority }));
}

/**
 * Gives a task its exact place. Everything before that place is pinned too: a place "after #7" means
 * nothing while aging may still carry others between the two.
 */
export function decideMove(
  queue: Queue,
  command: Command<'move'>,
  context: DecideContext,
): Decision {
  const task = findTask(queue, command.task);
  if (task === undefined) return unknownTask(command.task);
  if (!isWaiting(task)) {
    return refuse(
      'not-waiting',
      `${describeTask(task)} is ${task.state.status}; only waiting tasks have a place in the queue.`,
    );
  }
  // Tasks that a person moved and that are held just now keep their places for when they return.
  const others = [...tasksOf(queue, queue.open)]
    .filter((other) => other !== task && (isWaiting(other) || other.rank !== undefined))
    .sort(turns(queue, context).compare);
  const index = placeIndex(others, command.place);
  if (typeof index !== 'number') return index;
  const pinned = [...others.slice(0, index), task];
  // Those pinned before and now behind the task keep their order after it.
  const behind = others.slice(index).filter((other) => other.rank !== undefined);
  const ranks = [...pinned, ...behind].map(({ id }, rank) => [id, rank] as const);
  const message = `Moved ${describePlace(command.place)}`;
  const about = { task: task.id, agent: command.by, message, status: task.state.status };
  const events = chunks(ranks).map((part) => happened('MOVED', about, { ranks: part }));
  return accept(task.id, ...events);
}

function placeIndex(others: readonly Task[], place: MovePlace): number | Decision {
  if (place.to === 'first') return 0;
  if (place.to === 'last') return others.length;
  const isOther = (task: Task) => isWaiting(task) && taskKey(task.id) === taskKey(place.other);
  const index = others.findIndex(isOther);
  if (index >= 0) return place.to === 'before' ? index : index + 1;
  return refuse(
    'not-waiting',
    `${formatTaskId(place.other)} is not another waiting task, so there is no place ${place.to} it.`,
  );
}

function describePlace(place: MovePlace): string {
  if (place.to === 'first' || place.to === 'last') return place.to;
  return `${place.to} ${formatTaskId(place.other)}`;
}

function chunks<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const count = Math.max(1, Math.ceil(items.length / ranksPerEvent));
  return Array.from({ length: count }, (_, n) =>
    items.slice(n * ranksPerEvent, (n + 1) * ranksPerEvent),
  );
}

function refuseEnded(task: Task, done: string): Decision | null {
  if (!isEnded(task)) return null;
  const message = `${describeTask(task)} is ${task.state.status} and can no longer be ${done}.`;
  return refuse('already-ended', message);
}
