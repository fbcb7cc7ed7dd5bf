/**
 * What people read about one task or about the queue's health, as data; each place shows it its way.
 *
 * What tasks and programs say stays text, and makes nothing of itself.
 */
import { checkHealth } from '../coordinator/health.ts';
import type { HealthCheck } from '../coordinator/health.ts';
import type { Desk } from '../coordinator/desk.ts';
import type { LogRecord } from '../core/event.ts';
import type { TaskId } from '../core/ids.ts';
import { formatTaskId, taskKey } from '../core/ids.ts';
import { isWaiting, waitReason, explainWait } from '../core/pick.ts';
import { findTask } from '../core/queue.ts';
import type { Task } from '../core/task.ts';
import { eventName } from '../core/projections/eventKinds.ts';
import { redact } from '../core/secrets.ts';
import { claimOf } from '../core/task.ts';
import type { Notification } from '../protocol/webview.ts';
import { clockTime, long, whole } from './words.ts';

export type Page = Notification<'page'>;

/** Null where there is no such task. */
export async function taskPage(desk: Desk, id: TaskId): Promise<Page | null> {
  const task = findTask(desk.queue, id);
  if (task === undefined) return null;
  const description = await desk.textOf(task.content.description);
  const result = task.state.status === 'completed' ? await desk.textOf(task.state.result) : null;
  const history = (await desk.history()).filter(
    (record) => record.task !== null && taskKey(record.task) === taskKey(id),
  );
  const story = history.map((record) => historyLine(record, desk.now())).join('\n');
  return {
    title: long(`${formatTaskId(task.id)} ${task.content.title}`),
    facts: factsOf(desk, task).map(([name, value]) => ({ name, value: long(value) })),
    texts: [
      ...(description === null ? [] : [{ heading: 'Prompt', text: whole(redact(description)) }]),
      ...(result === null ? [] : [{ heading: 'Result', text: whole(result) }]),
      { heading: 'History', text: whole(story) },
    ],
  };
}

export function transcriptPage(id: TaskId, text: string): Page {
  const title = `Transcript of ${formatTaskId(id)}`;
  // The end is what matters of a long one.
  const said = text.length > 150_000 ? `…${text.slice(-150_000)}` : text;
  return { title, facts: [], texts: [{ heading: '', text: said || nothingSaid }] };
}

const nothingSaid = 'Its program has said nothing yet.';

/** `desk` is null where there is no queue; `trouble` says why it cannot be used. */
export function healthPage(desk: Desk | null, trouble: string | null): Page {
  const title = 'Health of the queue';
  if (desk === null || trouble !== null) {
    const text = trouble ?? 'There is no queue here yet.';
    return { title, facts: [], texts: [{ heading: '', text }] };
  }
  const facts = checkHealth(desk).map(({ name, verdict, message }) => ({
    name: `${marks[verdict]} ${name}`,
    value: long(message),
  }));
  return { title, facts, texts: [] };
}

const marks: Record<HealthCheck['verdict'], string> = { ok: '✓', warn: '!', fail: '✗' };

function factsOf(desk: Desk, task: Task): readonly (readonly [name: string, value: string])[] {
  const { content, state } = task;
  const now = desk.now();
  const claim = claimOf(task);
  const reason = isWaiting(task) ? waitReason(desk.queue, task, null, desk.pickContext()) : null;
  const facts: (readonly [string, string | undefined])[] = [
    ['Status', state.status],
    ['Waits', reason === null ? undefined : explainWait(reason, (at) => clockTime(at, now))],
    ['Held by', claim === null ? undefined : `${claim.agent}, token ${claim.token}`],
    ['Priority', `${content.priority}${content.background === true ? ', background' : ''}`],
    ['Type and kind', `${content.type}, ${content.kind}`],
    ['Session', content.session],
    ['Depends on', content.dependencies.map(formatTaskId).join(', ') || undefined],
    ['Program', content.program],
    ['Accepted if', content.accept],
    ['Valid if', content.validIf],
    ['Attempts', task.attempts === 0 ? undefined : `${task.attempts}, ${task.failures} failed`],
    ['Last failure', failureOf(task)],
    ['Created', clockTime(task.createdAt, now)],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

function failureOf({ lastFailure }: Task): string | undefined {
  return lastFailure === null ? undefined : `${lastFailure.errorClass}: ${lastFailure.message}`;
}

function historyLine(record: LogRecord, now: number): string {
  const { at, agent, message } = record;
  return [
    clockTime(at, now),
    oneLine(eventName(record)).padEnd(13),
    (agent ?? '').padEnd(10),
    oneLine(message),
  ]
    .join('  ')
    .trimEnd();
}

/** Control characters would break a line, or more. */
export function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for here
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
