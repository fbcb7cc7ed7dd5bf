/** The verbs that take a task through its life, as a script meets them. */
import { describe, expect, test } from 'vitest';
import { preparedWorkspace } from '../../support/cli.ts';

const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

describe('the way of a task', () => {
  test('next prints the bare id, and nothing with exit 4 when there is none', async () => {
    const ws = await preparedWorkspace();
    expect(await ws.run(['next', 'Copilot'])).toEqual({
      code: 4,
      signal: null,
      stdout: '',
      stderr: '',
    });
    expect(await ws.exits(4, 'next', 'Copilot')).toMatchObject({ ok: false, reason: 'nothing' });
    await ws.add('One', '--priority', 'NORMAL');
    expect(await ws.ok('next', 'Copilot')).toBe('1\n');
    expect(await ws.json('next', 'Copilot')).toEqual({ ok: true, task: ws.task(1) });
    expect((await ws.run(['next', 'Copilot', 'HIGH'])).code).toBe(4);
    expect((await ws.json('next', 'Copilot', '--why'))['why']).not.toEqual([]);
  });

  test('next offers what the agent is capable of and never a task of the lane', async () => {
    const ws = await preparedWorkspace();
    await ws.add('Words', '--type', 'creative');
    await ws.addShell('For the lane', 'true', '--priority', 'CRITICAL');
    expect((await ws.run(['next', 'Copilot'])).code).toBe(4);
    expect(await ws.ok('next', 'ChatGPT-2')).toBe('1\n');
    expect(await ws.ok('next', 'someone-unknown')).toBe('1\n');
  });

  test('claim and next --claim answer with the task, its token and the end of the lease', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    await ws.add('Two');
    const claimed = await ws.json('claim', '1', 'Copilot');
    expect(claimed).toMatchObject({
      ok: true,
      task: { id: 1, status: 'in_progress', assigned_to: 'Copilot', attempts: 1 },
      lease_expires: expect.stringMatching(isoTime),
    });
    const line = ws.audit().find(({ event }) => event === 'CLAIMED');
    expect(claimed['token']).toBe(line?.seq);
    expect(await ws.json('next', 'Claude', '--claim')).toMatchObject({
      ok: true,
      task: { id: 2, assigned_to: 'Claude' },
      token: expect.any(Number),
    });
    expect(await ws.exits(4, 'next', 'Claude', '--claim')).toMatchObject({ ok: false });
  });

  test('next --claim without --json prints the bare id', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    expect(await ws.ok('next', 'Copilot', '--claim')).toBe('1\n');
  });

  test('a claim by an agent that is not capable is a warning', async () => {
    const ws = await preparedWorkspace();
    await ws.add('Words', '--type', 'creative');
    const { code, stdout, stderr } = await ws.run(['claim', '1', 'Copilot']);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('token') });
    expect(stderr).toContain('creative');
  });

  test('progress and heartbeat are signs of life of the holder', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const { token } = await ws.json('claim', '1', 'Copilot');
    expect(await ws.json('progress', '1', '40%', 'Half', '--token', String(token))).toMatchObject({
      ok: true,
      id: 1,
      percent: 40,
      seq: expect.any(Number),
    });
    const end = ws.audit().length;
    expect(await ws.json('heartbeat', '1', '--token', String(token))).toMatchObject({
      ok: true,
      id: 1,
      token,
      lease_expires: expect.stringMatching(isoTime),
    });
    expect(ws.audit()).toHaveLength(end);
  });

  test('complete says how long it took, what became available, and overall progress', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    await ws.add('Two', '--depends', '1');
    await ws.ok('claim', '1', 'Copilot');
    expect(await ws.json('complete', '1', 'Built')).toMatchObject({
      ok: true,
      id: 1,
      seq: expect.any(Number),
      actual_minutes: expect.any(Number),
      available: [2],
      progress: { completed: 1, total: 2 },
    });
    expect(ws.task(1)).toMatchObject({
      status: 'completed',
      result: 'Built',
      completed_on: expect.stringMatching(isoTime),
    });
    await ws.ok('claim', '2', 'Copilot');
    expect(await ws.ok('complete', '2')).toMatch(/Completed #2[\s\S]*2 of 2/);
  });

  test('fail records the failure and when the next attempt may come', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    await ws.ok('claim', '1', 'Copilot');
    const failed = await ws.json('fail', '1', 'BUILD_ERROR', 'It does not compile');
    expect(failed).toMatchObject({ ok: true, id: 1, seq: expect.any(Number) });
    const line = ws.audit().find(({ event }) => event === 'FAILED');
    const delayMs = Date.parse(line?.data['not_before'] as string) - Date.parse(line?.ts ?? '');
    expect(delayMs).toBe(300_000);
    expect(ws.status(1)).toBe('failed');
    expect(JSON.parse(ws.read('AI/recovery/failed_tasks.json'))).toEqual([
      {
        task: 1,
        agent: 'Copilot',
        error_class: 'BUILD_ERROR',
        message: 'It does not compile',
        failures: 1,
        not_before: line?.data['not_before'],
        poison_pill: false,
      },
    ]);
    const { json, text } = {
      json: await ws.json('recovery', 'list'),
      text: await ws.ok('recovery', 'list'),
    };
    expect(json).toMatchObject({ ok: true, items: [{ task: 1, error_class: 'BUILD_ERROR' }] });
    expect(text).toContain('BUILD_ERROR');
  });

  test('a failure of class TIMEOUT is a TIMEOUT in the log', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    await ws.ok('claim', '1', 'Copilot');
    await ws.ok('fail', '1', 'TIMEOUT', 'Two hours');
    expect(ws.events(1)).toEqual(['CREATED', 'CLAIMED', 'TIMEOUT']);
  });

  test('release gives a task back, cancel ends it', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    await ws.ok('claim', '1', 'Copilot');
    expect(await ws.json('release', '1', 'Lunch')).toMatchObject({ ok: true, id: 1 });
    expect(ws.status(1)).toBe('pending');
    expect(await ws.json('cancel', '1', 'Not wanted')).toMatchObject({ ok: true, id: 1 });
    expect(ws.status(1)).toBe('cancelled');
    expect(ws.events(1)).toEqual(['CREATED', 'CLAIMED', 'RELEASED', 'CANCELLED']);
  });

  test('retry makes a failed task pending now, and sets it aside for whom it names', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One', '--type', 'technical');
    await ws.ok('claim', '1', 'Copilot');
    await ws.ok('fail', '1', 'X', 'Once');
    expect(await ws.exits(3, 'recovery', 'check', '1')).toMatchObject({
      reason: 'not-due',
      not_before: expect.stringMatching(isoTime),
    });
    expect(await ws.json('retry', '1', 'auto')).toMatchObject({ ok: true, set_aside: 'Claude' });
    expect(ws.status(1)).toBe('pending');
    expect(await ws.json('recovery', 'check', '1')).toMatchObject({ ok: true });
    expect((await ws.run(['next', 'Copilot'])).code).toBe(4);
    expect(await ws.ok('next', 'Claude')).toBe('1\n');
  });

  test('the fourth failure is a poison pill that only a person clears', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    for (let n = 1; n <= 4; n++) {
      if (n > 1) await ws.ok('retry', '1');
      await ws.ok('claim', '1', 'Copilot');
      await ws.ok('fail', '1', 'X', `Failure ${n}`);
    }
    expect(ws.status(1)).toBe('poisoned');
    expect(ws.events(1).at(-1)).toBe('POISON_PILL');
    expect(await ws.ok('recovery', 'list')).toContain('poison_pill');
    expect(await ws.exits(3, 'claim', '1', 'Claude')).toMatchObject({ reason: 'poisoned' });
    expect(await ws.exits(3, 'retry', '1')).toMatchObject({ reason: 'poisoned' });
    expect(await ws.exits(3, 'recovery', 'check', '1')).toMatchObject({ reason: 'poisoned' });
    expect(await ws.json('recovery', 'clear', '1')).toMatchObject({ ok: true, id: 1 });
    expect(await ws.exits(0, 'recovery', 'clear', '1')).toMatchObject({ ok: true, seq: null });
    await ws.ok('claim', '1', 'Claude');
    expect(ws.task(1)).toMatchObject({ status: 'in_progress', attempts: 5 });
  });
});
