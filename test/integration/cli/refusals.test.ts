/** How the command line says no: usage, rules, and a store that cannot be used. */
import { mkdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { preparedWorkspace, workspace } from '../../support/cli.ts';

describe('a command line that is wrong', () => {
  const wrong: readonly (readonly string[])[] = [
    ['nonsense'],
    ['--json'],
    ['audit'],
    ['audit', 'nonsense'],
    ['show'],
    ['show', '1', '2'],
    ['show', '0'],
    ['show', '../x'],
    ['claim', '1'],
    ['claim', '1', 'No Name'],
    ['claim', '1', 'Copilot', '--pid', 'x'],
    ['claim', '1', 'Copilot', '--tries', 'often'],
    ['list', '--status', 'nonsense'],
    ['list', '--nonsense'],
    ['add', ''],
    ['add', 'x', '--priority', 'URGENT'],
    ['add', 'x', '--depends', '1;2'],
    ['add', 'x', '--program', 'perl:1'],
    ['add', 'x', '--program', "shell:echo 'open"],
    ['add', 'x', '--deadline', 'tomorrow'],
    ['add', 'x', '--capture', '{'],
    ['add', 'x', '--limit', 'coffee=3'],
    ['add', 'x', '--valid-if', 'moon:full'],
    ['add', 'x', '--dedupe', 'sometimes'],
    ['add', 'x', '--estimate', '-1'],
    ['add', 'x', '--workspace', '/no/such/folder'],
    ['move', '1'],
    ['move', '1', '--first', '--last'],
    ['next', 'Copilot', 'URGENT'],
    ['next', '--claim'],
    ['progress', '1', 'half'],
    ['wait', '1', '--timeout', 'long'],
    ['output'],
    ['audit', 'query', 'nonsense'],
    ['audit', 'query', 'all', 'DEPLOY'],
    ['audit', 'replay', '--until', 'then'],
    ['import', 'no-such-file.json'],
    ['store', 'recover', '--to', 'x'],
    ['run', '--forever'],
  ];

  test('exits 2, prints one JSON value where asked, and changes nothing', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const before = ws.fingerprint();
    for (const args of wrong) {
      const { code, stdout, stderr } = await ws.run([...args, '--json']);
      expect({ args, code, stderr }).toEqual({ args, code: 2, stderr: '' });
      expect(JSON.parse(stdout), args.join(' ')).toMatchObject({
        ok: false,
        reason: 'usage',
        message: expect.stringMatching(/\S/),
      });
    }
    expect(ws.fingerprint()).toEqual(before);
  });

  test('says what is wrong on standard error without --json', async () => {
    const ws = await preparedWorkspace();
    const { code, stdout, stderr } = await ws.run(['clam', '1']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('claim');
  });

  test('what follows -- is no option', async () => {
    const ws = await preparedWorkspace();
    const { code, stdout } = await ws.run(['add', '--', '--json']);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('Added') });
    expect(ws.task(1).title).toBe('--json');
  });
});

test('a rule that refuses exits 3 with its reason, and changes nothing', async () => {
  const ws = await preparedWorkspace();
  await ws.add('Ended');
  await ws.ok('cancel', '1');
  await ws.add('Open');
  await ws.add('Held');
  await ws.ok('claim', '3', 'Copilot');
  await ws.addShell('For the lane', 'true');
  const refusals: readonly (readonly [string, ...string[]])[] = [
    ['unknown-task', 'show', '99'],
    ['unknown-task', 'claim', '99', 'Copilot'],
    ['unknown-task', 'complete', '99'],
    ['unknown-task', 'wait', '99'],
    ['unknown-task', 'edit', '99', '--title', 'x'],
    ['unknown-task', 'move', '99', '--first'],
    ['unknown-task', 'cancel', '99'],
    ['unknown-task', 'retry', '99'],
    ['unknown-task', 'output', '99'],
    ['unknown-task', 'audit', 'replay', '99'],
    ['unknown-task', 'recovery', 'check', '99'],
    ['unknown-task', 'recovery', 'clear', '99'],
    ['unknown-task', 'add', 'x', '--depends', '99'],
    ['already-ended', 'claim', '1', 'Copilot'],
    ['already-ended', 'retry', '1'],
    ['already-claimed', 'claim', '3', 'Claude'],
    ['lane-task', 'claim', '4', 'Copilot'],
    ['cycle', 'add', 'x', '--id', 'self', '--depends', 'self'],
    ['not-waiting', 'move', '3', '--first'],
    ['not-claimed', 'output', '2'],
    ['needs-approval', 'approve', '--all'],
  ];
  const before = ws.fingerprint();
  for (const [reason, ...args] of refusals) {
    const said = await ws.exits(3, ...args);
    expect(said, args.join(' ')).toEqual({ ok: false, reason, message: expect.any(String) });
  }
  expect(ws.fingerprint()).toEqual(before);
});

test('where no queue was ever begun, reading exits 5 and begins none', async () => {
  const ws = workspace();
  for (const args of [['list'], ['next', 'Copilot'], ['status'], ['health'], ['audit', 'verify']]) {
    expect(await ws.exits(5, ...args)).toMatchObject({ ok: false, reason: 'no-log' });
  }
  expect(Object.keys(ws.fingerprint())).toEqual([]);
});

test('a linked worktree whose main worktree is out of reach is refused: never a second log', async () => {
  const ws = workspace();
  mkdirSync(ws.path('linked'));
  ws.write('linked/.git', 'gitdir: /no/such/repository/.git/worktrees/linked\n');
  const before = ws.fingerprint();
  const { code, stdout } = await ws.run(['add', 'x', '--json'], { cwd: ws.path('linked') });
  expect(code).toBe(5);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, reason: 'unreachable-worktree' });
  expect(ws.fingerprint()).toEqual(before);
});

test('a claim with --tries waits two seconds between its tries', async () => {
  const ws = await preparedWorkspace();
  await ws.add('One');
  const { token } = await ws.json('claim', '1', 'Copilot');
  const startedAt = performance.now();
  const claiming = ws.start(['claim', '1', 'Claude', '--tries', '30', '--json']);
  await ws.ok('release', '1', '--token', String(token));
  const { code } = await claiming.ended;
  expect(code).toBe(0);
  expect(ws.task(1).assigned_to).toBe('Claude');
  const refusedAt = performance.now();
  await ws.exits(3, 'claim', '1', 'Copilot', '--tries', '2');
  expect(performance.now() - refusedAt).toBeGreaterThan(2_000);
  expect(refusedAt).toBeGreaterThan(startedAt);
});
