/** A repository cannot attack you: what runs was named by a person on this machine. */
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Workspace } from '../../support/cli.ts';
import { cli, node, preparedWorkspace } from '../../support/cli.ts';
import { replyInTerminal, terminalProgram } from '../../support/askedPerson.ts';

async function imported(ws: Workspace, fields: object = {}): Promise<void> {
  const task = { id: 5, title: 'From a file', program: 'shell:touch pwned', ...fields };
  ws.write('in.json', { queue: [task] });
  await ws.ok('import', 'in.json');
}

/** Runs the lane, and insists that it ran nothing because nobody approved it. */
async function expectWaiting(ws: Workspace, id: number): Promise<void> {
  const said = await ws.exits(3, 'run', '--until-empty');
  expect(said).toMatchObject({
    ran: [],
    stays: [{ id, why: expect.stringContaining('needs-approval') }],
  });
  expect(await ws.json('status')).toMatchObject({ needs_approval: [id], attention: 1 });
  expect(existsSync(ws.path('pwned'))).toBe(false);
}

describe('what a person types', () => {
  test('on the command line runs in a lane that is started there', async () => {
    const ws = await preparedWorkspace();
    await ws.add('Typed', '--program', 'shell:touch typed');
    expect(await ws.json('status')).toMatchObject({ needs_approval: [] });
    await ws.ok('run', '--until-empty');
    expect(existsSync(ws.path('typed'))).toBe(true);
  });

  test('is kept outside the workspace, and counts there only', async () => {
    const ws = await preparedWorkspace();
    await ws.add('Typed', '--program', 'shell:touch pwned');
    expect(readdirSync(`${ws.home}/approvals`)).toHaveLength(1);
    // The same queue on another machine, or for another person of this one.
    ws.env['SIGNALBOX_HOME'] = `${ws.home}/another`;
    await expectWaiting(ws, 1);
  });

  test('approves nothing that came from elsewhere', async () => {
    const ws = await preparedWorkspace();
    await imported(ws, { key: 'pdf' });
    // Each of these touches the task without naming its program.
    await ws.ok('edit', '5', '--title', 'Harmless', '--priority', 'HIGH');
    await ws.ok('prioritize', '5', 'CRITICAL');
    await ws.ok('move', '5', '--first');
    expect(await ws.json('add', 'Same key', '--key', 'pdf')).toMatchObject({ id: 5 });
    const mine = ['add', 'Same key', '--key', 'pdf', '--program', 'shell:true'];
    expect(await ws.json(...mine)).toMatchObject({ id: 5 });
    await ws.ok('edit', '5', '--accept', 'true');
    await expectWaiting(ws, 5);
  });

  test('in an edit approves the program named there, and what was approved before', async () => {
    const ws = await preparedWorkspace();
    await imported(ws);
    await ws.ok('edit', '5', '--program', 'shell:touch mine');
    await ws.ok('edit', '5', '--title', 'Still mine', '--accept', 'test -e mine');
    await ws.ok('run', '--until-empty');
    expect(existsSync(ws.path('mine'))).toBe(true);
    expect(ws.status(5)).toBe('completed');
  });
});

describe('what came by a file', () => {
  test('does not run until a person approved it in a terminal, having seen it', async () => {
    const ws = await preparedWorkspace();
    await imported(ws, { accept: 'test -e pwned' });
    await expectWaiting(ws, 5);
    const refused = await replyInTerminal(ws, ['approve', '5'], 'n');
    expect(refused).toMatchObject({ code: 0, shown: expect.stringContaining('Nothing was') });
    await expectWaiting(ws, 5);
    const approved = await replyInTerminal(ws, ['approve', '5'], 'y');
    expect(approved.code).toBe(0);
    for (const text of ['From a file', 'shell:touch pwned', 'test -e pwned', ws.dir]) {
      expect(approved.shown).toContain(text);
    }
    await ws.ok('run', '--until-empty');
    expect(existsSync(ws.path('pwned'))).toBe(true);
  });

  test.each([
    { what: 'program', change: { program: 'shell:touch pwned now' } },
    { what: 'acceptance', change: { accept: 'touch pwned' } },
    { what: 'validity check', change: { valid_if: 'cmd:touch pwned' } },
  ])('asks again when its $what is another', async ({ change }) => {
    const ws = await preparedWorkspace();
    const program = 'shell:echo harmless';
    await imported(ws, { program });
    await replyInTerminal(ws, ['approve', '--all'], 'y');
    expect(await ws.json('status')).toMatchObject({ needs_approval: [] });
    await ws.ok('cancel', '5');
    ws.write('in.json', { queue: [{ id: 6, title: 'Again', program, ...change }] });
    await ws.ok('import', 'in.json');
    await expectWaiting(ws, 6);
  });

  test('nor when the queue file, the log or the settings of the workspace say so', async () => {
    const ws = await preparedWorkspace();
    await imported(ws, { approved: true, approvals: ['cli'] });
    ws.write('AI/config.json', { approvals: 'all', approve: true });
    ws.write('AI/approvals/all.jsonl', { by: 'person' });
    await expectWaiting(ws, 5);
  });

  test('is shown harmless: a title cannot draw over its command line', async () => {
    const ws = await preparedWorkspace();
    const program = 'shell:sh -c "touch pwned" \u001b[2K\u202e';
    await imported(ws, { title: 'Nice\u001b[1A\u001b[2K', program });
    const { shown } = await replyInTerminal(ws, ['approve', '5'], 'n');
    expect(shown).toContain('touch pwned');
    expect(shown).not.toContain('\u001b[2K');
    expect(shown).not.toContain('\u001b[1A');
    expect(shown).not.toContain('\u202e');
  });
});

describe('approve', () => {
  test('without a terminal is refused', async () => {
    const ws = await preparedWorkspace();
    await imported(ws);
    const before = ws.fingerprint();
    for (const args of [
      ['approve', '5'],
      ['approve', '--all'],
    ]) {
      expect(await ws.exits(3, ...args)).toMatchObject({ reason: 'needs-approval' });
      const { code } = await ws.run(args, { input: 'y\n' });
      expect(code).toBe(3);
    }
    expect(ws.fingerprint()).toEqual(before);
  });

  test('needs to know what is meant', async () => {
    const ws = await preparedWorkspace();
    await imported(ws);
    const { code } = await replyInTerminal(ws, ['approve'], 'y');
    expect(code).toBe(2);
    expect((await replyInTerminal(ws, ['approve', '99'], 'y')).code).toBe(3);
  });
});

describe('a program of the lane', () => {
  /** A program, written to a file so that nothing of it needs quoting. */
  async function runs(ws: Workspace, script: string): Promise<void> {
    ws.write('program.sh', script);
    await ws.add('Program', '--id', 'program', '--program', 'shell:sh program.sh');
    await ws.run(['run', '--once']);
    expect(ws.status('program')).toBe('completed');
  }
  const self = `"${node}" "${cli}"`;

  test('may add a task, and its program is not approved by that', async () => {
    const ws = await preparedWorkspace();
    await runs(ws, `${self} add Sneaky --id 9 --program "shell:touch pwned" && echo added`);
    expect(ws.task(9)).toMatchObject({ title: 'Sneaky', status: 'pending' });
    await expectWaiting(ws, 9);
  });

  test('gets no approval by hiding where it comes from, nor by an edit', async () => {
    const ws = await preparedWorkspace();
    await imported(ws);
    await runs(
      ws,
      [
        `env -u SIGNALBOX_COOKIE ${self} add Hidden --id 9 --program "shell:touch pwned"`,
        `env -u SIGNALBOX_COOKIE setsid ${self} edit 5 --program "shell:touch pwned too"`,
        'echo done',
      ].join('\n'),
    );
    expect(await ws.json('status')).toMatchObject({ attention: 2 });
    await ws.exits(3, 'run', '--until-empty');
    expect(existsSync(ws.path('pwned'))).toBe(false);
  });

  test('cannot approve, even in a terminal of its own', async () => {
    const ws = await preparedWorkspace();
    await imported(ws);
    ws.write('terminal.py', terminalProgram);
    await runs(
      ws,
      `echo y | python3 terminal.py ${self} approve 5 > shown; echo "exit $?" >> shown; true`,
    );
    expect(ws.read('shown')).toContain('exit 3');
    await expectWaiting(ws, 5);
  });
});
