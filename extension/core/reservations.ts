/**
 * Who has reserved which paths at present: each held task its own, for as long as it is held.
 *
 * Whether two globs meet is `paths`' business, and whether a task may be taken all the same is
 * `decide`'s; here is only what is so.
 */
import type { TaskId, TaskKey } from './ids.ts';
import { findOverlap } from './paths.ts';
import type { Queue } from './queue.ts';
import { tasksOf } from './queue.ts';
import type { Task } from './task.ts';
import { claimOf } from './task.ts';

/** Tasks whose lock directory a plain script holds, with its owner. */
type Locked = ReadonlyMap<TaskKey, string> | undefined;

export interface Taken {
  /** The glob of the task that was asked about. */
  readonly path: string;
  /** The held task, the glob of it that meets `path`, and who holds it. */
  readonly by: Task;
  readonly theirs: string;
  readonly agent: string;
}

/**
 * What `task` would touch of the paths of a held task, or null. It never stands in its own way, and
 * neither does `leaving`, which is about to be given up.
 */
export function reservedBy(
  queue: Queue,
  task: Task,
  locked: Locked,
  leaving?: TaskId,
): Taken | null {
  const { paths } = task.content;
  if (paths === undefined || paths.length === 0) return null;
  for (const { task: by, agent } of holders(queue, locked)) {
    if (by.id === task.id || by.id === leaving) continue;
    const overlap = findOverlap(paths, by.content.paths);
    if (overlap !== null) return { path: overlap[0], by, theirs: overlap[1], agent };
  }
  return null;
}

export interface PathConflict {
  readonly task: Task;
  readonly agent: string;
  readonly taken: Taken;
}

/**
 * Held tasks that may touch what another held task touches, each pair once, the later claim first.
 * Nobody is given such a task; a lock that was taken regardless, or an edit, can lead to it.
 */
export function pathConflicts(queue: Queue, locked: Locked): readonly PathConflict[] {
  const all = holders(queue, locked);
  return all.flatMap(({ task, agent }, n) =>
    all.slice(0, n).flatMap(({ task: by, agent: other }): readonly PathConflict[] => {
      const overlap = findOverlap(task.content.paths, by.content.paths);
      if (overlap === null) return [];
      return [{ task, agent, taken: { path: overlap[0], by, theirs: overlap[1], agent: other } }];
    }),
  );
}

/** Those who hold tasks with paths, the oldest claim first, plain scripts last. */
function holders(
  queue: Queue,
  locked: Locked,
): readonly { readonly task: Task; readonly agent: string }[] {
  const byClaim = [...tasksOf(queue, queue.held)]
    .flatMap((task) => {
      const claim = claimOf(task);
      return claim === null ? [] : [{ task, agent: claim.agent, token: claim.token }];
    })
    .sort((a, b) => a.token - b.token);
  const byScript = [...(locked ?? [])].flatMap(([key, agent]) => {
    const task = queue.tasks.get(key);
    return task === undefined || claimOf(task) !== null ? [] : [{ task, agent }];
  });
  return [...byClaim, ...byScript].filter(({ task }) => task.content.paths !== undefined);
}
