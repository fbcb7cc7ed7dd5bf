/** `audit rotate` and `store upgrade`, as a person meets them. */
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Json, Workspace } from '../../support/cli.ts';
import { preparedWorkspace, workspace } from '../../support/cli.ts';

const auditFile = 'AI/audit/task_audit.jsonl';
const archive = 'AI/audit/archive';

function logOf(ws: Workspace): string {
  const segments = readdirSync(ws.path('AI/log')).filter((name) => name.endsWith('.jsonl'));
  return segments
    .sort()
    .map((name) => readFileSync(ws.path('AI/log', name), 'utf8'))
    .join('');
}

test('the audit file begins anew, its lines are in an archive, and every query covers both', async () => {
  const ws = await preparedWorkspace();
  await ws.add('One');
  await ws.add('Two');
  const before = ws.read(auditFile);
  const id = '7d0c3a5e-24a1-4f0e-9a53-0c6a3f6f0a11';

  expect(await ws.json('audit', 'rotate', '--command-id', id)).toMatchObject({ ok: true, seq: 4 });
  expect(await ws.json('audit', 'rotate', '--command-id', id)).toMatchObject({ ok: true, seq: 4 });

  const rotated = `${archive}/task_audit.1-4.jsonl`;
  expect(ws.read(rotated).startsWith(before)).toBe(true);
  expect(ws.read(rotated)).toContain('"event":"SEALED"');
  expect(ws.read(auditFile)).toMatch(/^\{[^\n]*"event":"SNAPSHOT"[^\n]*\}\n$/);
  await ws.add('Three');
  await ws.ok('audit', 'rotate');
  await ws.add('Four');
  expect(readdirSync(ws.path(archive)).sort()).toEqual([
    'task_audit.1-4.jsonl',
    'task_audit.5-7.jsonl',
  ]);
  const whole = ws.read(rotated) + ws.read(`${archive}/task_audit.5-7.jsonl`) + ws.read(auditFile);
  expect(whole).toBe(logOf(ws));
  expect((await ws.ok('audit', 'query', 'all')).trim()).toBe(whole.trim());
  const created = (await ws.json('audit', 'query', 'task', '1'))['items'] as readonly Json[];
  expect(created).toHaveLength(1);
  expect(await ws.json('audit', 'replay', '--until', '3')).toMatchObject({ seq: 3 });
  expect(await ws.json('audit', 'verify')).toMatchObject({ ok: true, snapshots: 2, archives: 2 });

  // What is only a copy comes back from the log.
  const newest = ws.read(`${archive}/task_audit.5-7.jsonl`);
  rmSync(ws.path('AI/audit'), { recursive: true });
  await ws.add('Five');
  expect(ws.read(`${archive}/task_audit.5-7.jsonl`)).toBe(newest);
  expect(logOf(ws).endsWith(newest + ws.read(auditFile))).toBe(true);
  expect(ws.read(auditFile)).toContain('"Five"');
});

test('a rotation of the log for its length leaves the audit file alone', async () => {
  const ws = await preparedWorkspace();
  const queue = Array.from({ length: 1_005 }, (_, n) => ({ id: n + 1, title: `Task ${n + 1}` }));
  ws.write('many.json', { queue });
  await ws.ok('import', 'many.json');
  expect(await ws.json('store', 'status')).toMatchObject({
    segments: [{ lines: 1_007 }, { lines: 1 }],
  });
  await ws.add('One more');
  expect(ws.read(auditFile)).toBe(logOf(ws));
  expect(await ws.json('audit', 'verify')).toMatchObject({ ok: true, snapshots: 1 });
  expect(await ws.ok('next', 'Copilot')).toBe('1\n');
});

test('a past that is damaged is named, and keeps nobody from working', async () => {
  const ws = await preparedWorkspace();
  await ws.add('One');
  await ws.ok('audit', 'rotate');
  const segment = ws.path('AI/log/seg-1.jsonl');
  const sound = readFileSync(segment);
  writeFileSync(segment, sound.subarray(0, sound.length - 200));
  expect(await ws.exits(5, 'audit', 'verify')).toMatchObject({
    ok: false,
    reason: 'past-damaged',
    damage: { segment: 2 },
  });
  expect(await ws.ok('next', 'Copilot')).toBe('1\n');
});

test('a log of an older format is written in it until it is upgraded', async () => {
  const ws = workspace();
  cpSync(new URL('../../fixtures/logs/format1/', import.meta.url), ws.path('AI/log'), {
    recursive: true,
  });
  const log = join('AI', 'log', 'seg-1.jsonl');
  await ws.add('New');
  const last = () => JSON.parse(ws.read(log).trimEnd().split('\n').at(-1) ?? '') as Json;
  expect(last()).toMatchObject({ v: 1, min: 1, event: 'CREATED' });

  expect(await ws.exits(5, 'audit', 'rotate')).toMatchObject({
    message: expect.stringContaining('store upgrade'),
  });

  expect(await ws.json('store', 'upgrade')).toMatchObject({ ok: true, before: 1, format: 2 });
  expect(last()).toMatchObject({ v: 2, min: 2, event: 'SEALED', data: { why: 'upgrade' } });
  await ws.add('Newer');
  expect(ws.read('AI/log/seg-2.jsonl')).toContain('{"v":2,"min":1,');
  await ws.ok('audit', 'rotate');
  expect(await ws.json('store', 'upgrade')).toMatchObject({ ok: true, format: 2 });
  expect(await ws.json('store', 'status')).toMatchObject({ format: 2, mode: 'append', ok: true });
});
