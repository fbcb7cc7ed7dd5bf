/** Every verb as a script meets it: what it prints, in both shapes, and how it exits. */
import { describe, expect, test } from 'vitest';
import type { Json, TaskWords } from '../../support/cli.ts';
import { preparedWorkspace, workspace } from '../../support/cli.ts';

describe('init, import and export', () => {
  test('init makes the workspace, says where it is, and may be repeated', async () => {
    const ws = workspace();
    const first = await ws.json('init');
    expect(first).toMatchObject({ ok: true, workspace: expect.any(String), state: 'AI' });
    expect(await ws.json('init')).toMatchObject({ ok: true, log_id: first['log_id'] });
    expect(ws.read('AI/.gitignore')).toContain('/log/');
    expect(await ws.ok('list')).toContain('No tasks');
  });

  test('init takes in a queue file of the older system', async () => {
    const ws = workspace();
    ws.write('TASK_QUEUE.json', {
      queue: [
        { id: 7, title: 'Generate the PDF', status: 'completed' },
        { id: 12, title: 'Upload it', priority: 'HIGH', type: 'technical', dependencies: [7] },
      ],
    });
    expect(await ws.json('init')).toMatchObject({ ok: true, imported: 2 });
    expect(ws.task(12)).toMatchObject({ status: 'pending', dependencies: [7], priority: 'HIGH' });
    expect(await ws.add('The next one')).toBe(13);
  });

  test('export writes what import takes in', async () => {
    const ws = await preparedWorkspace();
    await ws.add('First', '--priority', 'HIGH', '--label', 'a,b');
    await ws.add('Second', '--depends', '1');
    await ws.ok('export', 'whole.json');
    const other = await preparedWorkspace();
    expect(await other.json('import', ws.path('whole.json'))).toMatchObject({
      ok: true,
      imported: 2,
      seq: expect.any(Number),
    });
    expect(other.queue()).toEqual(ws.queue());
  });

  test('an older queue file with no version is imported as it is', async () => {
    const ws = await preparedWorkspace();
    ws.write('old.json', { queue: [{ id: 3, title: 'Old', custom: { kept: true } }] });
    await ws.ok('import', 'old.json');
    expect(ws.task(3)).toMatchObject({ title: 'Old', status: 'pending', custom: { kept: true } });
  });
});

describe('reading', () => {
  test('list answers with an array of the tasks of the queue file', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    await ws.add('Two', '--depends', '1');
    await ws.ok('claim', '1', 'Copilot');
    expect(await ws.json('list')).toEqual(ws.queue());
    expect(await ws.json('list', '--status', 'pending')).toEqual([ws.task(2)]);
    expect(await ws.json('list', '--agent', 'Copilot')).toEqual([ws.task(1)]);
    expect(await ws.json('list', '--ready')).toEqual([]);
    expect(await ws.ok('list')).toMatch(/#1 +in progress.*One[\s\S]*#2 +pending.*Two.*after #1/);
  });

  test('list --ready stands in the order in which tasks would be given out', async () => {
    const ws = await preparedWorkspace();
    await ws.add('Low', '--priority', 'LOW');
    await ws.add('Critical', '--priority', 'CRITICAL');
    await ws.add('Normal');
    await ws.addShell('For the lane', 'true');
    const ready = (await ws.json('list', '--ready')) as unknown as readonly TaskWords[];
    expect(ready.map(({ id }) => id)).toEqual([2, 3, 1]);
  });

  test('show answers with the task and the lines of its history', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One', '--description', 'Do it well');
    await ws.ok('claim', '1', 'Copilot');
    const shown = await ws.json('show', '1');
    expect(shown).toMatchObject({ ...ws.task(1), description: 'Do it well' });
    expect(shown['history']).toEqual(ws.audit().filter(({ task }) => task === 1));
    const text = await ws.ok('show', '1');
    expect(text).toContain('Do it well');
    expect(text).toContain('CLAIMED');
  });

  test('a description too long for a line is shown as a whole', async () => {
    const ws = await preparedWorkspace();
    const long = 'All of it. '.repeat(8_000);
    const { code } = await ws.run(['add', 'Long', '--description', '-'], { input: long });
    expect(code).toBe(0);
    expect((await ws.json('show', '1'))['description']).toBe(long);
    expect((await ws.json('claim', '1', 'Copilot'))['task']).toMatchObject({ description: long });
  });

  test('stats counts by state, priority and session', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One', '--priority', 'HIGH', '--session', 'morning');
    await ws.add('Two');
    await ws.ok('claim', '2', 'Copilot');
    await ws.ok('complete', '2');
    expect(await ws.json('stats')).toMatchObject({
      ok: true,
      waiting: 1,
      running: 0,
      ended: 1,
      by_status: { pending: 1, completed: 1 },
      by_priority: { HIGH: { waiting: 1 } },
      by_session: { morning: { waiting: 1 } },
      completed_last_hour: 1,
      oldest_waiting: { task: 1 },
    });
    expect(await ws.ok('stats')).toContain('1 waiting');
  });

  test('status says what the lane does and how much waits', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    expect(await ws.json('status')).toMatchObject({
      lane: { phase: 'idle', owner: null, task: null, kind: null, since: null },
      waiting: 1,
      attention: 0,
    });
    await ws.ok('pause');
    expect(await ws.json('status')).toMatchObject({ lane: { phase: 'paused' } });
    expect(await ws.ok('status')).toContain('paused');
  });

  test('wait exits 0 completed, 3 with any other outcome, 4 when time is up', async () => {
    const ws = await preparedWorkspace();
    await ws.add('Done');
    await ws.add('Never');
    await ws.add('Open');
    await ws.ok('claim', '1', 'Copilot');
    await ws.ok('complete', '1', 'It is done');
    await ws.ok('cancel', '2', 'Not wanted');
    expect(await ws.exits(0, 'wait', '1')).toMatchObject({
      ok: true,
      task: { status: 'completed' },
    });
    expect(await ws.exits(3, 'wait', '2')).toMatchObject({
      ok: false,
      reason: 'cancelled',
      message: expect.stringContaining('Not wanted'),
    });
    expect(await ws.exits(4, 'wait', '3', '--timeout', '0.05')).toMatchObject({
      ok: false,
      reason: 'timeout',
    });
  });

  test('wait hears of an outcome that comes while it waits', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const { token } = await ws.json('claim', '1', 'Copilot');
    const waiting = ws.start(['wait', '1', '--json']);
    await ws.ok('complete', '1', 'Heard', '--token', String(token));
    const { code, stdout } = await waiting.ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, task: { result: 'Heard' } });
  });

  test('health exits 0 where every check passes, and 3 where one fails', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const healthy = await ws.json('health');
    expect(healthy['ok']).toBe(true);
    const items = healthy['items'] as readonly Json[];
    expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(['log', 'disk', 'clock']));
    ws.write('AI/config.json', { aging_minutes: 'soon' });
    const sick = await ws.exits(3, 'health');
    expect(sick).toMatchObject({ ok: false });
    expect(JSON.stringify(sick['items'])).toContain('aging_minutes');
  });

  test('watch prints each new line of the log until it is stopped', async () => {
    const ws = await preparedWorkspace();
    const watching = ws.start(['watch', '--json', '--since', '0']);
    await ws.add('One');
    await ws.add('Two');
    await expect.poll(() => watching.said(), { timeout: 60_000 }).toContain('"message":"Two"');
    watching.kill('SIGINT');
    const { code, stdout } = await watching.ended;
    expect(code).toBe(0);
    expect(stdout).toBe(ws.read('AI/audit/task_audit.jsonl'));
  });
});

describe('the queue as a whole', () => {
  test('pause --queue keeps next and claim from giving tasks, resume undoes it', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    expect(await ws.json('pause')).toMatchObject({ ok: true, seq: expect.any(Number) });
    expect(await ws.ok('next', 'Copilot')).toBe('1\n');
    await ws.ok('pause', '--queue');
    expect(await ws.exits(3, 'next', 'Copilot')).toMatchObject({ reason: 'paused' });
    expect(await ws.exits(3, 'next', 'Copilot', '--claim')).toMatchObject({ reason: 'paused' });
    expect(await ws.exits(3, 'claim', '1', 'Copilot')).toMatchObject({ reason: 'paused' });
    expect(await ws.json('resume')).toMatchObject({ ok: true });
    expect(await ws.ok('next', 'Copilot')).toBe('1\n');
  });

  test("clear ends the lane's waiting tasks, and others' only where that is confirmed", async () => {
    const ws = await preparedWorkspace();
    await ws.add('For an agent');
    await ws.addShell('Morning', 'true', '--session', 'morning');
    await ws.addShell('Evening', 'true', '--session', 'evening');
    expect(await ws.json('clear', '--session', 'morning')).toMatchObject({ ok: true, skipped: 1 });
    expect(ws.status(2)).toBe('skipped');
    expect(await ws.json('clear')).toMatchObject({ ok: true, skipped: 1 });
    expect(ws.queue().map(({ status }) => status)).toEqual(['pending', 'skipped', 'skipped']);
    expect((await ws.run(['clear', '--all'])).code).toBe(2);
    expect(await ws.json('clear', '--all', '--yes')).toMatchObject({ skipped: 1 });
    expect(ws.status(1)).toBe('skipped');
  });

  test('interrupt with nothing running exits 0 and says so', async () => {
    const ws = await preparedWorkspace();
    expect(await ws.json('interrupt')).toMatchObject({ ok: true, stopped: null });
    expect(await ws.ok('interrupt')).toContain('Nothing');
  });
});

describe('audit and store', () => {
  test('audit query answers with the lines as they are', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    await ws.add('Two', '--depends', '1');
    await ws.ok('claim', '1', 'Copilot');
    await ws.exits(3, 'claim', '2', 'Claude');
    const lines = ws.read('AI/audit/task_audit.jsonl');
    expect(await ws.ok('audit', 'query', 'all')).toBe(lines);
    expect(await ws.json('audit', 'query', 'all')).toEqual({ ok: true, items: ws.audit() });
    const events = async (...what: readonly string[]) =>
      ((await ws.json('audit', 'query', ...what))['items'] as readonly Json[]).map(
        ({ event }) => event,
      );
    expect(await events('task', '1')).toEqual(['CREATED', 'CLAIMED']);
    expect(await events('ai', 'Copilot')).toEqual(['CLAIMED']);
    expect(await events('errors')).toEqual(['DEPENDENCY_BLOCKED']);
    expect(await events('recent', '2')).toEqual(['CLAIMED', 'DEPENDENCY_BLOCKED']);
    expect(await ws.json('audit', 'query', 'stats')).toMatchObject({
      ok: true,
      by_event: { CREATED: 2 },
    });
  });

  test('audit replay shows a task step by step and the queue at any position', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const { token } = await ws.json('claim', '1', 'Copilot');
    await ws.ok('complete', '1');
    const steps = (await ws.json('audit', 'replay', '1'))['items'] as readonly Json[];
    expect(steps.map(({ event }) => event)).toEqual(['CREATED', 'CLAIMED', 'COMPLETED']);
    expect(await ws.json('audit', 'replay', '--until', String(token))).toMatchObject({
      seq: token,
      queue: [{ id: 1, status: 'in_progress', assigned_to: 'Copilot' }],
    });
  });

  test('audit verify and store status say that the log is sound', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const seq = ws.audit().length;
    expect(await ws.json('audit', 'verify')).toMatchObject({ ok: true, seq, torn: 0, losers: 0 });
    expect(await ws.json('store', 'status')).toMatchObject({
      ok: true,
      store: 'file',
      seq,
      damage: null,
      log_id: ws.audit()[0]?.['log'],
    });
    expect(await ws.exits(3, 'store', 'recover')).toMatchObject({ ok: false, reason: 'healthy' });
  });
});
