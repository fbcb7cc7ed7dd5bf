/** What `--help` prints: for all verbs a line each, for one verb all there is to know. */
import { commonOptions } from './options.ts';
import type { Verb } from './verb.ts';
import type { OptionSpec } from './options.ts';
import { isGroup, loadVerb, verbs } from './verbs.ts';

const head = `Signalbox: one queue of AI work for all agents of a workspace.

  signalbox add "Fix the date test" --type technical     adds a task for any agent
  signalbox next Copilot --claim --json                  gives an agent its next task
  signalbox complete 1 "Fixed" --agent Copilot           ends it
  signalbox add "Tests" --program "shell:npm test"       adds a task for the lane
  signalbox run                                          runs the lane's tasks, one at a time
`;

const exitCodes = `Exit codes: 0 done, 1 failed, 2 usage, 3 refused by a rule, 4 nothing to give, 5 store trouble.
\`signalbox VERB --help\` tells more about a verb.`;

/** The help for everything, for the verbs that begin with one word, or for one verb. */
export async function helpFor([name, ...rest]: readonly string[]): Promise<string> {
  if (name === undefined)
    return [head, await verbTable(Object.keys(verbs)), '', exitCodes].join('\n');
  if (isGroup(name) && rest.length === 0)
    return [await verbTable([name]), '', exitCodes].join('\n');
  return helpForVerb((await loadVerb(name, rest)).verb);
}

async function verbTable(names: readonly string[]): Promise<string> {
  const loaded = await Promise.all(
    names
      .map((name) => verbs[name] ?? {})
      .flatMap((found) => (typeof found === 'function' ? [found] : Object.values(found)))
      .map((load) => load()),
  );
  return table(loaded.map(({ verb }) => [short(verb.usage), verb.summary] as const));
}

/** A usage without its options, which have lines of their own. */
function short(usage: string): string {
  return usage.split(' [--')[0] ?? usage;
}

export function helpForVerb(verb: Verb): string {
  const own = Object.entries(verb.options ?? {});
  const common = Object.entries(commonOptions).filter(
    ([name]) => verb.options?.[name] === undefined,
  );
  const sections = [
    `Usage: signalbox ${verb.usage}`,
    verb.summary,
    ...(verb.details === undefined ? [] : [verb.details]),
    ...(own.length === 0 ? [] : [`Options:\n${optionTable(own)}`]),
    `Everywhere:\n${optionTable(common)}`,
  ];
  return sections.join('\n\n');
}

function optionTable(options: readonly (readonly [string, OptionSpec])[]): string {
  return table(
    options.map(([name, { value, help }]) => [
      value === undefined ? `--${name}` : `--${name} ${value}`,
      help,
    ]),
  );
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)));
  return rows
    .map(([left, right]) =>
      left.length > width
        ? `  ${left}\n  ${' '.repeat(width)}  ${right}`
        : `  ${left.padEnd(width)}  ${right}`,
    )
    .join('\n');
}
