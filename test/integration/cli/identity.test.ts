/** Whose call it is: holders by token, process and name, and commands that are sent twice. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { idleProcess, preparedWorkspace } from '../../support/cli.ts';

describe('who may end a held task', () => {
  test('a call with the token may, and one with an old token may not', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const first = await ws.json('claim', '1', 'Copilot');
    await ws.ok('release', '1', '--token', String(first['token']));
    const second = await ws.json('claim', '1', 'Copilot');
    for (const verb of [
      ['complete', '1'],
      ['release', '1'],
      ['fail', '1', 'X', 'y'],
    ]) {
      expect(await ws.exits(3, ...verb, '--token', String(first['token']))).toMatchObject({
        ok: false,
        reason: 'stale-token',
      });
    }
    const heartbeat = ['heartbeat', '1', '--token', String(first['token'])];
    expect(await ws.exits(3, ...heartbeat)).toMatchObject({ reason: 'stale-token' });
    expect(await ws.json('complete', '1', '--token', String(second['token']))).toMatchObject({
      ok: true,
    });
  });

  test('the process that is recorded as holder may, another agent may not', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const holder = idleProcess();
    await ws.ok('claim', '1', 'Copilot', '--pid', String(holder.pid));
    expect(ws.read('AI/locks/task_1.lock/pid').trim()).toBe(String(holder.pid));
    expect(await ws.exits(3, 'complete', '1', '--agent', 'Claude')).toMatchObject({
      reason: 'identity-needed',
    });
    expect(await ws.json('complete', '1', '--pid', String(holder.pid))).toMatchObject({ ok: true });
  });

  test('the process is found without being named: the nearest ancestor that is no wrapper', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    await ws.ok('claim', '1', 'Copilot');
    // This test's own process started the command.
    expect(ws.read('AI/locks/task_1.lock/pid').trim()).toBe(String(process.pid));
  });

  test('a caller who says nothing counts as holder only while the task was claimed once', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const holder = idleProcess();
    const other = idleProcess();
    const stranger = ['--pid', String(other.pid)];
    await ws.ok('claim', '1', 'Copilot', '--pid', String(holder.pid));
    await holder.end();
    // The lease of a dead process ends with the next claim, and nobody knows of both but the log.
    await ws.ok('claim', '1', 'Claude', '--pid', String(idleProcess().pid));
    expect(await ws.exits(3, 'complete', '1', ...stranger)).toMatchObject({
      reason: 'identity-needed',
    });
    await ws.add('Two');
    await ws.ok('claim', '2', 'Copilot', '--pid', String(idleProcess().pid));
    expect(await ws.json('complete', '2', ...stranger)).toMatchObject({ ok: true });
  });

  test('where no process could be recorded, the name is enough', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const gone = idleProcess();
    await gone.end();
    // A process that has gone already is not recorded.
    await ws.ok('claim', '1', 'Copilot', '--pid', String(gone.pid));
    expect(await ws.exits(3, 'complete', '1', '--agent', 'Claude')).toMatchObject({
      reason: 'identity-needed',
    });
    expect(await ws.json('complete', '1', '--agent', 'Copilot')).toMatchObject({ ok: true });
  });

  test('a held task is refused, with the name of its holder, even to the same name', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const { token } = await ws.json('claim', '1', 'Copilot');
    for (const agent of ['Claude', 'Copilot']) {
      expect(await ws.exits(3, 'claim', '1', agent)).toMatchObject({
        reason: 'already-claimed',
        message: expect.stringContaining('Copilot'),
      });
    }
    expect(await ws.json('claim', '1', 'Copilot', '--token', String(token))).toMatchObject({
      ok: true,
      token,
    });
  });

  test('SIGNALBOX_AGENT names the agent, an argument goes before it', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const env = { SIGNALBOX_AGENT: 'Claude' };
    const claimed = await ws.run(['claim', '1', '--json'], { env });
    expect(JSON.parse(claimed.stdout)).toMatchObject({ task: { assigned_to: 'Claude' } });
    await ws.add('Two');
    const other = await ws.run(['claim', '2', 'Copilot', '--json'], { env });
    expect(JSON.parse(other.stdout)).toMatchObject({ task: { assigned_to: 'Copilot' } });
  });
});

describe('a command sent twice under one id', () => {
  test.each([
    { verb: ['add', 'Twice', '--key', 'k'], before: [], once: 'CREATED' },
    { verb: ['claim', '1', 'Copilot'], before: [['add', 'One']], once: 'CLAIMED' },
    { verb: ['next', 'Copilot', '--claim'], before: [['add', 'One']], once: 'CLAIMED' },
    {
      verb: ['complete', '1', 'Done'],
      before: [
        ['add', 'One'],
        ['claim', '1', 'Copilot'],
      ],
      once: 'COMPLETED',
    },
    {
      verb: ['fail', '1', 'X', 'It failed'],
      before: [
        ['add', 'One'],
        ['claim', '1', 'Copilot'],
      ],
      once: 'FAILED',
    },
    { verb: ['cancel', '1'], before: [['add', 'One']], once: 'CANCELLED' },
    { verb: ['prioritize', '1', 'LOW'], before: [['add', 'One']], once: 'REPRIORITIZED' },
  ])('is done once: $verb.0', async ({ verb, before, once }) => {
    const ws = await preparedWorkspace();
    for (const each of before) await ws.ok(...each);
    const command = [...verb, '--command-id', randomUUID()];
    const first = await ws.json(...command);
    const again = await ws.json(...command);
    expect(again).toMatchObject({ ok: true });
    expect({ id: again['id'], token: again['token'] }).toEqual({
      id: first['id'],
      token: first['token'],
    });
    expect(ws.events().filter((event) => event === once)).toHaveLength(1);
  });

  test('is refused where the id was used for another command', async () => {
    const ws = await preparedWorkspace();
    const id = randomUUID();
    await ws.add('One', '--command-id', id);
    expect(await ws.exits(3, 'claim', '1', 'Copilot', '--command-id', id)).toMatchObject({
      reason: 'duplicate',
    });
    expect((await ws.run(['add', 'Two', '--command-id', 'not-a-uuid'])).code).toBe(2);
  });

  test('does not bring back a claim that is over', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const claim = ['claim', '1', 'Copilot', '--command-id', randomUUID()];
    await ws.ok(...claim);
    await ws.ok('release', '1');
    expect(await ws.exits(3, ...claim)).toMatchObject({ reason: 'stale-token' });
    expect(ws.status(1)).toBe('pending');
  });
});
