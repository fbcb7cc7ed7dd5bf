/** What `--help` prints: for all verbs a line each, for one verb all there is to know. */
import { commonOptions } from './options.ts';
import type { Verb } from './verb.ts';
import type { OptionSpec } from './options.ts';
import { groups, guides } from './guide.ts';
import { styled, terminalWidth } from './render/text.ts';
import { isGroup, loadVerb, verbName, verbs } from './verbs.ts';

const head = `Signalbox: one queue of AI work for all agents of a workspace.

  signalbox init                                   once, in the folder that the work is about
  signalbox add "Fix the date test"                as many tasks as there are
  signalbox next Copilot --claim --json            an agent takes the best one, works, and then
  signalbox complete 1 "Fixed" --agent Copilot     ends it; \`signalbox dashboard\` shows it all

A task with a program (\`--program "shell:npm test"\`) is for the lane: \`signalbox run\` works these.`;

const exitCodes = `Exit codes
  0  done             3  refused by a rule; "reason" in --json says which
  1  failed           4  nothing to give, as by \`next\` and \`wait\`
  2  wrong usage      5  the store cannot be used; \`signalbox health\` says what to do`;

const more = '`signalbox VERB --help` tells more about a verb, with examples.';

/** Left of the summaries. */
const mostLeft = 34;

/** The help for everything, for the verbs that begin with one word, or for one verb. */
export async function helpFor([name, ...rest]: readonly string[]): Promise<string> {
  if (name === undefined) return helpForAll();
  if (isGroup(name) && rest.length === 0) {
    return [table(await rowsOf([name])), exitCodes, more].join('\n\n');
  }
  const { verb } = await loadVerb(name, rest);
  return helpForVerb(verb, verbName(name, rest[0] ?? '') ?? name);
}

async function helpForAll(): Promise<string> {
  const grouped = Object.values(groups).flat();
  const others = Object.keys(verbs).filter((name) => !grouped.includes(name));
  const all = await Promise.all(
    [...Object.entries(groups), ['More', others] as const].map(
      async ([title, names]) => [title, await rowsOf(names)] as const,
    ),
  );
  const shown = all.filter(([, rows]) => rows.length > 0);
  const width = leftWidth(shown.flatMap(([, rows]) => rows));
  const sections = shown.map(([title, rows]) => `${styled('bold', title)}\n${table(rows, width)}`);
  return [head, ...sections, exitCodes, more].join('\n\n');
}

type Row = readonly [left: string, right: string];

async function rowsOf(names: readonly string[]): Promise<readonly Row[]> {
  const loaded = await Promise.all(
    names

      .map((name) => verbs[name] ?? {})
      .flatMap((found) => (typeof found === 'function' ? [found] : Object.values(found)))
      .map((load) => load()),
  );
  return loaded.map(({ verb }) => [short(verb.usage), verb.summary] as const);
}

/** A usage without its options, which have lines of their own. */
function short(usage: string): string {
  return usage.split(' [--')[0] ?? usage;
}

/** `name` is what the verb is called by: one word or two. */
function helpForVerb(verb: Verb, name: string): string {
  const own = Object.entries(verb.options ?? {});
  const common = Object.entries(commonOptions).filter(
    ([option]) => verb.options?.[option] === undefined,
  );
  const guide = guides[name];
  const examples = (guide?.examples ?? []).map((each) =>
    each.includes('signalbox') ? `  ${each}` : `  signalbox ${each}`,
  );
  const sections = [
    `Usage: signalbox ${verb.usage}`,
    verb.summary,
    ...(verb.details === undefined ? [] : [verb.details]),
    ...(examples.length === 0 ? [] : [['For example:', ...examples].join('\n')]),
    ...(own.length === 0 ? [] : [`Options:\n${table(optionRows(own))}`]),
    `Everywhere:\n${table(optionRows(common))}`,
    `Exit codes:\n${table(exitRows(guide?.exits ?? {}))}`,
  ];
  return sections.join('\n\n');
}

/** What every verb gives, and what this one says of its own. */
function exitRows(own: Readonly<Record<number, string>>): readonly Row[] {
  const usual = { 0: 'done', 1: 'failed', 2: 'wrong usage', 5: 'the store cannot be used' };
  return Object.entries({ ...usual, ...own }).map(([code, says]) => [
    code,
    code === '3' ? `refused: ${says}` : says,
  ]);
}

function optionRows(options: readonly (readonly [string, OptionSpec])[]): readonly Row[] {
  return options.map(([name, { value, help }]) => [
    value === undefined ? `--${name}` : `--${name} ${value}`,
    help,
  ]);
}

function leftWidth(rows: readonly Row[]): number {
  return Math.max(...rows.map(([left]) => left.length).filter((length) => length <= mostLeft));
}

/** Two columns; the right one is broken into lines where the terminal is narrow. */
function table(rows: readonly Row[], width = leftWidth(rows)): string {
  const room = Math.max(24, Math.min(100, terminalWidth()) - width - 4);
  const indent = ' '.repeat(width + 4);
  return rows
    .map(([left, right]) => {
      const text = broken(right, room).join(`\n${indent}`);
      return left.length > width
        ? `  ${left}\n${indent}${text}`
        : `  ${left.padEnd(width)}  ${text}`;
    })
    .join('\n');
}

/** Our own texts, in which every character takes one column. */
function broken(text: string, room: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
