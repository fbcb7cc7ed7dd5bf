/** Claims by their older names, checkpoints, and the guard that hooks ask. */
import { mkdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { idleProcess, preparedWorkspace } from '../../support/cli.ts';

describe('lock', () => {
  test('acquire takes a task whatever it depends on, and COMPLETE completes it', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    await ws.add('Two', '--depends', '1');
    const { token } = await ws.json('lock', 'acquire', '2', 'Copilot');
    expect(ws.read('AI/locks/task_2.lock/owner')).toBe('Copilot\n');
    expect(await ws.exits(3, 'lock', 'acquire', '2', 'Claude', '--tries', '1')).toMatchObject({
      reason: 'already-claimed',
    });
    await ws.ok('lock', 'release', '2', 'COMPLETE', '--token', String(token));
    expect(ws.status(2)).toBe('completed');
    expect(ws.hasLock(2)).toBe(false);
  });

  test('release takes a task from anyone, and the old token is dead', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const pid = String(idleProcess().pid);
    const { token } = await ws.json('claim', '1', 'Copilot', '--pid', pid);
    expect(await ws.json('lock', 'release', '1', 'enough')).toMatchObject({
      released_from: 'Copilot',
    });
    expect(ws.audit().at(-1)).toMatchObject({ event: 'RELEASED', data: { forced: true } });
    expect(await ws.exits(3, 'guard', '1', '--token', String(token))).toMatchObject({
      reason: 'stale-token',
    });
    expect(await ws.exits(3, 'complete', '1', '--token', String(token))).toMatchObject({
      reason: 'stale-token',
    });
    expect(await ws.json('lock', 'release', '1')).toMatchObject({ ok: true, released_from: null });
  });

  test('release TIMEOUT records a timeout and frees', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    await ws.ok('lock', 'acquire', '1', 'Copilot');
    await ws.ok('lock', 'release', '1', 'TIMEOUT', '--agent', 'Copilot');
    expect(ws.events(1)).toEqual(['CREATED', 'CLAIMED', 'TIMEOUT']);
    expect(ws.status(1)).toBe('failed');
    expect(ws.hasLock(1)).toBe(false);
  });

  test('check and list say who holds it and what may be cleaned, and clean does just that', async () => {
    const ws = await preparedWorkspace();
    for (const title of ['One', 'Two', 'Three']) await ws.add(title);
    const [living, dying] = [idleProcess(), idleProcess()];
    const { token } = await ws.json('claim', '1', 'Copilot', '--pid', String(living.pid));
    await ws.ok('heartbeat', '1', '--token', String(token));
    await ws.ok('claim', '2', 'Claude', '--pid', String(dying.pid));
    await dying.end();
    mkdirSync(ws.path('AI/locks/task_3.lock'), { recursive: true });
    ws.write('AI/locks/task_3.lock/owner', 'plain-script\n');

    expect(await ws.json('lock', 'check', '1')).toMatchObject({
      owner: 'Copilot',
      pid: living.pid,
      age_seconds: expect.any(Number),
      last_heartbeat: expect.stringMatching(/^\d{4}-/),
      may_clean: false,
      why: 'its process is alive',
    });
    expect(await ws.ok('lock', 'check', '2')).toContain('may be cleaned: its process is gone');
    const { items } = await ws.json('lock', 'list');
    expect(items).toMatchObject([
      { task: 1, by: 'claim' },
      { task: 2, may_clean: true },
      { task: 3, by: 'script', owner: 'plain-script', may_clean: false },
    ]);
    expect((await ws.json('lock', 'clean'))['items']).toEqual([{ task: 2, by: 'claim' }]);
    expect(ws.events(2)).toEqual(['CREATED', 'CLAIMED', 'LEASE_EXPIRED']);
    expect((await ws.run(['lock', 'check', '2'])).code).toBe(4);

    expect(await ws.json('lock', 'release', '3')).toMatchObject({ released_from: 'plain-script' });
    await ws.ok('claim', '3', 'Copilot');
  });
});

test('a checkpoint is there for whoever goes on, and only its holder may save one', async () => {
  const ws = await preparedWorkspace();
  await ws.add('One');
  const { token } = await ws.json('claim', '1', 'Copilot', '--pid', String(idleProcess().pid));
  await ws.ok('checkpoint', '1', '--data', '{"step": 3}', '--token', String(token));
  expect(await ws.json('guard', '1', '--token', String(token))).toMatchObject({ ok: true });
  expect(await ws.exits(3, 'checkpoint', '1', '--data', '1', '--token', '1')).toMatchObject({
    reason: 'stale-token',
  });
  expect((await ws.run(['checkpoint', '1', '--data', '{'])).code).toBe(2);
  expect((await ws.run(['guard', '1'])).code).toBe(2);
  await ws.ok('release', '1', '--token', String(token));
  expect((await ws.json('claim', '1', 'Claude'))['task']).toMatchObject({
    checkpoint: { step: 3 },
  });
});
