/** Many processes at once: of any number of agents that want a task, one gets it. */
import { cpus } from 'node:os';
import { expect, test } from 'vitest';
import { preparedWorkspace } from '../../support/cli.ts';
import { acceptedLines } from '../../support/cliChain.ts';

const long = process.env['SIGNALBOX_LONG'] === '1';
const agents = 50;
const tasks = long ? 1_000 : 120;
/** So many at once are slow together. */
const deadlineMs = 400_000;

test(
  `${agents} agents at once work ${tasks} tasks: no double claim, none lost`,
  { timeout: long ? 3_600_000 : 500_000 },
  async () => {
    const ws = await preparedWorkspace();
    const queue = Array.from({ length: tasks }, (_, n) => ({ id: n + 1, title: `Task ${n + 1}` }));
    ws.write('tasks.json', { queue });
    await ws.ok('import', 'tasks.json');

    const claimed: { readonly task: number; readonly token: number }[] = [];
    await Promise.all(
      Array.from({ length: agents }, async (_, n) => {
        const agent = `agent-${n}`;
        for (;;) {
          const next = await ws.run(['next', agent, '--claim', '--json'], { deadlineMs });
          if (next.code === 4) return;
          expect(next, next.stdout).toMatchObject({ code: 0, stderr: '' });
          const { task, token } = JSON.parse(next.stdout) as {
            task: { id: number };
            token: number;
          };
          claimed.push({ task: task.id, token });
          const done = await ws.run(
            ['complete', String(task.id), 'Done', '--token', String(token)],
            { deadlineMs },
          );
          expect(done, done.stdout).toMatchObject({ code: 0, stderr: '' });
        }
      }),
    );

    expect(claimed.map(({ task }) => task).sort((a, b) => a - b)).toEqual(
      queue.map(({ id }) => id),
    );
    expect(new Set(claimed.map(({ token }) => token)).size).toBe(tasks);
    expect(ws.queue().every(({ status }) => status === 'completed')).toBe(true);
    const events = ws.events();
    for (const event of ['CLAIMED', 'COMPLETED']) {
      expect(events.filter((each) => each === event)).toHaveLength(tasks);
    }
    const accepted = acceptedLines(ws.path('AI/log/seg-1.jsonl'));
    expect(ws.read('AI/audit/task_audit.jsonl')).toBe(`${accepted.join('\n')}\n`);
    expect(await ws.json('audit', 'verify')).toMatchObject({ ok: true, seq: accepted.length });
  },
);

test('of many that claim the same task at the same moment, one gets it', async () => {
  const ws = await preparedWorkspace();
  const rounds = long ? 50 : 3;
  const claimers = Math.max(8, cpus().length * 2);
  for (let round = 1; round <= rounds; round++) {
    const id = await ws.add(`Wanted ${round}`);
    const ended = await Promise.all(
      Array.from({ length: claimers }, (_, n) =>
        ws.run(['claim', String(id), `agent-${n}`, '--json']),
      ),
    );
    const codes = ended.map(({ code }) => code).sort();
    expect(codes).toEqual([0, ...Array.from({ length: claimers - 1 }, () => 3)]);
    const winner = ended.findIndex(({ code }) => code === 0);
    expect(ws.task(id).assigned_to).toBe(`agent-${winner}`);
    for (const [n, { code, stdout }] of ended.entries()) {
      if (code === 0) continue;
      expect(JSON.parse(stdout), `agent-${n}`).toMatchObject({
        reason: 'already-claimed',
        message: expect.stringContaining(`agent-${winner}`),
      });
    }
  }
});

test('many that add at once all get ids of their own', async () => {
  const ws = await preparedWorkspace();
  const count = long ? 400 : 24;
  const added = await Promise.all(Array.from({ length: count }, (_, n) => ws.add(`Task ${n}`)));
  expect(new Set(added).size).toBe(count);
  expect(ws.queue()).toHaveLength(count);
  for (const [n, id] of added.entries()) expect(ws.task(id).title).toBe(`Task ${n}`);
});
