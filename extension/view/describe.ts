/**
 * Pages of Markdown for people: one task, and the health of the queue.
 *
 * What tasks and programs say stands in code, so that no page loads or runs anything of it.
 */
import { checkHealth } from '../coordinator/health.ts';
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
import { clockTime } from './words.ts';

export async function describeTask(desk: Desk, id: TaskId): Promise<string | null> {
  const task = findTask(desk.queue, id);
  if (task === undefined) return null;
  const description = await desk.textOf(task.content.description);
  const result = task.state.status === 'completed' ? await desk.textOf(task.state.result) : null;
  const history = (await desk.history()).filter(
    (record) => record.task !== null && taskKey(record.task) === taskKey(id),
  );
  return [
    `# ${formatTaskId(task.id)} ${plainLine(task.content.title)}`,
    factsOf(desk, task).join('\n'),
    ...(description === null ? [] : ['## Prompt', block(redact(description))]),
    ...(result === null ? [] : ['## Result', block(result)]),
    '## History',
    block(history.map((record) => historyLine(record, desk.now())).join('\n')),
    '',
  ].join('\n\n');
}

function factsOf(desk: Desk, task: Task): readonly string[] {
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
  return facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`- **${name}**: ${inline(value)}`],
  );
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

const marks = { ok: 'ok', warn: 'look', fail: '**act**' } as const;

export function describeHealth(desk: Desk): string {
  const rows = checkHealth(desk).map(
    ({ name, verdict, message }) => `| ${marks[verdict]} | ${name} | ${inline(message)} |`,
  );
  return [
    '# Health of the queue',
    ['| | check | |', '|---|---|---|', ...rows].join('\n'),
    `${plainLine(desk.paths.state)}, looked at ${clockTime(desk.now(), desk.now())}.`,
    '',
  ].join('\n\n');
}

/** Text of others within a line, as code: longer runs of backticks than any in it surround it. */
function inline(text: string): string {
  const line = oneLine(text).replaceAll('|', '\u00a6');
  const fence = '`'.repeat(longestRun(line) + 1);
  return line === '' ? '' : `${fence} ${line} ${fence}`;
}

function block(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}text\n${text}\n${fence}`;
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}

/** A title without anything that Markdown would take for more than letters. */
function plainLine(text: string): string {
  return oneLine(text).replace(/[\\`*_{}[\]()#+!<>|~&:]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for here
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
