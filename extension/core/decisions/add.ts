/** Adding one task: its id, its dependencies, its dedupe key, and room for it in the queue. */
import type { Command, Dedupe } from '../command.ts';
import { accept, happened, refuse } from '../decision.ts';
import type { DecideContext, Decision } from '../decision.ts';
import type { QueueEvent } from '../event.ts';
import { formatTaskId, instant, taskKey } from '../ids.ts';
import type { Instant, TaskId } from '../ids.ts';
import { isWaiting } from '../pick.ts';
import { describeTask, findTask, tasksOf, waitingCount } from '../queue.ts';
import type { Queue } from '../queue.ts';
import type { Task, TaskContent } from '../task.ts';

export function decideAdd(queue: Queue, command: Command<'add'>, context: DecideContext): Decision {
  const { content } = command;
  const same = content.key === undefined ? undefined : waitingWithKey(queue, content.key);
  if (same !== undefined) return deduplicated(same, content, command, context.now);

  const id = command.task ?? queue.nextId;
  return (
    usedId(queue, id) ??
    missingDependency(queue, id, content.dependencies) ??
    noRoom(queue, content, context) ??
    accept(id, created(id, content, command.by))
  );
}

/** The waiting task with dedupe key `key`, if there is one. */
function waitingWithKey(queue: Queue, key: string): Task | undefined {
  return [...tasksOf(queue, queue.byDedupeKey.get(key) ?? [])].find(isWaiting);
}

function deduplicated(
  waiting: Task,
  content: TaskContent,
  command: Command<'add'>,
  now: Instant,
): Decision {
  if (command.dedupe.mode === 'keep') return accept(waiting.id);
  const newest = withDebounce(content, command.dedupe, now);
  const message = `Replaced by a newer task with the key ${content.key ?? ''}`;
  const about = { task: waiting.id, agent: command.by, message, status: waiting.state.status };
  return accept(waiting.id, happened('EDITED', about, { content: newest }));
}

function withDebounce(content: TaskContent, dedupe: Dedupe, now: Instant): TaskContent {
  if (dedupe.mode !== 'debounce') return content;
  return { ...content, notBeforeAt: instant(now + dedupe.ms) };
}

function usedId(queue: Queue, id: TaskId): Decision | null {
  const existing = findTask(queue, id);
  if (existing === undefined) return null;
  return refuse(
    'duplicate',
    `The id ${String(id)} belongs to ${describeTask(existing)} already; an id is never used again. Leave --id out to be given one.`,
  );
}

function missingDependency(
  queue: Queue,
  id: TaskId,
  dependencies: readonly TaskId[],
): Decision | null {
  for (const dependency of dependencies) {
    if (taskKey(dependency) === taskKey(id)) {
      const name = formatTaskId(id);
      return refuse('cycle', `${name} cannot depend on itself: ${name} -> ${name}.`);
    }
    if (findTask(queue, dependency) === undefined) {
      return refuse(
        'unknown-task',
        `It would depend on ${formatTaskId(dependency)}, which does not exist. Add that task first.`,
      );
    }
  }
  return null;
}

function noRoom(queue: Queue, content: TaskContent, { rules }: DecideContext): Decision | null {
  const { session } = content;
  const inSession = session === undefined ? 0 : (queue.sessionSizes.get(session) ?? 0);
  if (session !== undefined && inSession >= rules.maxWaitingPerSession) {
    return refuse(
      'queue-full',
      `The session ${session} has ${String(inSession)} open tasks, its limit (max_waiting.session). Nothing was added; clear or finish some first.`,
    );
  }
  // Counting is linear; while fewer are open than may wait, there is room without a count.
  if (queue.open.size < rules.maxWaiting || waitingCount(queue) < rules.maxWaiting) return null;
  return refuse(
    'queue-full',
    `${String(waitingCount(queue))} tasks are waiting, the limit (max_waiting). Nothing was added; clear or finish some first.`,
  );
}

function created(task: TaskId, content: TaskContent, by: string | null): QueueEvent {
  const about = { task, agent: by, message: content.title, status: 'pending' as const };
  return happened('CREATED', about, content);
}
