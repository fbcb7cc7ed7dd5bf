/** Taking in a whole file of tasks: all of it, or nothing. */
import type { Command, ImportedTask } from '../command.ts';
import { accept, happened, refuse } from '../decision.ts';
import type { DecideContext, Decision } from '../decision.ts';
import type { QueueEvent } from '../event.ts';
import { findCycle } from '../dependencies.ts';
import { formatTaskId, highestChosenId, taskKey } from '../ids.ts';
import type { TaskKey } from '../ids.ts';
import { describeTask, findTask } from '../queue.ts';
import type { Queue } from '../queue.ts';
import type { Task, TaskStatus } from '../task.ts';
import { willNotComplete } from '../task.ts';
import { gaveUp } from './dependents.ts';
import { noRoom } from './room.ts';

export function decideImport(
  queue: Queue,
  command: Command<'import'>,
  { rules }: DecideContext,
): Decision {
  const incoming = new Map<TaskKey, ImportedTask>();
  for (const task of command.tasks) {
    const name = formatTaskId(task.id);
    if (incoming.has(taskKey(task.id))) {
      return refuse('invalid-file', `The file has two tasks ${name}. Nothing was imported.`);
    }
    if (typeof task.id === 'number' && task.id > highestChosenId) {
      const highest = String(highestChosenId);
      return refuse(
        'invalid-file',
        `The id ${String(task.id)} is too high: at most ${highest} may be chosen. Nothing was imported.`,
      );
    }
    const existing = findTask(queue, task.id);
    if (existing !== undefined) {
      return refuse(
        'duplicate',
        `The queue already has ${describeTask(existing)}, and the file has a task ${name} too. Nothing was imported; give the file's task another id.`,
      );
    }
    incoming.set(taskKey(task.id), task);
  }
  return (
    missing(queue, incoming) ??
    cyclic(incoming) ??
    noRoom(queue, waitingOf(command.tasks), rules) ??
    accept(
      null,
      ...command.tasks.map((task) => imported(task, command.by)),
      ...gaveUpOnArrival(queue, incoming),
    )
  );
}

/**
 * The tasks of the file that wait, have the policy `fail`, and depend on one that will not complete,
 * in the file or in the queue; and those that depend on them in turn.
 */
function gaveUpOnArrival(
  queue: Queue,
  incoming: ReadonlyMap<TaskKey, ImportedTask>,
): readonly QueueEvent[] {
  const dependents = new Map<TaskKey, ImportedTask[]>();
  const causes = new Map<TaskKey, Described>();
  for (const task of incoming.values()) {
    if (neverCompletes.has(task.status)) causes.set(taskKey(task.id), task);
    if (task.content.onDependencyFailure !== 'fail' || !isWaitingStatus(task.status)) continue;
    for (const dependency of task.content.dependencies) {
      const key = taskKey(dependency);
      const existing = findTask(queue, dependency);
      if (existing !== undefined && willNotComplete(existing)) causes.set(key, existing);
      const known = dependents.get(key);
      if (known === undefined) dependents.set(key, [task]);
      else known.push(task);
    }
  }
  const events: QueueEvent[] = [];
  // Grows while it is walked: whoever gives up is a cause for others.
  for (const [key, cause] of causes) {
    for (const task of dependents.get(key) ?? []) {
      if (causes.has(taskKey(task.id))) continue;
      causes.set(taskKey(task.id), task);
      events.push(gaveUp(task, cause));
    }
  }
  return events;
}

type Described = Pick<Task, 'id' | 'content'>;
const neverCompletes: ReadonlySet<TaskStatus> = new Set(['cancelled', 'skipped', 'poisoned']);

function isWaitingStatus(status: TaskStatus): boolean {
  return status === 'pending' || status === 'in_progress' || status === 'failed';
}

function waitingOf(tasks: readonly ImportedTask[]) {
  const waiting = tasks.filter(({ status }) => isWaitingStatus(status));
  const bySession = new Map<string, number>();
  for (const { session } of waiting.map(({ content }) => content)) {
    if (session !== undefined) bySession.set(session, (bySession.get(session) ?? 0) + 1);
  }
  return { count: waiting.length, bySession };
}

function missing(queue: Queue, incoming: ReadonlyMap<TaskKey, ImportedTask>): Decision | null {
  for (const { id, content } of incoming.values()) {
    for (const dependency of content.dependencies) {
      if (incoming.has(taskKey(dependency)) || findTask(queue, dependency) !== undefined) continue;
      return refuse(
        'invalid-file',
        `${formatTaskId(id)} depends on ${formatTaskId(dependency)}, which is neither in the file nor in the queue. Nothing was imported.`,
      );
    }
  }
  return null;
}

/** One walk over all tasks: a task on the way that is met again closes a cycle. */
function cyclic(incoming: ReadonlyMap<TaskKey, ImportedTask>): Decision | null {
  const dependenciesOf = (key: TaskKey) => incoming.get(key)?.content.dependencies ?? [];
  const settled = new Set<TaskKey>();
  for (const { id } of incoming.values()) {
    const open: { key: TaskKey; next: number }[] = [{ key: taskKey(id), next: 0 }];
    const onWay = new Set<TaskKey>([taskKey(id)]);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const dependency = dependenciesOf(top.key)[top.next++];
      if (dependency === undefined || settled.has(top.key)) {
        settled.add(top.key);
        onWay.delete(top.key);
        open.pop();
        continue;
      }
      const key = taskKey(dependency);
      if (onWay.has(key)) return refuseCycle(dependency, incoming);
      onWay.add(key);
      open.push({ key, next: 0 });
    }
  }
  return null;
}

function refuseCycle(
  id: ImportedTask['id'],
  incoming: ReadonlyMap<TaskKey, ImportedTask>,
): Decision {
  const way = findCycle(id, (each) => incoming.get(taskKey(each))?.content.dependencies ?? []);
  const spelled = (way ?? [id, id]).map(formatTaskId).join(' -> ');
  return refuse(
    'cycle',
    `The dependencies in the file form a cycle: ${spelled}. Nothing was imported.`,
  );
}

function imported(task: ImportedTask, by: string | null) {
  const {
    id,
    content,
    attempts,
    failures,
    endedAt: at,
    result,
    actualMinutes,
    reason,
    past,
  } = task;
  // Nobody here holds what was in progress elsewhere.
  const status = task.status === 'in_progress' ? 'pending' : task.status;
  const message = reason === '' ? content.title : reason;
  const known = { content, attempts, failures, at, result, actualMinutes };
  const data = past === undefined ? known : { ...known, past };
  return happened('IMPORTED', { task: id, agent: by, message, status }, data);
}
