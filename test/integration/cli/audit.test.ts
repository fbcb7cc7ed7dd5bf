/** The audit trail: notes, queries, replay, export, and what `verify` finds in its copies. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Json, Workspace } from '../../support/cli.ts';
import { preparedWorkspace } from '../../support/cli.ts';

const auditFile = 'AI/audit/task_audit.jsonl';

async function withHistory(): Promise<Workspace> {
  const ws = await preparedWorkspace();
  await ws.add('Generate the PDF', '--type', 'technical');
  await ws.add('Mail it', '--depends', '1');
  await ws.ok('claim', '1', 'Copilot');
  await ws.ok('fail', '1', 'BUILD_ERROR', 'No fonts', '--agent', 'Copilot');
  return ws;
}

async function found(ws: Workspace, ...query: readonly string[]): Promise<readonly Json[]> {
  return (await ws.json('audit', 'query', ...query))['items'] as readonly Json[];
}

test('a note is appended whatever it is about, is found by what it names, and changes nothing', async () => {
  const ws = await withHistory();
  const before = ws.queue();
  expect(await ws.json('audit', 'log', 'POISON_PILL', '99', 'Bot', 'Odd', 'pending')).toEqual({
    ok: true,
    id: 99,
    seq: 6,
  });
  expect(await ws.json('audit', 'log', 'REVIEW', '-', 'Bot', 'Fine')).toMatchObject({ id: null });
  expect(ws.queue()).toEqual(before);
  const note = { event: 'NOTE', task: 99, agent: 'Bot', message: 'Odd', status: null };
  const data = { event: 'POISON_PILL', status: 'pending' };
  expect(await found(ws, 'task', '99')).toMatchObject([{ ...note, data }]);
  expect(await found(ws, 'errors')).toMatchObject([{ event: 'FAILED' }, { event: 'NOTE' }]);
  expect(await found(ws, 'ai', 'Bot')).toHaveLength(2);
  expect(await ws.ok('audit', 'replay', '99')).toContain('NOTE (POISON_PILL)');
  expect(await ws.json('audit', 'query', 'stats')).toMatchObject({
    events: 7,
    errors: 2,
    by_agent: { Bot: 2, Copilot: 2 },
  });
  for (const bad of [
    ['two words', '1', 'Bot', 'x'],
    ['E', 'a/b', 'Bot', 'x'],
    ['E', '1', 'a b', 'x'],
  ]) {
    expect((await ws.run(['audit', 'log', ...bad])).code).toBe(2);
  }
});

test('replay tells the steps of a task, and the whole queue at a position or a time', async () => {
  const ws = await withHistory();
  const steps = (await ws.ok('audit', 'replay', '1')).split('\n');
  expect(steps[0]).toBe('#1 "Generate the PDF"');
  expect(steps[2]).toMatch(/^ {3}2 .*CLAIMED +in progress +Copilot/);
  expect(steps[3]).toMatch(/^ {3}3 .*FAILED +failed +Copilot +No fonts$/);
  expect((await ws.json('audit', 'replay', '--until', '4'))['queue']).toMatchObject([
    { id: 1, status: 'in_progress', assigned_to: 'Copilot' },
    { id: 2, status: 'pending' },
  ]);
  const text = await ws.ok('audit', 'replay', '--until', '4');
  expect(text).toMatch(/^The queue at position 4/);
  expect(text).toMatch(/#1 +in progress .*Copilot/);
  expect(text).toMatch(/#2 +pending .*after #1/);
  const { ts } = ws.audit()[2]!;
  expect(await ws.json('audit', 'replay', '--until', ts)).toMatchObject({ seq: 3 });
  expect(await ws.ok('audit', 'replay', '--until', '2000-01-01')).toContain('Nothing had happened');
  expect(await ws.exits(3, 'audit', 'replay', '77')).toMatchObject({ reason: 'unknown-task' });
});

test('the older system’s archived lines are found, replayed and exported with ours', async () => {
  const ws = await withHistory();
  const older = { timestamp: '2025-01-02T03:04:05Z', event: 'TIMEOUT', task_id: 1, ai: 'Claude' };
  mkdirSync(ws.path('AI/audit/archive'), { recursive: true });
  writeFileSync(ws.path('AI/audit/archive/older.jsonl'), `${JSON.stringify(older)}\n{"half`);
  expect((await found(ws, 'errors'))[0]).toEqual(older);
  expect(await found(ws, 'ai', 'Claude')).toEqual([older]);
  expect((await ws.json('audit', 'replay', '1'))['items']).toHaveLength(4);
  expect(await ws.json('audit', 'export', 'all.json')).toMatchObject({ exported: 6 });
  const exported = ws.read('all.json');
  expect(JSON.parse(exported)).toEqual([older, ...ws.audit()]);
  for (const line of ws.read(auditFile).trimEnd().split('\n')) expect(exported).toContain(line);
  expect(await ws.json('audit', 'verify')).toMatchObject({ ok: true, archives: 0 });
});

test('an export never takes the place of what the queue keeps', async () => {
  const ws = await withHistory();
  const before = ws.fingerprint();
  for (const file of ['AI/log/seg-1.jsonl', auditFile, 'AI/locks/x', 'TASK_QUEUE.json']) {
    expect((await ws.run(['audit', 'export', file])).code).toBe(2);
    expect((await ws.run(['export', file])).code).toBe(2);
  }
  expect(ws.fingerprint()).toEqual(before);
});

test('verify names the line of the audit file that was edited, removed or moved', async () => {
  const ws = await withHistory();
  const whole = ws.read(auditFile);
  const lines = whole.trimEnd().split('\n');
  const edited = lines.with(2, lines[2]!.replace('Mail it', 'Burn it'));
  const swapped = lines.with(2, lines[3]!).with(3, lines[2]!);
  for (const [changed, line] of [
    [edited, 3],
    [lines.toSpliced(2, 1), 3],
    [swapped, 3],
  ] as const) {
    writeFileSync(ws.path(auditFile), `${changed.join('\n')}\n`);
    expect(await ws.exits(5, 'audit', 'verify')).toMatchObject({
      ok: false,
      reason: 'audit-changed',
      damage: { file: 'task_audit.jsonl', line },
    });
  }
  writeFileSync(ws.path(auditFile), whole);
  appendFileSync(ws.path(auditFile), '{"event":"FROM A SCRIPT"}\n{"v":1,"half a li');
  expect(await ws.json('audit', 'verify')).toMatchObject({ ok: true, seq: 5 });
});

test('verify compares archives with the log, line by line', async () => {
  const ws = await withHistory();
  const lines = ws.read(auditFile).trimEnd().split('\n');
  const archive = 'AI/audit/archive/task_audit.1-3.jsonl';
  ws.write(archive, `${lines.slice(0, 3).join('\n')}\n`);
  writeFileSync(ws.path(auditFile), `${lines.slice(3).join('\n')}\n`);
  expect(await ws.json('audit', 'verify')).toMatchObject({ ok: true, archives: 1, archived: 3 });
  ws.write(archive, `${lines.slice(0, 2).join('\n')}\n`);
  expect(await ws.exits(5, 'audit', 'verify')).toMatchObject({
    damage: { file: 'task_audit.1-3.jsonl', line: 2 },
  });
});
