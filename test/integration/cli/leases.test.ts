/** The dead hold nothing, and the living keep what they have. */
import { mkdirSync, utimesSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { Workspace } from '../../support/cli.ts';
import { idleProcess, preparedWorkspace } from '../../support/cli.ts';
import { eventually } from '../../support/supervisor.ts';

describe('a claim whose holder process is recorded', () => {
  test('is free at once for the next claimer when that process is gone', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const holder = idleProcess();
    const first = await ws.json('claim', '1', 'Copilot', '--pid', String(holder.pid));
    expect(await ws.exits(3, 'claim', '1', 'Claude')).toMatchObject({ reason: 'already-claimed' });
    await holder.end();
    const second = await ws.json('claim', '1', 'Claude');
    expect(second['token']).toBeGreaterThan(first['token'] as number);
    expect(ws.events(1)).toEqual(['CREATED', 'CLAIMED', 'LEASE_EXPIRED', 'CLAIMED']);
    expect(await ws.exits(3, 'complete', '1', '--token', String(first['token']))).toMatchObject({
      reason: 'stale-token',
    });
  });

  test('is offered by next when that process is gone', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const holder = idleProcess();
    await ws.ok('next', 'Copilot', '--claim', '--pid', String(holder.pid));
    expect((await ws.run(['next', 'Claude'])).code).toBe(4);
    await holder.end();
    expect(await ws.ok('next', 'Claude')).toBe('1\n');
  });

  test('is kept by a living holder however long it is silent', async () => {
    const ws = await preparedWorkspace();
    tinyLeases(ws);
    await ws.add('One');
    await ws.ok('claim', '1', 'Copilot', '--pid', String(idleProcess().pid));
    for (let n = 0; n < 6; n++) {
      expect(await ws.exits(3, 'claim', '1', 'Claude')).toMatchObject({
        reason: 'already-claimed',
      });
    }
    expect(ws.events(1)).toEqual(['CREATED', 'CLAIMED']);
  });

  test('is judged by that process and not by a later one with its number', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    await ws.ok('claim', '1', 'Copilot', '--pid', String(idleProcess().pid));
    const { data } = ws.audit().at(-1) ?? {};
    expect(data?.['holder']).toMatchObject({
      pid: expect.any(Number),
      start_time: expect.stringMatching(/^\d+$/),
    });
    expect(JSON.stringify(data)).not.toContain(`"${hostname()}"`);
  });
});

describe('a claim by name only', () => {
  test('is freed after it was seen to be silent for long enough, and not before', async () => {
    const ws = await preparedWorkspace();
    tinyLeases(ws);
    await ws.add('One');
    await claimByName(ws, '1', 'Copilot');
    // Its age says nothing: the silence is counted from the first look.
    expect(await ws.exits(3, 'claim', '1', 'Claude')).toMatchObject({ reason: 'already-claimed' });
    await eventually('its lease ends', async () => {
      const { code } = await ws.run(['claim', '1', 'Claude']);
      return code === 0;
    });
    expect(ws.events(1)).toEqual(['CREATED', 'CLAIMED', 'LEASE_EXPIRED', 'CLAIMED']);
  });

  test('is kept while its heartbeats come', async () => {
    const ws = await preparedWorkspace();
    tinyLeases(ws);
    await ws.add('One');
    const { token } = await claimByName(ws, '1', 'Copilot');
    const until = performance.now() + 4_000;
    while (performance.now() < until) {
      await ws.ok('heartbeat', '1', '--token', String(token));
      expect(await ws.exits(3, 'claim', '1', 'Claude')).toMatchObject({
        reason: 'already-claimed',
      });
    }
    await ws.ok('complete', '1', '--token', String(token));
  });
});

describe('the lock directory of a plain script', () => {
  test('is respected as held by its owner', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    scriptLock(ws, 1, { owner: 'script-agent', pid: idleProcess().pid });
    expect(await ws.exits(3, 'claim', '1', 'Copilot')).toMatchObject({
      reason: 'already-claimed',
      message: expect.stringContaining('script-agent'),
    });
    expect((await ws.run(['next', 'Copilot'])).code).toBe(4);
    expect(await ws.ok('list')).toContain('locked by script-agent');
    expect(ws.read('AI/locks/task_1.lock/owner')).toBe('script-agent\n');
  });

  test('is removed once its process is gone and it is older than an hour', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const gone = idleProcess();
    await gone.end();
    scriptLock(ws, 1, { owner: 'script-agent', pid: gone.pid });
    // A script's process is often gone while its agent works on: age must speak too.
    expect(await ws.exits(3, 'claim', '1', 'Copilot')).toMatchObject({
      reason: 'already-claimed',
    });
    scriptLock(ws, 1, { owner: 'script-agent', pid: gone.pid, ageSeconds: 3_700 });
    await ws.ok('claim', '1', 'Copilot');
    expect(ws.read('AI/locks/task_1.lock/owner')).toBe('Copilot\n');
  });

  test('keeps nothing after it is gone', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    scriptLock(ws, 1, { owner: 'script-agent', pid: idleProcess().pid });
    expect((await ws.run(['next', 'Copilot'])).code).toBe(4);
    const { rmSync } = await import('node:fs');
    rmSync(ws.path('AI/locks/task_1.lock'), { recursive: true });
    expect(await ws.ok('next', 'Copilot')).toBe('1\n');
  });
});

/** Silence of a second ends a lease that silence may end. */
function tinyLeases(ws: Workspace): void {
  ws.write('AI/config.json', { lock_timeout_seconds: 1 });
  ws.write('AI/recovery/retry_config.json', { timeout_seconds: 1, lease_seconds: 3 });
}

/** As where no process can be found: the one that is named has gone already. */
async function claimByName(ws: Workspace, id: string, agent: string): Promise<{ token: number }> {
  const gone = idleProcess();
  await gone.end();
  const { token } = await ws.json('claim', id, agent, '--pid', String(gone.pid));
  return { token: token as number };
}

function scriptLock(
  ws: Workspace,
  id: number,
  {
    owner,
    pid,
    ageSeconds = 0,
  }: { readonly owner: string; readonly pid: number; readonly ageSeconds?: number },
): void {
  const folder = `AI/locks/task_${id}.lock`;
  const madeAt = Math.floor(Date.now() / 1_000) - ageSeconds;
  mkdirSync(ws.path(folder), { recursive: true });
  ws.write(`${folder}/owner`, `${owner}\n`);
  ws.write(`${folder}/timestamp`, `${madeAt}\n`);
  ws.write(`${folder}/pid`, `${pid}\n`);
  utimesSync(ws.path(folder), madeAt, madeAt);
}
