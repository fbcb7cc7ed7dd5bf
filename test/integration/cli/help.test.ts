/** The command line explains itself: every verb, from its name to its options. */
import { expect, test } from 'vitest';
import { workspace } from '../../support/cli.ts';

/** The table of the contract, as far as it exists. */
const verbs: readonly string[] = [
  ...['init', 'add', 'import', 'export', 'list', 'show', 'stats', 'status', 'wait', 'output'],
  ...['edit', 'prioritize', 'move', 'next', 'claim', 'heartbeat', 'progress', 'complete', 'fail'],
  ...['release', 'cancel', 'retry', 'run', 'approve', 'pause', 'resume', 'interrupt', 'clear'],
  ...['watch', 'health', 'audit query', 'audit verify', 'audit replay', 'recovery list'],
  ...['recovery check', 'recovery clear', 'store status', 'store recover'],
];

test('help lists every verb of the contract and the exit codes', async () => {
  const ws = workspace();
  const help = await ws.ok('help');
  expect(help).toContain('Exit codes: 0 done');
  for (const verb of verbs) expect(help).toMatch(new RegExp(`^ +${verb}\\b`, 'm'));
  expect(await ws.ok('--help')).toBe(help);
  expect(await ws.ok()).toBe(help);
  expect(await ws.json('help')).toEqual({ ok: true, text: help.trimEnd() });
});

test('each verb explains itself, asked in either way, in a folder that is no workspace', async () => {
  const ws = workspace();
  for (const verb of verbs) {
    const words = verb.split(' ');
    const help = await ws.ok(...words, '--help');
    expect(help, verb).toMatch(new RegExp(`^Usage: signalbox ${verb}\\b`));
    for (const common of ['--workspace', '--agent', '--json', '--command-id', '--help']) {
      expect(help, verb).toContain(common);
    }
  }
  expect(await ws.ok('help', 'claim')).toBe(await ws.ok('claim', '--help'));
  expect(await ws.ok('help', 'audit', 'verify')).toBe(await ws.ok('audit', 'verify', '--help'));
  expect(await ws.ok('audit', '--help')).toContain('audit verify');
  expect(Object.keys(ws.fingerprint())).toEqual([]);
});

test('the version is that of the package', async () => {
  expect(await workspace().ok('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
});
