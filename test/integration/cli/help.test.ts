/** The command line explains itself, in a folder that is no workspace, and guesses what was meant. */
import { expect, test } from 'vitest';
import { workspace } from '../../support/cli.ts';

test('help groups the verbs by what a person wants to do, and tells the exit codes', async () => {
  const ws = workspace();
  const help = await ws.ok('help');
  for (const group of ['Start', 'Work as an agent', 'Look', 'Recover', 'Audit', 'Administer']) {
    expect(help).toMatch(new RegExp(`^${group}$`, 'm'));
  }
  expect(help).toMatch(/^ {2}signalbox init .*\n {2}signalbox add /m);
  expect(help).toMatch(/Exit codes\n {2}0 {2}done/);
  expect(await ws.ok('--help')).toBe(help);
  expect(await ws.ok()).toBe(help);
  expect(await ws.json('help')).toEqual({ ok: true, text: help.trimEnd() });
});

test('a verb explains itself, asked in either way', async () => {
  const ws = workspace();
  const claim = await ws.ok('claim', '--help');
  expect(claim).toMatch(/^Usage: signalbox claim ID/);
  expect(await ws.ok('help', 'claim')).toBe(claim);
  expect(await ws.ok('help', 'audit', 'verify')).toBe(await ws.ok('audit', 'verify', '--help'));
  expect(await ws.ok('audit', '--help')).toContain('audit verify');
  expect(Object.keys(ws.fingerprint())).toEqual([]);
});

test.each([
  [['lst'], 'Did you mean `list`?', 'signalbox help'],
  [['compelte', '1'], 'Did you mean `complete`?', 'signalbox help'],
  [['audit', 'qery', 'all'], 'Did you mean `query`?', 'signalbox audit --help'],
  [['add', 'Title', '--depend', '3'], 'Did you mean `--depends`?', 'signalbox add --help'],
  [['claim'], 'ID is missing.', 'signalbox claim --help'],
  [['audit'], 'takes one of: ', 'signalbox audit --help'],
  [['--workspace', '.', 'list'], 'The verb comes first', 'signalbox help'],
  [['zzzzzz'], 'There is no verb "zzzzzz". `signalbox help`', 'lists the verbs'],
])('%j is answered with what was meant, and where to read on', async (args, guess, where) => {
  const { code, stdout, stderr } = await workspace().run(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(guess);
  expect(stderr).toContain(where);
});

test('the version is that of the package', async () => {
  expect(await workspace().ok('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
});
