/**
 * Whether a holder may be gone, judged from evidence that a machine rarely shows at will: a reused
 * pid, another boot, another pid namespace, clocks that were set. Claims are recorded as such a
 * holder would have recorded them; the command line then looks.
 */
import { randomUUID } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { utimesSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Holder } from '../../../extension/core/task.ts';
import { ownPlace, startTimeOf } from '../../../extension/platform/processIdentity.ts';
import type { Workspace } from '../../support/cli.ts';
import { cli, idleProcess, node, preparedWorkspace, startProcess } from '../../support/cli.ts';
import { claim } from '../../support/core.ts';
import { openDesk } from '../../support/projection.ts';

/** A claim of task 1 by Copilot in a process that is what `changed` makes of a living one. */
async function claimedBy(changed: Partial<Holder>): Promise<{ ws: Workspace; token: number }> {
  const ws = await preparedWorkspace();
  await ws.add('One');
  const { pid } = idleProcess();
  const process = { pid, startTime: startTimeOf(pid), ...ownPlace(), ...changed };
  const desk = await openDesk(ws.dir);
  await desk.does({ ...claim(1, 'Copilot', { process }), id: randomUUID() });
  await desk.project();
  const token = desk.coordinator.queue.end;
  await desk.store[Symbol.asyncDispose]();
  return { ws, token };
}

/** What observers have seen: no heartbeat for that long by the monotonic, and by the wall clock. */
function silentFor(ws: Workspace, token: number, ms: number, wallMs = ms): void {
  const seen = {
    token,
    mark: '',
    bootId: ownPlace().bootId,
    sinceMs: Number(process.hrtime.bigint() / 1_000_000n) - ms,
    sinceAt: Date.now() - wallMs,
  };
  ws.write('AI/locks/task_1.lock/seen', seen);
}

const isFree = async (ws: Workspace) => (await ws.run(['next', 'Claude'])).code === 0;
const hourMs = 3_600_000;

describe('a claim', () => {
  test('whose pid is another process by now is free when anyone looks', async () => {
    const { ws } = await claimedBy({ startTime: '1' });
    expect((await ws.json('lock', 'check', '1'))['why']).toBe('its process is gone');
    expect(await ws.ok('list')).not.toContain('Copilot');
    expect(ws.events(1)).toEqual(['CREATED', 'CLAIMED', 'LEASE_EXPIRED']);
  });

  test('whose holder was killed is free for whoever only lists or shows', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const holder = idleProcess();
    await ws.ok('claim', '1', 'Copilot', '--pid', String(holder.pid));
    // It never sent a heartbeat, and its lock is a day old: its process lives, so it stays.
    const dayAgo = Date.now() / 1_000 - 86_400;
    ws.write('AI/locks/task_1.lock/timestamp', `${Math.floor(dayAgo)}\n`);
    utimesSync(ws.path('AI/locks/task_1.lock'), dayAgo, dayAgo);
    expect(await ws.json('show', '1')).toMatchObject({ status: 'in_progress' });
    expect((await ws.json('lock', 'clean'))['items']).toEqual([]);
    await holder.end();
    expect(await ws.json('show', '1')).toMatchObject({ status: 'pending' });
  });

  test('from before a restart is free after a minute of silence, and not at once', async () => {
    const { ws, token } = await claimedBy({ bootId: 'an-earlier-boot' });
    silentFor(ws, token, 1_000);
    expect(await isFree(ws)).toBe(false);
    silentFor(ws, token, 61_000);
    expect(await isFree(ws)).toBe(true);
    expect(ws.audit().findLast(({ event }) => event === 'LEASE_EXPIRED')?.data).toMatchObject({
      evidence: expect.stringContaining('restarted'),
    });
  });

  test('in another pid namespace says nothing by a pid that is missing here', async () => {
    const { ws, token } = await claimedBy({ pidNamespace: 'pid:[1]', pid: 999_999_999 });
    expect(await isFree(ws)).toBe(false);
    silentFor(ws, token, hourMs);
    expect(await isFree(ws)).toBe(false);
    silentFor(ws, token, 3 * hourMs);
    expect(await isFree(ws)).toBe(true);
  });

  test('that a container made is not freed from outside while nobody can judge it', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const unshared = ['--pid', '--fork', '--mount-proc'];
    // Without the right to make a namespace the claim is made here, for a process that is gone.
    const may = spawnSync('unshare', [...unshared, 'true']).status === 0;
    const words = [node, cli, 'claim', '1', 'Copilot', '--pid', may ? '1' : '999999999'];
    const { code } = await startProcess(
      may ? 'unshare' : words[0]!,
      may ? [...unshared, 'sh', '-c', '"$@"; exit', 'sh', ...words] : words.slice(1),
      { cwd: ws.dir, env: ws.env },
    ).ended;
    expect(code).toBe(0);
    expect(await isFree(ws)).toBe(false);
    expect((await ws.json('lock', 'check', '1'))['why']).toContain('cannot be judged');
  });

  test('is not taken for silent where a clock was set, or the machine slept', async () => {
    const { ws, token } = await claimedBy({ host: 'another-machine' });
    silentFor(ws, token, 3 * hourMs, 60_000);
    expect(await isFree(ws)).toBe(false);
    silentFor(ws, token, 60_000, 3 * hourMs);
    expect(await isFree(ws)).toBe(false);
    silentFor(ws, token, 3 * hourMs);
    expect(await isFree(ws)).toBe(true);
  });

  test('is renewed by any word of its holder, not by heartbeats alone', async () => {
    const { ws, token } = await claimedBy({ host: 'another-machine' });
    for (const words of [
      ['progress', '1', '50'],
      ['checkpoint', '1'],
      ['guard', '1'],
    ]) {
      silentFor(ws, token, 3 * hourMs);
      await ws.ok(...words, '--token', String(token));
      expect(await isFree(ws)).toBe(false);
    }
  });
});

test('interrupt finds nothing to stop in a halted log, and says so without a failure', async () => {
  const ws = await preparedWorkspace();
  await ws.add('One');
  ws.write('AI/log/seg-1.jsonl', ws.read('AI/log/seg-1.jsonl').replace(/\n[^]*/, '\n'));
  expect((await ws.run(['list'])).code).toBe(5);
  expect(await ws.json('interrupt')).toMatchObject({ ok: true, stopped: null });
});
