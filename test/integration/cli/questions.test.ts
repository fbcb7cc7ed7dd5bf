/** What an agent of the lane asks is answered by a person at another terminal, and by nobody else. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Started, Workspace } from '../../support/cli.ts';
import { cli, node, preparedWorkspace, startProcess } from '../../support/cli.ts';
import { bundle, eventually } from '../../support/supervisor.ts';
import { replyInTerminal, terminalProgram } from '../../support/askedPerson.ts';

const deadlineMs = 60_000;

let agent: Awaited<ReturnType<typeof bundle>>;
beforeAll(async () => {
  agent = await bundle('test/support/acpAgent/main.ts');
});
afterAll(() => agent.dispose());

/** A workspace with a task for the scripted agent. */
async function withTask(steps: readonly string[]): Promise<Workspace> {
  const ws = await preparedWorkspace();
  const scripted = { command: process.execPath, args: [agent.path] };
  const file = path.relative(ws.dir, path.join(ws.home, 'agents.json'));
  ws.write(file, { agents: { Scripted: scripted } });
  await ws.add('Clean up', '--program', 'acp:Scripted', '--description', steps.join('\n'));
  return ws;
}

/** A workspace with a lane that runs the scripted agent; answers once the agent has asked. */
async function asking(
  ...steps: readonly string[]
): Promise<{ readonly ws: Workspace; readonly lane: Started }> {
  const ws = await withTask(steps);
  const lane = ws.start(['run']);
  await eventually('it asks', () => lane.said().includes('approvals answer'), deadlineMs);
  return { ws, lane };
}

/** The id of the only open question, as `status` tells it. */
async function questionOf(ws: Workspace): Promise<string> {
  const { questions, attention } = await ws.json('status');
  expect({ questions, attention }).toEqual({ questions: [expect.any(String)], attention: 1 });
  return (questions as string[])[0]!;
}

async function isCompleted(ws: Workspace): Promise<void> {
  await eventually('the task is completed', () => ws.status(1) === 'completed', deadlineMs);
}

describe('a question of an agent in the lane', () => {
  test('is shown to a person, waits, and hears the first answer', async () => {
    const { ws } = await asking('ask rm -rf build', 'say the end');
    const id = await questionOf(ws);
    const listed = await replyInTerminal(ws, ['approvals', 'list'], '');
    for (const text of [id, 'rm -rf build', 'Clean up', '1) Allow', '2) Reject']) {
      expect(listed.shown).toContain(text);
    }
    expect((await replyInTerminal(ws, ['approvals', 'answer', id, '7'], '')).code).toBe(2);
    expect((await replyInTerminal(ws, ['approvals', 'answer', '9-9', '1'], '')).code).toBe(3);
    // Put off, which is no answer.
    const later = await replyInTerminal(ws, ['approvals', 'answer', id], '');
    expect(later).toMatchObject({ code: 0, shown: expect.stringContaining('stays open') });
    expect(await questionOf(ws)).toBe(id);

    const answered = await replyInTerminal(ws, ['approvals', 'answer', id], '1');
    expect(answered).toMatchObject({ code: 0, shown: expect.stringContaining('Allow') });
    await isCompleted(ws);
    expect(await ws.ok('output', '1')).toContain('answer yes');
    expect((await replyInTerminal(ws, ['approvals', 'answer', id, 'allow'], '')).code).toBe(3);
    expect(await ws.json('status')).toMatchObject({ questions: [], attention: 0 });
  });

  test('is answered by a person only: not without a terminal, not by a program of the lane', async () => {
    const { ws } = await asking('ask it', 'say the end');
    const id = await questionOf(ws);
    const answer = ['approvals', 'answer', id, 'allow'];
    expect(await ws.exits(3, ...answer)).toMatchObject({ reason: 'needs-approval' });
    expect(await ws.exits(3, 'approvals', 'list')).toMatchObject({ reason: 'needs-approval' });
    // The cookie that programs of the lane have.
    const env = { SIGNALBOX_COOKIE: 'x' };
    ws.write('terminal.py', terminalProgram);
    ws.write(
      'try.sh',
      `python3 terminal.py "${node}" "${cli}" ${answer.join(' ')}; echo "exit $?"`,
    );
    const tried = startProcess('sh', ['try.sh'], { cwd: ws.dir, env: { ...ws.env, ...env } });
    expect((await tried.ended).stdout).toContain('exit 3');
    expect(await questionOf(ws)).toBe(id);

    const folder = path.join(ws.home, 'questions');
    const [name = ''] = readdirSync(folder);
    expect(statSync(path.join(folder, name)).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(folder, name, `${id}.json`)).mode & 0o777).toBe(0o600);
    expect((await replyInTerminal(ws, ['approvals', 'answer', id, 'reject'], '')).code).toBe(0);
    await isCompleted(ws);
    expect(await ws.ok('output', '1')).toContain('answer no');
  });

  test('is gone when its task is interrupted, and when its lane is killed', async () => {
    const { ws, lane } = await asking('ask it');
    await questionOf(ws);
    await ws.ok('interrupt');
    expect(await ws.json('status')).toMatchObject({ questions: [] });

    await ws.ok('retry', '1');
    await eventually(
      'it asks again',
      async () => ((await ws.json('status'))['questions'] as string[]).length === 1,
      deadlineMs,
    );
    lane.kill('SIGKILL');
    await lane.ended;
    expect(await ws.json('status')).toMatchObject({ questions: [] });
  });

  test('is answered by nobody in a batch without a terminal', async () => {
    const ws = await withTask(['ask it', 'say the end']);
    await ws.ok('run', '--until-empty');
    expect(await ws.ok('output', '1')).toContain('answer cancelled');
  });
});
