/** What `--help` prints: for all verbs a line each, for one verb all there is to know. */
import { commonOptions } from './options.ts';
import type { Verb } from './verb.ts';
import type { OptionSpec } from './options.ts';
import { loadVerb, verbs } from './verbs.ts';

const head = `Signalbox: one queue of AI work for all agents of a workspace.

  signalbox add "Fix the date test" --type technical     adds a task for any agent
  signalbox next Copilot --claim --json                  gives an agent its next task
  signalbox complete 1 "Fixed" --agent Copilot           ends it
  signalbox add "Tests" --program "shell:npm test"       adds a task for the lane
  signalbox run                                          runs the lane's tasks, one at a time
`;

const exitCodes = `Exit codes: 0 done, 1 failed, 2 usage, 3 refused by a rule, 4 nothing to give, 5 store trouble.
\`signalbox VERB --help\` tells more about a verb.`;

/** The help for everything, or for the verb named. */
export async function helpForAll(name?: string): Promise<string> {
  if (name !== undefined) return helpForVerb((await loadVerb(name, [])).verb);
  const loaded = await Promise.all(
    Object.values(verbs)
      .flatMap((found) => (typeof found === 'function' ? [found] : Object.values(found)))
      .map((load) => load()),
  );
  const rows = loaded.map(({ verb }) => [short(verb.usage), verb.summary] as const);
  return [head, table(rows), '', exitCodes].join('\n');
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
