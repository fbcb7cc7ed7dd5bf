/** A workspace of the older system of shell scripts, taken over by `init`. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Workspace } from '../../support/cli.ts';
import { preparedWorkspace, workspace } from '../../support/cli.ts';

/** What the older `acquire` did. */
function lockAsScript(ws: Workspace, task: number, owner: string): void {
  const lock = ws.path(`AI/locks/task_${task}.lock`);
  mkdirSync(lock, { recursive: true });
  writeFileSync(`${lock}/owner`, `${owner}\n`);
  writeFileSync(`${lock}/timestamp`, `${Math.floor(Date.now() / 1_000)}\n`);
}

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
  lockAsScript(ws, 1, 'Copilot');

  await ws.ok('init');
  expect(ws.queue()).toMatchObject([
    { id: 1, status: 'pending', odd: 1 },
    { id: 2, status: 'failed', failures: 2 },
    { id: 3, status: 'poisoned', failures: 4 },
    { id: 4, status: 'completed', assigned_to: 'Claude' },
  ]);
  expect(ws.events()).toEqual(['GENESIS', ...Array<string>(4).fill('IMPORTED')]);
  expect(ws.audit()[1]).toMatchObject({ task: 1, message: expect.stringContaining('Copilot') });
  expect(await ws.exits(3, 'claim', '1', 'Claude')).toMatchObject({ reason: 'already-claimed' });
  expect(await ws.ok('next', 'Claude')).toBe('2\n');
  const [archived = ''] = readdirSync(ws.path('AI/audit/archive'));
  expect(readFileSync(ws.path('AI/audit/archive', archived), 'utf8')).toBe(`${line}\n`);
  expect(await ws.ok('audit', 'query', 'all')).toContain(line);
  await ws.ok('complete', '1', 'Done', '--agent', 'Copilot');
  expect(ws.hasLock(1)).toBe(false);
  expect(await ws.json('health')).toMatchObject({ ok: true });
});

describe('a task that an agent holds by the lock of a script', () => {
  async function heldByScript(): Promise<Workspace> {
    const ws = await preparedWorkspace();
    await ws.add('One');
    lockAsScript(ws, 1, 'Copilot');
    return ws;
  }

  test.each([
    ['complete', ['complete', '1', 'Done', '--agent', 'Copilot'], 'completed', 'COMPLETED'],
    ['fail', ['fail', '1', 'X', 'no', '--agent', 'Copilot'], 'failed', 'FAILED'],
    ['release', ['release', '1', '--agent', 'Copilot'], 'pending', 'RELEASED'],
    ['the older release', ['lock', 'release', '1', 'COMPLETE'], 'completed', 'COMPLETED'],
  ])('is ended by its owner with %s', async (_what, words, status, event) => {
    const ws = await heldByScript();
    await ws.ok(...words);
    expect(ws.status(1)).toBe(status);
    expect(ws.events(1)).toEqual(['CREATED', 'CLAIMED', event]);
    expect(ws.hasLock(1)).toBe(false);
  });

  test('is ended by nobody else, and is free once the script has released it', async () => {
    const ws = await heldByScript();
    expect(await ws.exits(3, 'complete', '1', '--agent', 'Claude')).toMatchObject({
      reason: 'not-claimed',
    });
    expect(ws.hasLock(1)).toBe(true);
    rmSync(ws.path('AI/locks/task_1.lock'), { recursive: true });
    await ws.ok('claim', '1', 'Claude');
    expect(ws.task(1)).toMatchObject({ status: 'in_progress', assigned_to: 'Claude' });
  });
});
