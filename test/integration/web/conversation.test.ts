/** What a page of `dashboard --web` may ask, what it may not, and what it hears of the log. */
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { preparedWorkspace } from '../../support/cli.ts';
import { Programmed, startDashboard } from '../../support/webDashboard.ts';

async function opened() {
  const ws = await preparedWorkspace();
  const dashboard = await startDashboard(ws);
  const page = await Programmed.enter(dashboard);
  await page.listen();
  return { ws, dashboard, page };
}

const task = { title: 'Print it', description: 'Twice', priority: 'HIGH' } as const;

test('a task of the page waits like any other, and its program for a person at a terminal', async () => {
  const { ws, page } = await opened();

  expect(await page.request('submitTask', { ...task, program: 'shell:echo yes' })).toEqual({
    ok: true,
  });
  await page.sees('the program waits', ({ needsYou }) => needsYou.rows.length === 1);
  const said = await page.request('approveTask', { task: 1, digest: 'any' });
  expect(said).toMatchObject({ ok: false, message: expect.stringContaining('approve 1') });
  expect(await page.request('runTaskNow', { task: 1 })).toMatchObject({ ok: false });
  expect(await page.request('startLane', {})).toMatchObject({ ok: false });
  expect(await page.request('submitTask', { ...task, program: 'rm -rf /' })).toMatchObject({
    ok: false,
    reason: 'invalid-value',
  });

  const line = ws.log().find(({ event }) => event === 'CREATED');
  expect(line?.agent).toMatch(/^human:/);
  expect(await ws.exits(3, 'run', '--until-empty')).toMatchObject({ ok: false });
  expect(await ws.json('show', '1')).toMatchObject({ status: 'pending', priority: 'HIGH' });
});

test('the page goes on when the log goes on in another segment', async () => {
  const { ws, page } = await opened();
  await ws.add('Before');
  await page.sees('it is there', ({ upNext }) => upNext.rows.length === 1);

  await ws.ok('audit', 'rotate');
  await ws.add('After');

  await page.sees('both are there', ({ upNext }) => upNext.rows.length === 2);
  expect(await page.request('moveTask', { task: 2, place: { at: 'first' } })).toEqual({ ok: true });
  expect(await ws.ok('next')).toBe('2\n');
});

test('a log that halted is shown with what to do, and nothing can be changed', async () => {
  const { ws, dashboard, page } = await opened();
  await ws.add('Before');
  await page.sees('it is there', ({ upNext }) => upNext.rows.length === 1);

  // Rewound, as a checkout or a restored backup would.
  const [genesis] = ws.read('AI/log/seg-1.jsonl').split('\n');
  writeFileSync(ws.path('AI/log/seg-1.jsonl'), `${genesis}\n`);
  await page.sees('it halted', ({ store }) => store.state === 'halted' && store.message !== null);
  expect(await page.request('submitTask', { ...task, program: '' })).toMatchObject({ ok: false });

  dashboard.process.kill('SIGINT');
  expect(await dashboard.process.ended).toMatchObject({ code: 0 });
});
