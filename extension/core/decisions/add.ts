/** Adding one task: its id, its dependencies, its dedupe key, and room for it in the queue. */
import type { Command, Dedupe } from '../command.ts';
import { accept, happened, refuse } from '../decision.ts';
import type { DecideContext, Decision } from '../decision.ts';
import type { QueueEvent } from '../event.ts';
import { formatTaskId, highestChosenId, instant, taskKey } from '../ids.ts';
import type { Instant, TaskId } from '../ids.ts';
import { isWaiting } from '../pick.ts';
import { describeTask, findTask, tasksOf } from '../queue.ts';
import type { Queue } from '../queue.ts';
import type { Task, TaskContent } from '../task.ts';
import { refuseCycle, refuseMissing } from './dependencies.ts';
import { failDependents, failedDependency } from './dependents.ts';
import { noRoom } from './room.ts';

export function decideAdd(queue: Queue, command: Command<'add'>, context: DecideContext): Decision {
  const content = withDebounce(command.content, command.dedupe, context.now);
  const same = content.key === undefined ? undefined : waitingWithKey(queue, content.key);
  if (same !== undefined) return deduplicated(queue, same, content, command);

  const { session, dependencies } = content;
  const bySession = new Map(session === undefined ? [] : [[session, 1]]);
  return (
    refuseId(queue, command.task) ??
    refuseItself(command.task, dependencies) ??
    refuseMissing(queue, 'It', dependencies) ??
    noRoom(queue, { count: 1, bySession }, context.rules) ??
    created(queue, command.task ?? queue.nextId, content, command.by)
  );
}

/** A debounced task waits until none of its key was added for a while, from the first one on. */
function withDebounce(content: TaskContent, dedupe: Dedupe, now: Instant): TaskContent {
  if (dedupe.mode !== 'debounce') return content;
  return { ...content, notBeforeAt: instant(Math.max(content.notBeforeAt ?? 0, now + dedupe.ms)) };
}

/** The oldest waiting task with dedupe key `key`, if there is one; a release may make two. */
function waitingWithKey(queue: Queue, key: string): Task | undefined {
  const [oldest] = [...tasksOf(queue, queue.byDedupeKey.get(key) ?? [])]
    .filter(isWaiting)
    .sort((a, b) => a.createdSeq - b.createdSeq);
  return oldest;
}

function deduplicated(
  queue: Queue,
  waiting: Task,
  content: TaskContent,
  { dedupe, by }: Command<'add'>,
): Decision {
  if (dedupe.mode === 'keep') return accept(waiting.id);
  const { dependencies } = content;
  const refused =
    refuseMissing(queue, describeTask(waiting), dependencies) ??
    refuseCycle(queue, waiting.id, dependencies);
  if (refused !== null) return refused;
  const message = `Replaced by a newer task with the key ${content.key ?? ''}`;
  const about = { task: waiting.id, agent: by, message, status: waiting.state.status };
  const replaced = happened('EDITED', about, { content, whole: true });
  const poisoned = failedDependency(queue, waiting, content);
  if (poisoned === null) return accept(waiting.id, replaced);
  return accept(waiting.id, replaced, poisoned, ...failDependents(queue, waiting));
}

function refuseId(queue: Queue, id: TaskId | undefined): Decision | null {
  if (id === undefined) return null;
  if (typeof id === 'number' && id > highestChosenId) {
    return refuse(
      'invalid-value',
      `The id ${String(id)} is too high: at most ${String(highestChosenId)} may be chosen. Leave --id out to be given one.`,
    );
  }
  const existing = findTask(queue, id);
  if (existing === undefined) return null;
  return refuse(
    'duplicate',
    `The id ${String(id)} belongs to ${describeTask(existing)} already; an id is never used again. Leave --id out to be given one.`,
  );
}

function refuseItself(id: TaskId | undefined, dependencies: readonly TaskId[]): Decision | null {
  if (id === undefined || !dependencies.some((each) => taskKey(each) === taskKey(id))) return null;
  const name = formatTaskId(id);
  return refuse('cycle', `${name} cannot depend on itself: ${name} -> ${name}.`);
}

function created(queue: Queue, id: TaskId, content: TaskContent, by: string | null): Decision {
  const about = { task: id, agent: by, message: content.title, status: 'pending' as const };
  const events: QueueEvent[] = [happened('CREATED', about, content)];
  const poisoned = failedDependency(queue, { id, failures: 0 }, content);
  if (poisoned !== null) events.push(poisoned);
  return accept(id, ...events);
}
