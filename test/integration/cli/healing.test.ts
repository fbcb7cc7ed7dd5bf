/** `health` names every kind of damage with its cure, and `heal` is that cure where it says so. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { expect, test } from 'vitest';
import type { Json, Workspace } from '../../support/cli.ts';
import { idleProcess, preparedWorkspace } from '../../support/cli.ts';

async function verdicts(ws: Workspace, code: number): Promise<Readonly<Record<string, string>>> {
  const { items } = await ws.exits(code, 'health');
  const bad = (items as readonly Json[]).filter(({ verdict }) => verdict !== 'ok');
  return Object.fromEntries(bad.map(({ name, message }) => [name as string, message as string]));
}

function oldScriptLock(ws: Workspace, id: number): void {
  const lock = ws.path(`AI/locks/task_${id}.lock`);
  mkdirSync(lock);
  writeFileSync(`${lock}/owner`, 'night-build\n');
  writeFileSync(`${lock}/pid`, '999999999\n');
  const longAgo = Date.now() / 1_000 - 7_200;
  utimesSync(lock, longAgo, longAgo);
}

test('what the dead hold is named by health and freed by heal', async () => {
  const ws = await preparedWorkspace();
  await ws.add('One');
  await ws.add('Two');
  const holder = idleProcess();
  await ws.ok('claim', '1', 'Copilot', '--pid', String(holder.pid));
  oldScriptLock(ws, 2);
  await holder.end();

  const { locks } = await verdicts(ws, 3);
  expect(locks).toMatch(/Copilot holds #1.*signalbox heal.*night-build holds #2/s);
  const { healed } = await ws.json('heal');
  expect(healed).toEqual(['freed #1 of a holder gone', 'removed the stale lock of a script on #2']);
  expect(await verdicts(ws, 0)).toEqual({});
  expect(ws.audit().at(-1)).toMatchObject({ event: 'HEALED', data: { done: healed } });
});

test('files that killed processes left unfinished are removed by heal, and those of the living stay', async () => {
  const ws = await preparedWorkspace();
  const dead = idleProcess();
  const living = idleProcess();
  await dead.end();
  const names = (pid: number) => [
    ...[`AI/log/seg-2.jsonl.${pid}.0a1b2c.tmp`, `AI/log/blob/abc.${pid}.0a1b2c.tmp`],
    `AI/.agents.json.${pid}.abc.tmp`,
  ];
  mkdirSync(ws.path('AI/log/blob'), { recursive: true });
  for (const name of [...names(dead.pid), ...names(living.pid)]) {
    ws.write(name, 'half');
    utimesSync(ws.path(name), 1, 1);
  }
  ws.write(`AI/log/new.${dead.pid}.0a1b2c.tmp`, 'just now');

  expect((await ws.json('heal'))['healed']).toEqual(['removed 3 unfinished files']);
  const isThere = (name: string) => existsSync(ws.path(name));
  expect(names(dead.pid).filter(isThere)).toEqual([]);
  expect(names(living.pid).filter(isThere)).toHaveLength(3);
  expect(isThere(`AI/log/new.${dead.pid}.0a1b2c.tmp`)).toBe(true);
});

test('projections that were changed or lost are made anew, and heal with nothing to do does nothing', async () => {
  const ws = await preparedWorkspace();
  await ws.add('One');
  await ws.ok('claim', '1', 'Copilot', '--pid', String(process.pid));
  const audit = ws.read('AI/audit/task_audit.jsonl');
  // Of the same size and with the same end, so that only a thorough look sees it.
  writeFileSync(ws.path('AI/audit/task_audit.jsonl'), audit.replace('One', 'Two'));
  writeFileSync(ws.path('AI/recovery/failed_tasks.json'), '[{"task":9}]\n');
  const bad = await verdicts(ws, 3);
  expect(bad['copies']).toMatch(/line 2.*signalbox heal/);
  writeFileSync(ws.path('AI/audit/task_audit.jsonl'), audit.replace('One', 'Two'));
  rmSync(ws.path('AI/locks/task_1.lock'), { recursive: true });

  const { healed } = await ws.json('heal');
  expect(healed).toContain('made task_audit.jsonl anew');
  expect(healed).toContain('repaired the lock directories');
  expect(ws.read('AI/audit/task_audit.jsonl')).toBe(ws.read('AI/log/seg-1.jsonl'));
  const { length } = ws.log();
  expect(await ws.ok('heal')).toContain('nothing was done');
  expect(ws.log()).toHaveLength(length);
});

test('a log that was changed halts, and health names the line and the cure', async () => {
  const ws = await preparedWorkspace();
  await ws.add('One');
  const file = ws.path('AI/log/seg-1.jsonl');
  const lines = readFileSync(file, 'utf8').split('\n');
  lines.splice(1, 1);
  writeFileSync(file, lines.join('\n'));
  const { items } = await ws.exits(5, 'health');
  expect((items as readonly Json[])[0]?.['message']).toMatch(/store recover/);
  await ws.exits(5, 'heal');
});

test('settings, git and tasks that wait for a person are named with what to do', async () => {
  const ws = await preparedWorkspace();
  await ws.add('One');
  ws.write('AI/recovery/retry_config.json', { max_retries: 'many' });
  ws.write('AI/config.json', { max_stale_seconds: 1 });
  mkdirSync(ws.path('.git'));
  appendFileSync(ws.path('.git/index'), 'DIRC....AI/log/seg-1.jsonl....');
  const bad = await verdicts(ws, 3);
  expect(bad['settings']).toMatch(/max_retries.*Correct it/);
  expect(bad['git']).toMatch(/git rm -r --cached AI\/log/);
});
