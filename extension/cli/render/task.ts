/** One task as a page: what it says, where it stands, what happened to it. */
import type { LogRecord } from '../../core/event.ts';
import { formatTaskId } from '../../core/ids.ts';
import { explainWait, isWaiting, waitReason } from '../../core/pick.ts';
import { redact } from '../../core/secrets.ts';
import type { Task } from '../../core/task.ts';
import { claimOf } from '../../core/task.ts';
import type { Desk } from '../../coordinator/desk.ts';
import { renderRecord } from './records.ts';
import { formatTime, plain, styled } from './text.ts';

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

function factsOf(desk: Desk, task: Task): readonly (readonly [string, string])[] {
  const { content, state } = task;
  const claim = claimOf(task);
  const reason = isWaiting(task) ? waitReason(desk.queue, task, null, desk.pickContext()) : null;
  const facts: (readonly [string, string | undefined])[] = [
    ['Status', state.status],
    ['Waits', reason === null ? undefined : explainWait(reason, formatTime)],
    ['Held by', claim === null ? undefined : `${claim.agent}, token ${claim.token}`],
    ['Priority', `${content.priority}${content.background === true ? ', background' : ''}`],
    ['Type, kind', `${content.type}, ${content.kind}`],
    ['Depends on', content.dependencies.map(formatTaskId).join(', ') || undefined],
    ['Program', content.program],
    ['Accept', content.accept],
    ['Attempts', task.attempts === 0 ? undefined : `${task.attempts}, ${task.failures} failed`],
    ['Last failure', task.lastFailure?.message],
    ['Created', formatTime(task.createdAt)],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}
