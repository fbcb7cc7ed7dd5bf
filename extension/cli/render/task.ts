/** One task as a page: what it says, where it stands, what happened to it. */
import type { LogRecord } from '../../core/event.ts';
import type { Instant, TaskId } from '../../core/ids.ts';
import { formatTaskId } from '../../core/ids.ts';
import { explainWait, isWaiting, waitReason } from '../../core/pick.ts';
import { reservedBy } from '../../core/reservations.ts';
import { redact } from '../../core/secrets.ts';
import { findTask } from '../../core/queue.ts';
import type { Failure, Task } from '../../core/task.ts';
import { claimOf } from '../../core/task.ts';
import type { Desk } from '../../coordinator/desk.ts';
import { renderRecord } from './records.ts';
import { formatDuration, formatTime, plain, styled } from './text.ts';

export async function renderTask(
  desk: Desk,
  task: Task,
  history: readonly LogRecord[],
): Promise<string> {
  const { content } = task;
  const description = await desk.textOf(content.description);
  const facts = factsOf(desk, task).map(([name, value]) => `${name.padEnd(13)} ${plain(value)}`);
  return [
    `${styled('dim', formatTaskId(task.id))} ${styled('bold', plain(content.title))}`,
    ...facts,
    ...(description === null ? [] : ['', ...redact(description).split('\n').map(plain)]),
    '',
    styled('bold', 'History'),
    ...history.map(renderRecord),
  ].join('\n');
}

/** Who else may edit the paths of a held task at this moment. */
function sharedWith(desk: Desk, task: Task): string | undefined {
  if (claimOf(task) === null) return undefined;
  const taken = reservedBy(desk.queue, task, desk.pickContext().locked);
  if (taken === null) return undefined;
  return `${taken.path} with ${formatTaskId(taken.by.id)}, which ${taken.agent} holds too`;
}

function factsOf(desk: Desk, task: Task): readonly (readonly [string, string])[] {
  const { content, state } = task;
  const context = desk.pickContext();
  const reason = isWaiting(task) ? waitReason(desk.queue, task, null, context) : null;
  const time = (at: Instant | undefined) => (at === undefined ? undefined : formatTime(at));
  const facts: (readonly [string, string | undefined])[] = [
    ['Status', state.status.replace('_', ' ')],
    ['Waits', reason === null ? undefined : explainWait(reason, formatTime)],
    ['Held by', heldWords(task, context.now)],
    ['Why', 'reason' in state ? state.reason : undefined],
    ['Priority', `${content.priority}${content.background === true ? ', background' : ''}`],
    ['Type, kind', `${content.type}, ${content.kind}`],
    ['Depends on', content.dependencies.map((id) => dependencyWords(desk, id)).join(', ')],
    ['Session', content.session],
    ['Group', content.group],
    ['Labels', content.labels?.join(', ')],
    ['Paths', content.paths?.join(', ')],
    ['Shares', sharedWith(desk, task)],
    ['Not before', time(content.notBeforeAt)],
    ['Deadline', time(content.deadlineAt)],
    [
      'Estimate',
      content.estimateMinutes === undefined ? undefined : `${content.estimateMinutes} min`,
    ],
    ['Program', content.program],
    ['Accept', content.accept],
    ['Valid if', content.validIf],
    ['Attempts', task.attempts === 0 ? undefined : `${task.attempts}, ${task.failures} failed`],
    ['Last failure', failureWords(task.lastFailure)],
    ['Created', formatTime(task.createdAt)],
  ];
  return facts.flatMap(([name, value]) => (value ? [[name, value] as const] : []));
}

function heldWords(task: Task, now: Instant): string | undefined {
  const claim = claimOf(task);
  if (claim === null) return undefined;
  const { agent, claimedAt, token, percent, message } = claim;
  const progress = percent === undefined ? [] : [`${percent} %${message ? `: ${message}` : ''}`];
  const age = `for ${formatDuration(now - claimedAt)}`;
  return [`${agent} ${age}`, `token ${token}`, ...progress].join(', ');
}

function dependencyWords({ queue }: Desk, id: TaskId): string {
  const status = findTask(queue, id)?.state.status ?? 'unknown';
  return `${formatTaskId(id)} (${status.replace('_', ' ')})`;
}

function failureWords(failure: Failure | null): string | undefined {
  if (failure === null) return undefined;
  const { errorClass, message, agent, at } = failure;
  const by = agent === null ? '' : ` by ${agent}`;
  return `${errorClass}: ${message} (${formatTime(at)}${by})`;
}
