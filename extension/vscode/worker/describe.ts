/**
 * Pages of Markdown for people: one task, and the health of the queue.
 *
 * What tasks and programs say stands in code, so that no page loads or runs anything of it.
 */
import { checkHealth } from '../../coordinator/health.ts';
import type { Desk } from '../../coordinator/desk.ts';
import type { TaskId } from '../../core/ids.ts';
import { formatTaskId } from '../../core/ids.ts';
import { oneLine, taskPage } from '../../view/pages.ts';
import { clockTime } from '../../view/words.ts';

export async function describeTask(desk: Desk, id: TaskId): Promise<string | null> {
  const page = await taskPage(desk, id);
  if (page === null) return null;
  return [
    `# ${formatTaskId(id)} ${plainLine(page.title.slice(formatTaskId(id).length + 1))}`,
    page.facts.map(({ name, value }) => `- **${name}**: ${inline(value)}`).join('\n'),
    ...page.texts.flatMap(({ heading, text }) => [`## ${heading}`, block(text)]),
    '',
  ].join('\n\n');
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
