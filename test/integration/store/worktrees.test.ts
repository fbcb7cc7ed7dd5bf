/** One log for a repository, whichever of its worktrees a command runs in. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { workspace } from '../../support/cli.ts';
import type { Workspace } from '../../support/cli.ts';

function git(cwd: string, ...args: readonly string[]): void {
  const person = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid'];
  execFileSync('git', [...person, ...args], { cwd, stdio: 'pipe' });
}

/** A repository with one commit in folder `main`, and a linked worktree beside it. */
function repository(ws: Workspace): { readonly main: string; readonly linked: string } {
  const [main, linked] = [ws.path('main'), ws.path('linked')];
  mkdirSync(main);
  git(main, 'init', '--quiet');
  git(main, 'commit', '--quiet', '--allow-empty', '-m', 'Begin');
  git(main, 'worktree', 'add', '--quiet', linked);
  return { main, linked };
}

async function idAdded(ws: Workspace, cwd: string, title: string): Promise<unknown> {
  const { code, stdout } = await ws.run(['add', title, '--json'], { cwd });
  expect(code).toBe(0);
  return (JSON.parse(stdout) as { readonly id: unknown }).id;
}

test('linked worktrees and the main one count on in one log', async () => {
  const ws = workspace();
  const { main, linked } = repository(ws);
  expect(await idAdded(ws, linked, 'From the linked one')).toBe(1);
  expect(await idAdded(ws, main, 'From the main one')).toBe(2);
  expect(await idAdded(ws, linked, 'Again')).toBe(3);
  expect(existsSync(path.join(main, 'AI/log/seg-1.jsonl'))).toBe(true);
  expect(existsSync(path.join(linked, 'AI'))).toBe(false);
});

test('a bare repository keeps the log of its worktrees in its common directory', async () => {
  const ws = workspace();
  const { main } = repository(ws);
  const bare = ws.path('bare.git');
  git(ws.path(), 'clone', '--quiet', '--bare', main, bare);
  const [one, two] = [ws.path('one'), ws.path('two')];
  git(bare, 'worktree', 'add', '--quiet', '-b', 'one', one);
  git(bare, 'worktree', 'add', '--quiet', '-b', 'two', two);
  expect(await idAdded(ws, one, 'First')).toBe(1);
  expect(await idAdded(ws, two, 'Second')).toBe(2);
  expect(existsSync(path.join(bare, 'AI/log/seg-1.jsonl'))).toBe(true);
  expect(existsSync(path.join(one, 'AI'))).toBe(false);
});

test('a worktree whose main one is out of reach is refused, and no second log is begun', async () => {
  const ws = workspace();
  const { main, linked } = repository(ws);
  await idAdded(ws, main, 'First');
  renameSync(main, ws.path('moved'));
  const { code, stderr } = await ws.run(['add', 'Second'], { cwd: linked });
  expect(code).not.toBe(0);
  expect(stderr).toContain('A second log is never begun');
  expect(existsSync(path.join(linked, 'AI'))).toBe(false);
});
