/**
 * Folds one event into the queue. Total: every event ever written must still fold.
 *
 * Holds no rules and reads no clock. Whether an event may happen was settled by `decide` before it
 * was written; an event about a task that does not exist changes nothing but the position.
 *
 * Transitions of a task's state:
 *
 *     CREATED, IMPORTED                                  -> pending (an import: as imported)
 *     CLAIMED            pending, failed                 -> in_progress
 *     COMPLETED          in_progress                     -> completed
 *     FAILED, TIMEOUT    in_progress                     -> failed
 *     POISON_PILL        failed, pending                 -> poisoned
 *     INTERRUPTED        in_progress                     -> interrupted
 *     RELEASED, PREEMPTED, LEASE_EXPIRED   in_progress   -> pending
 *     RETRY              failed, interrupted             -> pending
 *     CLEARED            failed, poisoned                -> pending
 *     CANCELLED, SKIPPED any open state                  -> cancelled, skipped
 */
import type { EventData, LogRecord } from './event.ts';
import { evolveLane } from './evolveLane.ts';
import type { Instant } from './ids.ts';
import { taskKey } from './ids.ts';
import type { Lane, Queue, QueueDraft } from './queue.ts';
import { indexTask, newQueue } from './queue.ts';
import type { Claim, Task, TaskContent, TaskState } from './task.ts';
import { claimOf, isEnded } from './task.ts';

/** Commands older than this many newer ones are forgotten; a retry comes within seconds. */
const rememberedCommands = 10_000;

/** The queue that `records`, from position 1 on, amount to. */
export function fold(records: Iterable<LogRecord>): Queue {
  const draft = newQueue();
  for (const record of records) evolve(draft, record);
  return draft;
}

/** Folds `record` into `draft`, which the caller owns. */
export function evolve(draft: QueueDraft, record: LogRecord): void {
  draft.end = record.seq;
  draft.lastAt = record.at;
  draft.sealed = record.event === 'SEALED';
  remember(draft, record);
  switch (record.event) {
    case 'CREATED':
    case 'IMPORTED':
      addTask(draft, record);
      return;
    case 'PAUSED':
    case 'RESUMED':
      draft.paused = { ...draft.paused, [record.data.scope]: record.event === 'PAUSED' };
      return;
    case 'SESSION':
      draft.focus = record.data.focus;
      return;
    case 'LANE':
      draft.lane = evolveLane(draft.lane, record);
      return;
    case 'SEALED':
      if (record.data.why === 'audit') {
        draft.auditRotations = [...draft.auditRotations, record.seq];
      }
      return;
    case 'MOVED':
      for (const [id, rank] of record.data.ranks) {
        const moved = draft.tasks.get(taskKey(id));
        if (moved !== undefined) draft.tasks.set(taskKey(id), { ...moved, rank });
      }
      return;
    default:
      if (record.task !== null) changeTask(draft, record);
  }
}

function remember(draft: QueueDraft, record: LogRecord): void {
  const known = draft.commands.get(record.commandId);
  // A refusal that left a trace is no done command: it must be decided again.
  if (record.event === 'DEPENDENCY_BLOCKED') return;
  const task = known?.task ?? record.task;
  // `RETRY` alone is a retry; before a `CLAIMED` it is part of the claim.
  const event = record.event === 'CLAIMED' ? record.event : (known?.event ?? record.event);
  draft.commands.set(record.commandId, { task, event, seq: record.seq });
  if (draft.commands.size > rememberedCommands) {
    for (const oldest of draft.commands.keys()) {
      draft.commands.delete(oldest);
      break;
    }
  }
}

function addTask(draft: QueueDraft, record: LogRecord<'CREATED' | 'IMPORTED'>): void {
  if (record.task === null || draft.tasks.has(taskKey(record.task))) return;
  const imported = record.event === 'IMPORTED' ? record.data : null;
  const content = record.event === 'IMPORTED' ? record.data.content : record.data;
  const { createdAt, expirations, lastFailure, rank, checkpoint } = imported?.past ?? {};
  const task: Task = {
    id: record.task,
    content,
    state: { status: 'pending' },
    // A file may say anything; what it brings is never younger than its import.
    createdAt: createdAt !== undefined && createdAt < record.at ? createdAt : record.at,
    createdBy: record.agent,
    imported: imported !== null,
    createdSeq: record.seq,
    attempts: imported?.attempts ?? 0,
    failures: imported?.failures ?? 0,
    expirations: expirations ?? 0,
    lastFailure: lastFailure ?? null,
    claimsSincePending: 0,
    lastClaim: null,
    ...(rank === undefined ? {} : { rank }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  };
  if (typeof record.task === 'number') draft.nextId = Math.max(draft.nextId, record.task + 1);
  replace(draft, undefined, imported === null ? task : { ...task, state: importedState(record) });
}

function importedState(record: LogRecord<'CREATED' | 'IMPORTED'>): TaskState {
  if (record.event !== 'IMPORTED') return { status: 'pending' };
  const { at, result, actualMinutes, past } = record.data;
  switch (record.status) {
    case 'completed':
      return { status: 'completed', at: at ?? record.at, result, actualMinutes };
    case 'cancelled':
    case 'skipped':
      return { status: record.status, at: at ?? record.at, reason: record.message };
    case 'poisoned':
      return {
        status: 'poisoned',
        at: at ?? record.at,
        errorClass: past?.errorClass ?? 'IMPORTED',
        reason: record.message,
      };
    case 'interrupted':
      return {
        status: 'interrupted',
        at: at ?? record.at,
        by: record.agent,
        reason: record.message,
      };
    case 'failed':
      return { status: 'failed', notBeforeAt: at ?? record.at };
    default:
      return { status: 'pending' };
  }
}

function changeTask(draft: QueueDraft, record: LogRecord): void {
  const before = record.task === null ? undefined : draft.tasks.get(taskKey(record.task));
  if (before === undefined) return;
  const after = next(before, record, draft.lane);
  if (after === before) return;
  replace(draft, before, after);
  if (claimOf(before)?.lane === true && claimOf(after) === null) {
    draft.lane = { ...draft.lane, running: null, stop: null };
  }
}

function next(task: Task, record: LogRecord, lane: Lane): Task {
  const { at } = record;
  switch (record.event) {
    case 'EDITED':
      return { ...task, content: edited(task.content, record.data) };
    case 'REPRIORITIZED':
      return { ...task, content: { ...task.content, priority: record.data.priority } };
    case 'CLAIMED':
      return claimed(task, record);
    case 'PROGRESS':
      return withClaim(task, { percent: record.data.percent, message: record.message });
    case 'CHECKPOINT':
      return { ...task, checkpoint: record.data.checkpoint };
    case 'COMPLETED': {
      const { result, actualMinutes } = record.data;
      return { ...task, state: { status: 'completed', at, result, actualMinutes } };
    }
    case 'FAILED':
    case 'TIMEOUT':
      return failed(task, record.data, record);
    case 'POISON_PILL':
      return { ...task, state: poisoned(record) };
    case 'LEASE_EXPIRED':
      return { ...pending(task), expirations: record.data.expirations };
    case 'RELEASED':
      // A forced release leaves a holder that may not know; its count stays.
      return record.data.forced === true ? pending(task) : freshly(pending(task));
    case 'PREEMPTED':
      return freshly(pending(task));
    case 'INTERRUPTED':
      return { ...task, state: interrupted(record, lane) };
    case 'RETRY': {
      const { setAside, ...rest } = freshly(pending(task));
      return record.data.setAside === undefined
        ? rest
        : { ...rest, setAside: record.data.setAside };
    }
    case 'CLEARED':
      // Lost leases are forgiven, but whoever lost one may still not know: the claims stay counted.
      return { ...pending(task), failures: 0, expirations: 0, lastFailure: null };
    case 'CANCELLED':
    case 'SKIPPED': {
      const status = record.event === 'CANCELLED' ? 'cancelled' : 'skipped';
      return { ...task, state: { status, at, reason: record.message } };
    }
    case 'ASSIGNED':
      if (record.data.until === undefined || record.agent === null) return task;
      return {
        ...task,
        setAside: { agent: record.agent, until: record.data.until, balanced: true },
      };
    case 'DEPENDENCY_BLOCKED':
      return { ...task, blockedBy: record.data.open.join(',') };
    default:
      return task;
  }
}

function edited(
  content: TaskContent,
  { content: change, whole }: EventData['EDITED'],
): TaskContent {
  if (whole !== true) return { ...content, ...change };
  const { title, description, type, kind, priority, dependencies } = content;
  return { title, description, type, kind, priority, dependencies, ...change };
}

function claimed(task: Task, record: LogRecord<'CLAIMED'>): Task {
  const claim: Claim = {
    agent: record.agent ?? 'unknown',
    token: record.seq,
    claimedAt: record.at,
    holder: record.data.holder,
    lane: record.data.lane === true,
  };
  const { setAside: _setAside, blockedBy: _blockedBy, ...rest } = task;
  return {
    ...rest,
    state: { status: 'in_progress', claim },
    attempts: task.attempts + 1,
    claimsSincePending: task.claimsSincePending + 1,
    lastClaim: claim,
  };
}

function failed(task: Task, data: EventData['FAILED'], record: LogRecord): Task {
  const { errorClass, failures, notBeforeAt } = data;
  const until: Instant = notBeforeAt ?? record.at;
  return {
    ...freshly(task),
    state: { status: 'failed', notBeforeAt: until },
    failures,
    lastFailure: { agent: record.agent, errorClass, message: record.message, at: record.at },
  };
}

function poisoned({ at, message: reason, data }: LogRecord<'POISON_PILL'>): TaskState {
  return { status: 'poisoned', at, errorClass: data.errorClass, reason };
}

function interrupted(
  { at, agent, message: reason, data }: LogRecord<'INTERRUPTED'>,
  { stop }: Lane,
): TaskState {
  // The record names the lane, which did as it was asked.
  const by = stop?.token === data.token ? stop.by : agent;
  return { status: 'interrupted', at, by, reason };
}

function withClaim(task: Task, change: { percent: number; message: string }): Task {
  if (task.state.status !== 'in_progress') return task;
  return { ...task, state: { status: 'in_progress', claim: { ...task.state.claim, ...change } } };
}

function pending(task: Task): Task {
  return { ...task, state: { status: 'pending' } };
}

function freshly(task: Task): Task {
  return { ...task, claimsSincePending: 0 };
}

/** Puts `after` in the place of `before` and keeps every index true. */
function replace(draft: QueueDraft, before: Task | undefined, after: Task): void {
  const key = taskKey(after.id);
  draft.tasks.set(key, after);
  if (before?.content !== after.content || isEnded(before) !== isEnded(after)) {
    if (before !== undefined) unindex(draft, before);
    indexTask(draft, key, after);
  }
  if (claimOf(after) === null) draft.held.delete(key);
  else draft.held.add(key);
  if (after.state.status === 'completed' && before?.state.status !== 'completed') {
    draft.completedCount++;
  }
}

function unindex(draft: QueueDraft, task: Task): void {
  const key = taskKey(task.id);
  for (const id of task.content.dependencies) removeFrom(draft.dependents, taskKey(id), key);
  if (isEnded(task)) return;
  draft.open.delete(key);
  const { key: dedupeKey, session } = task.content;
  if (dedupeKey !== undefined) removeFrom(draft.byDedupeKey, dedupeKey, key);
  if (session !== undefined) {
    const left = (draft.sessionSizes.get(session) ?? 1) - 1;
    if (left > 0) draft.sessionSizes.set(session, left);
    else draft.sessionSizes.delete(session);
  }
}

function removeFrom<Key, Value>(index: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const values = index.get(key);
  values?.delete(value);
  if (values?.size === 0) index.delete(key);
}
