/** When a command ends, everything on disk shows at least its own change, and heals when deleted. */
import { chmodSync, lstatSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Workspace } from '../../support/cli.ts';
import { preparedWorkspace, workspace } from '../../support/cli.ts';

/** Insists that queue file, audit file, locks and failures agree with what the log says. */
async function expectFresh(ws: Workspace, what: string): Promise<void> {
  const log = ws.read('AI/log/seg-1.jsonl');
  expect(ws.read('AI/audit/task_audit.jsonl'), what).toBe(log);
  const { generated } = JSON.parse(ws.read('TASK_QUEUE.json')) as { generated: { seq: number } };
  expect(generated.seq, what).toBe(ws.log().at(-1)?.seq);
  const held = ws.queue().filter(({ status }) => status === 'in_progress');
  const locks = readdirSync(ws.path('AI/locks')).filter((name) => name.endsWith('.lock'));
  expect(locks.sort(), what).toEqual(held.map(({ id }) => `task_${id}.lock`).sort());
  for (const { id, assigned_to } of held) {
    expect(ws.read(`AI/locks/task_${id}.lock/owner`).trim(), what).toBe(assigned_to);
  }
  const failed = ws.queue().filter(({ status }) => ['failed', 'poisoned'].includes(status));
  const listed = JSON.parse(ws.read('AI/recovery/failed_tasks.json')) as { task: number }[];
  expect(
    listed.map(({ task }) => task),
    what,
  ).toEqual(failed.map(({ id }) => id));
}

describe('every projection', () => {
  test('is fresh after every command that changes something', async () => {
    const ws = await preparedWorkspace();
    const commands: readonly (readonly string[])[] = [
      ['add', 'One'],
      ['add', 'Two', '--depends', '1'],
      ['add', 'Three', '--program', 'shell:true'],
      ['edit', '2', '--title', 'Second'],
      ['prioritize', '2', 'HIGH'],
      ['move', '2', '--first'],
      ['claim', '1', 'Copilot'],
      ['progress', '1', '50', 'Half'],
      ['fail', '1', 'X', 'It failed'],
      ['retry', '1'],
      ['next', 'Claude', '--claim'],
      ['release', '1'],
      ['claim', '1', 'Claude'],
      ['complete', '1', 'Done'],
      ['pause', '--queue'],
      ['resume'],
      ['run', '--until-empty'],
      ['cancel', '2'],
    ];
    for (const command of commands) {
      const { code, stderr } = await ws.run(command);
      expect({ command, code, stderr: code === 0 ? '' : stderr }).toEqual({
        command,
        code: 0,
        stderr: '',
      });
      await expectFresh(ws, command.join(' '));
    }
    expect(ws.queue().map(({ status }) => status)).toEqual(['completed', 'cancelled', 'completed']);
  });

  test('comes back from the log when all of them are deleted', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    await ws.add('Two');
    await ws.ok('claim', '1', 'Copilot');
    await ws.ok('claim', '2', 'Claude');
    await ws.ok('fail', '2', 'X', 'It failed');
    const projections = ['TASK_QUEUE.json', 'AI/audit', 'AI/locks', 'AI/recovery'] as const;
    const queue = ws.queue();
    const owner = ws.read('AI/locks/task_1.lock/owner');
    for (const each of projections) rmSync(ws.path(each), { recursive: true });
    await ws.ok('status');
    await expectFresh(ws, 'after deletion');
    expect(ws.queue()).toEqual(queue);
    expect(ws.read('AI/locks/task_1.lock/owner')).toBe(owner);
    for (const each of projections) {
      rmSync(ws.path(each), { recursive: true });
      await ws.ok('next', 'Copilot').catch(() => undefined);
      await expectFresh(ws, `without ${each}`);
    }
  });

  test('has the modes that the contract names', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    await ws.ok('claim', '1', 'Copilot');
    const mode = (file: string) => (lstatSync(ws.path(file)).mode & 0o777).toString(8);
    for (const folder of ['log', 'locks', 'audit', 'recovery', 'locks/task_1.lock']) {
      expect(mode(`AI/${folder}`), folder).toBe('700');
    }
    for (const file of ['log/seg-1.jsonl', 'audit/task_audit.jsonl', 'locks/task_1.lock/owner']) {
      expect(mode(`AI/${file}`), file).toBe('600');
    }
    expect(mode('TASK_QUEUE.json')).toBe('644');
  });

  test('that cannot be written is a warning: the change is recorded all the same', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    // Modes stop nobody who is root, and a folder in a file's place stops everyone.
    rmSync(ws.path('AI/audit/task_audit.jsonl'));
    writeFileSync(ws.path('AI/recovery/keep'), '');
    rmSync(ws.path('AI/recovery'), { recursive: true });
    writeFileSync(ws.path('AI/recovery'), 'a file where a folder belongs');
    const { code, stdout, stderr } = await ws.run(['add', 'Two', '--json']);
    expect({ code, json: JSON.parse(stdout) as unknown }).toMatchObject({
      code: 0,
      json: { ok: true, id: 2 },
    });
    expect(stderr).toContain('recovery');
    rmSync(ws.path('AI/recovery'));
    chmodSync(ws.path('AI'), 0o755);
    await ws.ok('status');
    await expectFresh(ws, 'after the file has gone');
  });
});

test('git hears of nothing but what people configure', async () => {
  const ws = workspace();
  const { startProcess } = await import('../../support/cli.ts');
  const git = async (...args: readonly string[]) =>
    (await startProcess('git', args, { cwd: ws.dir, env: ws.env }).ended).stdout;
  await git('init', '-q');
  await ws.ok('init');
  await ws.add('One');
  ws.write('AI/config.json', {});
  ws.write('AI/recovery/retry_config.json', {});
  const status = await git('status', '--porcelain', '--untracked-files=all');
  expect(status.split('\n').filter(Boolean).sort()).toEqual([
    '?? AI/.gitignore',
    '?? AI/config.json',
    '?? AI/recovery/retry_config.json',
  ]);
});
