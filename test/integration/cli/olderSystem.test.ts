/** A workspace of the older system of shell scripts, taken over by `init`. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { workspace } from '../../support/cli.ts';

test('init takes in queue, failures, locks and audit file, and the old lines stay to be queried', async () => {
  const ws = workspace();
  const line =
    '{"timestamp":"2026-11-01T10:00:00Z","event_type":"CREATED","task_id":1,"ai":"Copilot","details":"old"}';
  ws.write('AI/audit/task_audit.jsonl', `${line}\n`);
  ws.write('AI/recovery/failed_tasks.json', [
    { task: 2, agent: 'Claude', error_class: 'X', message: 'no', failures: 2, poison_pill: false },
    { task: 3, agent: 'Claude', error_class: 'X', message: 'no', failures: 4, poison_pill: true },
  ]);
  ws.write('TASK_QUEUE.json', {
    queue: [
      { id: 1, title: 'held', status: 'in_progress', assigned_to: 'Copilot', odd: 1 },
      { id: 2, title: 'failed', status: 'failed' },
      { id: 3, title: 'hopeless', status: 'failed' },
      { id: 4, title: 'done', status: 'completed', assigned_to: 'Claude' },
    ],
  });
  const lock = ws.path('AI/locks/task_1.lock');
  mkdirSync(lock, { recursive: true });
  writeFileSync(`${lock}/owner`, 'Copilot\n');
  writeFileSync(`${lock}/timestamp`, `${Math.floor(Date.now() / 1_000)}\n`);

  await ws.ok('init');
  expect(ws.queue()).toMatchObject([
    { id: 1, status: 'in_progress', assigned_to: 'Copilot', odd: 1 },
    { id: 2, status: 'failed', failures: 2 },
    { id: 3, status: 'poisoned', failures: 4 },
    { id: 4, status: 'completed', assigned_to: 'Claude' },
  ]);
  expect(ws.events()).toEqual(['GENESIS', ...Array<string>(4).fill('IMPORTED'), 'CLAIMED']);
  const [archived = ''] = readdirSync(ws.path('AI/audit/archive'));
  expect(readFileSync(ws.path('AI/audit/archive', archived), 'utf8')).toBe(`${line}\n`);
  expect(await ws.ok('audit', 'query', 'all')).toContain(line);
  await ws.ok('complete', '1', 'Done', '--agent', 'Copilot');
  expect(ws.hasLock(1)).toBe(false);
  expect(await ws.json('health')).toMatchObject({ ok: true });
});
