/** `init --track`: the queue file in git, which a claim does not touch. */
import { describe, expect, test } from 'vitest';
import type { Workspace } from '../../support/cli.ts';
import { startProcess, workspace } from '../../support/cli.ts';

async function git(ws: Workspace, ...args: readonly string[]): Promise<string> {
  const who = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org'];
  const ended = await startProcess('git', [...who, ...args], { cwd: ws.dir, env: ws.env }).ended;
  if (ended.code !== 0) throw new Error(ended.stderr);
  return ended.stdout;
}

async function committed(ws: Workspace): Promise<void> {
  await git(ws, 'add', '--all');
  await git(ws, 'commit', '--quiet', '--message=state');
}

const queueFileCheck = async (ws: Workspace) =>
  ((await ws.json('health'))['items'] as readonly { name: string; verdict: string }[]).find(
    ({ name }) => name === 'queue file',
  )?.verdict;

describe('init --track', () => {
  test('switches a workspace over, and from then on a claim leaves git clean', async () => {
    const ws = workspace();
    await git(ws, 'init', '--quiet');
    await ws.ok('init');
    await ws.add('One');
    expect(await git(ws, 'status', '--porcelain')).not.toContain('TASK_QUEUE.json');
    await ws.ok('claim', '1', 'Copilot');
    ws.write('AI/config.json', '{\n  // ours\n  "aging_minutes": 5\n}\n');

    expect(await ws.ok('init', '--track')).toContain('config.json.old');
    expect(JSON.parse(ws.read('AI/config.json'))).toEqual({ aging_minutes: 5, track: true });
    expect(ws.read('AI/config.json.old')).toContain('// ours');
    await committed(ws);
    expect(await git(ws, 'ls-files')).toContain('TASK_QUEUE.json');
    expect(ws.queue()[0]).toMatchObject({ status: 'pending' });
    expect(ws.read('TASK_QUEUE.json')).not.toMatch(/assigned_to|claimed_on|attempts/);

    await ws.ok('release', '1', '--agent', 'Copilot');
    await ws.ok('claim', '1', 'Claude');
    await ws.ok('heartbeat', '1', '--agent', 'Claude');
    await ws.ok('progress', '1', '50', '--agent', 'Claude');
    await ws.ok('init');
    expect(await git(ws, 'status', '--porcelain')).toBe('');
    expect(await queueFileCheck(ws)).toBe('ok');

    await ws.ok('complete', '1', '--agent', 'Claude');
    expect(await git(ws, 'status', '--porcelain')).toBe(' M TASK_QUEUE.json\n');
    ws.write('AI/config.json', { track: false });
    expect(await queueFileCheck(ws)).toBe('warn');
  });

  test('lets a clone begin with its tasks, of which nobody there holds one', async () => {
    const ws = workspace();
    await git(ws, 'init', '--quiet');
    expect(await ws.json('init', '--track')).toMatchObject({ track: true });
    await ws.add('One');
    await ws.add('Two', '--depends', '1');
    await ws.ok('claim', '1', 'Copilot');
    await committed(ws);

    const clone = workspace();
    await git(clone, 'clone', '--quiet', ws.dir, '.');
    expect(await clone.json('init')).toMatchObject({ imported: 2 });
    expect((await clone.json('next', 'Claude'))['task']).toMatchObject({ id: 1 });
    await clone.ok('claim', '1', 'Claude');
    expect(clone.read('TASK_QUEUE.json')).not.toContain('Claude');
  });

  test('leaves a config.json alone that it cannot read', async () => {
    const ws = workspace();
    await ws.ok('init');
    ws.write('AI/config.json', '{ no json');
    expect(await ws.exits(3, 'init', '--track')).toMatchObject({ reason: 'invalid-file' });
    expect(ws.read('AI/config.json')).toBe('{ no json');
  });
});
