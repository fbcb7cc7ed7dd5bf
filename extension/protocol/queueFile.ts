/**
 * `TASK_QUEUE.json` as this product writes it, and the shape of a task in `--json` output.
 *
 * Computes text only: its hash is taken, and the file written, by the coordinator. Files that
 * people and other systems wrote are read by `queueFileInput`.
 */
import type { Instant, Position, TaskKey } from '../core/ids.ts';
import type { Queue } from '../core/queue.ts';
import type { BlobRef, Task, TaskContent } from '../core/task.ts';
import { claimOf, isEnded } from '../core/task.ts';
import { taskKey } from '../core/ids.ts';
import { formatIsoInstant, parseIsoInstant } from './words.ts';

/**
 * `tracked` is for a file that goes into git: it leaves out what every claim changes, so that only
 * changes of the work itself show there. A task that is held, or waits for its retry, reads
 * `pending`, and no task says who has or had it.
 */
export type QueueFileForm = 'live' | 'tracked';

/**
 * Where in the log a queue file stands: the witness by which a reader knows what it sees. In a
 * tracked file it stays as it is while only claims come and go.
 */
export interface QueueFileHead {
  readonly logId: string;
  readonly epoch: number;
  readonly seq: Position;
  /** Of the log's line at `seq`. */
  readonly hash: string;
  /** SHA-256 in hex over the bytes from `"queue"` to the end of the file. */
  readonly docHash: string;
  /** Of the log's line at `seq`. */
  readonly at: Instant;
  readonly form: QueueFileForm;
}

/** How many ended tasks the file shows. */
export const endedShown = 1_000;

/** Everything of the file from `"queue"` to its end: what `docHash` is taken over. */
export function encodeQueue(queue: Queue, form: QueueFileForm): string {
  const tasks = shownTasks(queue).map((task) => wordsIn(form, task));
  // The braces and the indentation around it are the head's.
  return `${JSON.stringify({ queue: tasks }, null, 2).slice('{\n  '.length)}\n`;
}

/** How a task stands in the list of the file, from the newline before it to its last brace. */
export function encodeQueueTask(task: Task, form: QueueFileForm): string {
  return `\n${JSON.stringify(wordsIn(form, task), null, 2)}`.replaceAll('\n', '\n    ');
}

/** Everything of the file before `"queue"`. */
export function encodeQueueHead(head: QueueFileHead): string {
  const generated = JSON.stringify({
    log_id: head.logId,
    epoch: head.epoch,
    seq: head.seq,
    hash: head.hash,
    doc_hash: head.docHash,
    at: formatIsoInstant(head.at),
    ...(head.form === 'tracked' ? { tracked: true } : {}),
  });
  return `{\n  "version": 2,\n  "generated": ${generated.replaceAll('":', '": ').replaceAll(',"', ', "')},\n  `;
}

/** The head that a file begins with, or null where it has none that could be ours. */
export function decodeQueueHead(beginning: string): QueueFileHead | null {
  const text = /^[^[]{0,200}?"generated"\s*:\s*(\{[^{}]{0,600}\})/.exec(beginning)?.[1];
  if (text === undefined) return null;
  let head: Readonly<Record<string, unknown>>;
  try {
    head = JSON.parse(text) as typeof head;
  } catch {
    // Someone wrote into it: it is not ours any more.
    return null;
  }
  const { log_id: logId, epoch, seq, hash, doc_hash: docHash, at } = head;
  if (typeof logId !== 'string' || typeof hash !== 'string' || typeof docHash !== 'string') {
    return null;
  }
  if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(seq) || typeof at !== 'string') {
    return null;
  }
  return {
    logId,
    epoch: epoch as number,
    seq: seq as Position,
    hash,
    docHash,
    at: (parseIsoInstant(at) ?? 0) as Instant,
    form: head['tracked'] === true ? 'tracked' : 'live',
  };
}

/** All open tasks and the last ended ones, in order of creation. */
function shownTasks(queue: Queue): readonly Task[] {
  const tasks = [...queue.tasks.values()];
  const hidden = queue.ended.size - endedShown;
  if (hidden <= 0) return tasks;
  const longEnded = new Set<TaskKey>();
  for (const key of queue.ended) {
    if (longEnded.size === hidden) break;
    longEnded.add(key);
  }
  return tasks.filter((task) => !longEnded.has(taskKey(task.id)));
}

/** A task as a queue file of that form shows it. */
export function wordsIn(form: QueueFileForm, task: Task): Record<string, unknown> {
  if (form === 'live') return taskToWords(task);
  const { status } = task.state;
  const isAsPending = status === 'in_progress' || status === 'failed';
  const words = taskToWords(isAsPending ? { ...task, state: { status: 'pending' } } : task);
  const { assigned_to: _agent, claimed_on: _at, attempts: _attempts, ...rest } = words;
  return rest;
}

/**
 * A task as files and `--json` output show it. Text kept beside the log stays a reference, unless
 * `textOf` has it.
 */
export function taskToWords(
  task: Task,
  textOf: (reference: BlobRef) => string | null = () => null,
): Record<string, unknown> {
  const { content, state } = task;
  const text = (value: string | BlobRef | null) =>
    typeof value === 'object' && value !== null ? (textOf(value) ?? value) : value;
  const claim = state.status === 'pending' ? null : (claimOf(task) ?? task.lastClaim);
  // Written out instead of translated by `toWords`: every command does this for every task, and a
  // test holds the two together.
  const words: Record<string, unknown> = {
    id: task.id,
    title: content.title,
    description: text(content.description),
    type: content.type,
    kind: content.kind,
    status: state.status,
    priority: content.priority,
    dependencies: content.dependencies,
    key: content.key ?? null,
    assigned_to: claim?.agent ?? null,
    claimed_on: claim === null ? null : formatIsoInstant(claim.claimedAt),
    completed_on: isEnded(task) && 'at' in state ? formatIsoInstant(state.at) : null,
    attempts: task.attempts,
    estimate_minutes: content.estimateMinutes ?? null,
    actual_minutes: state.status === 'completed' ? state.actualMinutes : null,
    result: state.status === 'completed' ? text(state.result) : null,
  };
  for (const [name, word] of furtherFields) {
    const value = content[name];
    if (hasValue(value)) words[word] = value;
  }
  const notBeforeAt = notBefore(task);
  if (notBeforeAt !== undefined) words['not_before'] = formatIsoInstant(notBeforeAt);
  if (content.deadlineAt !== undefined) words['deadline'] = formatIsoInstant(content.deadlineAt);
  if (task.failures > 0) words['failures'] = task.failures;
  if ('reason' in state) words['reason'] = state.reason;
  if (content.extra !== undefined) fillFrom(words, content.extra, isEnded(task));
  return words;
}

/** Fields that stand in the file only where they have a value, with their words there. */
const furtherFields = [
  ['program', 'program'],
  ['accept', 'accept'],
  ['paths', 'paths'],
  ['session', 'session'],
  ['group', 'group'],
  ['labels', 'labels'],
  ['validIf', 'valid_if'],
  ['provenance', 'provenance'],
  ['background', 'background'],
  ['preemptible', 'preemptible'],
  ['onDependencyFailure', 'on_dependency_failure'],
  ['limit', 'limit'],
  ['capture', 'capture'],
] as const satisfies readonly (readonly [keyof TaskContent, string])[];

function hasValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== false;
}

/**
 * Adds the fields that an import brought and this product does not know, and for an ended task who
 * had it elsewhere. What this product knows itself is never replaced.
 */
function fillFrom(
  words: Record<string, unknown>,
  extra: Readonly<Record<string, unknown>>,
  ended: boolean,
): void {
  for (const [name, value] of Object.entries(extra)) {
    if (name === '__proto__') continue;
    const isHole = ended && words[name] === null;
    if (!Object.hasOwn(words, name) || isHole) words[name] = value;
  }
}

/** The later of what its creator and its last failure say; absent where neither does. */
function notBefore({ content, state }: Task): number | undefined {
  if (state.status !== 'failed') return content.notBeforeAt;
  return Math.max(state.notBeforeAt, content.notBeforeAt ?? 0);
}
