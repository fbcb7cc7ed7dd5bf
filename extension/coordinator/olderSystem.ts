/**
 * What `init` takes over from the older system of shell scripts besides its queue file: the audit
 * file, the failure counts, and the locks that are held.
 *
 * Its scripts are replaced on request only; see the command line's `scripts`.
 */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import type { ImportedTask } from '../core/command.ts';
import type { TaskKey } from '../core/ids.ts';
import { instant, parseTaskId, taskKey } from '../core/ids.ts';
import type { ScriptLock } from './projector/lockDirs.ts';
import type { WorkspacePaths } from './workspace.ts';

/** How often a task failed there, and what came of it. */
interface OlderFailure {
  readonly failures: number;
  readonly isPoisoned: boolean;
  readonly notBeforeMs: number | null;
}

export type OlderFailures = ReadonlyMap<TaskKey, OlderFailure>;

/** Moves the older audit file into the archive, under a name of its own; null where there is none. */
export function archiveOlderAudit({ auditFile, auditArchive }: WorkspacePaths): string | null {
  if (!existsSync(auditFile)) return null;
  mkdirSync(auditArchive, { recursive: true, mode: 0o700 });
  const time = new Date().toISOString().replaceAll(':', '-');
  const target = path.join(auditArchive, `older.${time}.jsonl`);
  renameSync(auditFile, target);
  return target;
}

/** The failures by task; empty where the file says nothing that makes sense. */
export function readOlderFailures(file: string): OlderFailures {
  const found = new Map<TaskKey, OlderFailure>();
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // None were recorded, or the file was torn: the tasks begin without failures.
    return found;
  }
  for (const fields of entriesOf(value)) {
    const id = parseTaskId(fields['task'] ?? fields['task_id'] ?? fields['id']);
    if (id === undefined) continue;
    const count = fields['failures'] ?? fields['failure_count'] ?? fields['retry_count'];
    const time = fields['not_before'] ?? fields['next_retry'] ?? fields['next_retry_at'];
    const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
    const failures = Number.isSafeInteger(count) && (count as number) > 0 ? (count as number) : 1;
    // The older recorder kept a line for each failure.
    const before = found.get(taskKey(id))?.failures ?? 0;
    found.set(taskKey(id), {
      failures: count === undefined ? before + 1 : Math.max(before, failures),
      isPoisoned: fields['poison_pill'] === true,
      notBeforeMs: Number.isNaN(at) ? null : at,
    });
  }
  return found;
}

type Fields = Readonly<Record<string, unknown>>;

/** A list of failures, such a list under a name, or failures by the ids of their tasks. */
function entriesOf(value: unknown): readonly Fields[] {
  const isFields = (each: unknown): each is Fields => typeof each === 'object' && each !== null;
  if (Array.isArray(value)) return value.filter(isFields);
  if (!isFields(value)) return [];
  const list = value['failed_tasks'] ?? value['failures'] ?? value['tasks'];
  if (Array.isArray(list)) return list.filter(isFields);
  return Object.entries(isFields(list) ? list : value).flatMap(([id, fields]) =>
    isFields(fields) ? [{ id, ...fields }] : [],
  );
}

/** The tasks with the failures that were counted for them. */
export function withFailures(
  tasks: readonly ImportedTask[],
  failures: OlderFailures,
): readonly ImportedTask[] {
  return tasks.map((task) => {
    const found = failures.get(taskKey(task.id));
    const hasEnded = ['completed', 'cancelled', 'skipped'].includes(task.status);
    if (found === undefined || hasEnded) return task;
    const counted = { ...task, failures: Math.max(task.failures, found.failures) };
    if (found.isPoisoned) return { ...counted, status: 'poisoned', reason: 'Gave up before' };
    if (task.status !== 'failed' || found.notBeforeMs === null) return counted;
    return { ...counted, endedAt: instant(found.notBeforeMs) };
  });
}

/**
 * The tasks, each with a word in its message of who holds it by a script's lock. The locks stay what
 * they are and are respected: their owners' scripts release them as ever.
 */
export function withLockOwners(
  tasks: readonly ImportedTask[],
  locks: readonly ScriptLock[],
): readonly ImportedTask[] {
  const owners = new Map(locks.map(({ task, owner }) => [taskKey(task), owner ?? 'a script']));
  return tasks.map((task) => {
    const owner = owners.get(taskKey(task.id));
    const isOpen = task.status === 'pending' || task.status === 'in_progress';
    if (owner === undefined || !isOpen) return task;
    return { ...task, reason: `${task.content.title} (held by ${owner} with a script's lock)` };
  });
}
