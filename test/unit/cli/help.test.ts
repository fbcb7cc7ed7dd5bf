/** Help for every verb: it is there, it is whole, and its examples are right. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { groups, guides } from '../../../extension/cli/guide.ts';
import { helpFor } from '../../../extension/cli/help.ts';
import { Invocation } from '../../../extension/cli/invocation.ts';
import { loadVerb, verbName, verbs } from '../../../extension/cli/verbs.ts';
import { splitCommandLine } from '../../../extension/core/commandLine.ts';

/** The table of the contract. */
const contract: readonly string[] = [
  ...['init', 'add', 'import', 'export', 'list', 'show', 'stats', 'status', 'wait', 'output'],
  ...['edit', 'prioritize', 'move', 'next', 'claim', 'heartbeat', 'progress', 'complete', 'fail'],
  ...['release', 'cancel', 'retry', 'dependencies', 'pipeline', 'workload', 'dashboard'],
  ...['audit log', 'audit query', 'audit replay', 'audit export', 'audit verify'],
  ...['recovery record', 'recovery retry', 'recovery auto', 'recovery list', 'recovery check'],
  ...['recovery clear', 'health', 'monitor', 'report', 'menu', 'run', 'approve', 'pause', 'resume'],
  ...['interrupt', 'clear', 'watch', 'store status', 'store recover', 'checkpoint', 'guard'],
  ...['assign', 'balance', 'lock acquire', 'lock release', 'lock check', 'lock list', 'lock clean'],
  ...['agent list', 'agent add', 'agent remove', 'approvals list', 'approvals answer'],
  ...['session focus', 'mcp', 'completion', 'heal', 'audit rotate', 'store upgrade'],
];

const existing = Object.entries(verbs).flatMap(([name, found]) =>
  typeof found === 'function' ? [name] : Object.keys(found).map((second) => `${name} ${second}`),
);

afterEach(() => {
  vi.unstubAllEnvs();
});

test('every verb of the contract exists, and every verb stands in a group of the help', async () => {
  expect(existing).toEqual(expect.arrayContaining([...contract]));
  const help = await helpFor([]);
  for (const name of existing) expect(help).toMatch(new RegExp(`^ +${name}\\b`, 'm'));
  const grouped = Object.values(groups).flat();
  expect(existing.filter((name) => !grouped.includes(name.split(' ')[0] ?? ''))).toEqual([]);
});

describe.each(existing)('help for %s', (name) => {
  test('has its usage, an example, its exit codes, and what it takes everywhere', async () => {
    const help = await helpFor(name.split(' '));
    expect(help).toMatch(new RegExp(`^Usage: signalbox ${name}\\b`));
    expect(help).toMatch(/For example:\n {2}\S.*signalbox|For example:\n {2}signalbox/);
    expect(help).toMatch(/Exit codes:\n {2}0 {2}\S/);
    for (const common of ['--workspace', '--agent', '--json', '--command-id', '--help']) {
      expect(help).toContain(common);
    }
  });

  test('has examples that the verb takes', async () => {
    for (const example of guides[name]?.examples ?? []) {
      if (example.includes('<(')) continue;
      const [line = ''] = example.split(/ && | \| | </);
      const words = splitCommandLine(line);
      if ('error' in words) throw new Error(words.error);
      const [first = '', ...rest] = words;
      const { verb, rest: own } = await loadVerb(first, rest);
      expect(verbName(first, rest[0] ?? '')).toBe(name);
      expect(() => new Invocation(verb, own, { cwd: '/', env: {} }), example).not.toThrow();
    }
  });
});

test('help fits a narrow terminal, but for usages that are longer', async () => {
  vi.stubEnv('COLUMNS', '60');
  const lines = (await helpFor([])).split('\n').slice(10);
  const tooLong = lines.filter((line) => line.length > 60 && /^ {4}/.test(line));
  expect(tooLong).toEqual([]);
});
