/** The whole queue as a Markdown document for people: what is open in full, what ended as a table. */
import type { Instant } from '../../core/ids.ts';
import { formatTaskId } from '../../core/ids.ts';
import type { Queue } from '../../core/queue.ts';
import { findTask } from '../../core/queue.ts';
import { redact } from '../../core/secrets.ts';
import type { Task } from '../../core/task.ts';
import { claimOf, isEnded } from '../../core/task.ts';
import { escaped, markdownTable } from './markdown.ts';
import { plain } from './text.ts';

/** A task with the texts that are kept beside the log. */
export interface WholeTask {
  readonly task: Task;
  readonly description: string | null;
  readonly result: string | null;
}

const resultChars = 200;

export function renderQueueMarkdown(
  queue: Queue,
  tasks: readonly WholeTask[],
  now: Instant,
): string {
  const open = tasks.filter(({ task }) => !isEnded(task));
  const ended = tasks.filter(({ task }) => isEnded(task));
  const counts = new Map<string, number>();
  for (const { task } of tasks) {
    counts.set(task.state.status, (counts.get(task.state.status) ?? 0) + 1);
  }
  const summary = [...counts].map(([status, count]) => `${count} ${status.replace('_', ' ')}`);
  return [
    '# Tasks',
    '',
    `${time(now)}, position ${queue.end} of the log: ${summary.join(', ') || 'no tasks'}.`,
    ...(open.length === 0 ? [] : ['', '## Open']),
    ...open.flatMap((each) => ['', ...section(queue, each)]),
    ...(ended.length === 0 ? [] : ['', '## Ended', '', ...endedTable(ended)]),
    '',
  ].join('\n');
}

function section(queue: Queue, { task, description }: WholeTask): readonly string[] {
  const { content, state } = task;
  const facts = factsOf(queue, task).map(([name, value]) => `- ${name}: ${value}`);
  return [
    `### ${formatTaskId(task.id)} ${escaped(content.title)}`,
    '',
    `- Status: ${state.status.replace('_', ' ')}`,
    ...facts,
    ...(description === null ? [] : ['', ...block(redact(description))]),
  ];
}

function factsOf(queue: Queue, task: Task): readonly (readonly [string, string])[] {
  const { content, state, lastFailure } = task;
  const { estimateMinutes } = content;
  const claim = claimOf(task);
  const dependencies = content.dependencies.map((id) => {
    const status = findTask(queue, id)?.state.status ?? 'unknown';
    return `${formatTaskId(id)} (${status.replace('_', ' ')})`;
  });
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Held by', claim === null ? undefined : `${claim.agent} since ${time(claim.claimedAt)}`],
    ['Priority', content.priority],
    ['Type', `${content.type}, ${content.kind}`],
    ['Depends on', dependencies.join(', ') || undefined],
    ['Group', content.group && escaped(content.group)],
    ['Session', content.session && escaped(content.session)],
    ['Labels', content.labels?.map(escaped).join(', ')],
    ['Paths', content.paths?.map(escaped).join(', ')],
    ['Program', content.program && escaped(redact(content.program))],
    ['Accepted if', content.accept && escaped(redact(content.accept))],
    ['Estimate', estimateMinutes === undefined ? undefined : `${estimateMinutes} min`],
    ['Next attempt', state.status === 'failed' ? time(state.notBeforeAt) : undefined],
    ['Reason', 'reason' in state && state.reason !== '' ? escaped(state.reason) : undefined],
    [
      'Last failure',
      lastFailure === null
        ? undefined
        : `${escaped(lastFailure.errorClass)}: ${escaped(lastFailure.message)}`,
    ],
    ['Created', time(task.createdAt)],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

function endedTable(ended: readonly WholeTask[]): readonly string[] {
  const rows = ended.map(({ task, result }) => {
    const { state, content, lastClaim } = task;
    const said = 'reason' in state ? state.reason : (result ?? '');
    const short = said.length > resultChars ? `${said.slice(0, resultChars - 1)}…` : said;
    return [
      formatTaskId(task.id),
      escaped(content.title),
      state.status,
      lastClaim?.agent ?? '',
      'at' in state ? time(state.at) : '',
      escaped(redact(short)),
    ];
  });
  return markdownTable(['Task', 'Title', 'Status', 'Agent', 'Ended', 'Result'], rows);
}

/** A text as it is, in a fence that is longer than any within it. */
function block(text: string): readonly string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, ...text.split('\n').map(plain), fence];
}

/** `2026-11-22 14:32 UTC`: the document is read elsewhere. */
function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
