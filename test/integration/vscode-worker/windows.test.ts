/** Several windows on one workspace, each in a process of its own, some of them killed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isAlive } from '../../../extension/platform/processIdentity.ts';
import type { QueueViewModel } from '../../../extension/protocol/webviewModel.ts';
import { eventually } from '../../support/supervisor.ts';
import { cli, node, startProcess } from '../../support/cli.ts';
import { bundleWindows, shell } from '../../support/queueWorker.ts';
import type { Windows } from '../../support/queueWorker.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await bundleWindows();
});
afterAll(() => windows.dispose());

/** Two windows on one folder; the first one has begun the queue. */
async function twoWindows() {
  const place = windows.newPlace();
  const first = windows.openProcess(place);
  await first.call('prepare');
  const second = windows.openProcess(place);
  await second.call('snapshot');
  return { ...place, first, second };
}

const isActive = (title: string) => (model: QueueViewModel) => model.active?.title === title;
const areCompleted = (count: number) => (model: QueueViewModel) =>
  model.doneToday.rows.filter(({ status }) => status === 'completed').length === count;

describe('two windows', () => {
  test('show the same task at work, and what it says, whichever runs it', async () => {
    const { first, second } = await twoWindows();
    await first.call('add', shell('Shared', `bash -c 'echo one; sleep 1; echo two; sleep 300'`));
    const own = await first.sees('it runs', isActive('Shared'));
    const seen = await second.sees('it runs', isActive('Shared'));
    expect(seen.active?.token).toBe(own.active?.token);
    expect(own.lane.owner).toBeNull();
    expect(seen.lane).toMatchObject({ phase: 'running', owner: 'another window' });
    const token = own.active!.token;
    for (const window of [first, second]) {
      await eventually('it is heard', () => window.textOf(token) === 'one\ntwo\n');
    }
    await second.call('interrupt');
    expect((await second.call('snapshot')).model.active).toBeNull();
    await first.sees('it was stopped', ({ active, needsYou }) => {
      return active === null && needsYou.rows.length === 1;
    });
  });

  test('never run two tasks at once, however they are started', async () => {
    const { folder, first, second } = await twoWindows();
    const line = `bash -c 'echo start >> trace; sleep 0.1; echo end >> trace'`;
    const adding = [first, second].flatMap((window, n) =>
      [1, 2, 3, 4].map((each) => window.call('add', shell(`Task ${n}.${each}`, line))),
    );
    for (const added of await Promise.all(adding)) expect(added.ok).toBe(true);
    await Promise.all([first.call('startLane'), second.call('startLane')]);
    await first.sees('all are done', areCompleted(8));
    await second.sees('all are done', areCompleted(8));
    const trace = readFileSync(join(folder, 'trace'), 'utf8').trim().split('\n');
    expect(trace).toEqual(Array.from({ length: 8 }, () => ['start', 'end']).flat());
  });

  test('are refused to run the lane both, and the second takes over when the first is closed', async () => {
    const { first, second } = await twoWindows();
    expect(await first.call('startLane')).toEqual({ ok: true });
    expect(await second.call('startLane')).toMatchObject({ ok: false, reason: 'lane-held' });
    await first.call('close');
    await second.sees('it runs the lane', ({ lane }) => {
      return lane.owner === null && lane.phase === 'idle';
    });
  });
});

describe('a window that is killed in mid-task', () => {
  test('leaves no program at work, and another one that was started goes on with the task', async () => {
    const { folder, first, second } = await twoWindows();
    const line = `bash -c 'echo run >> runs; echo "pid $$"; test "$(wc -l < runs)" = 2 || sleep 300'`;
    await first.call('add', shell('Goes on', line));
    const { active } = await second.sees('it runs', isActive('Goes on'));
    const token = active!.token;
    const text = await eventually('it says its pid', () => {
      const said = second.textOf(token);
      return said.includes('\n') && said;
    });
    const pid = Number(/pid (\d+)/.exec(text)?.[1]);
    await second.call('startLane');
    await first.kill();
    const model = await second.sees('the task completes', areCompleted(1));
    expect(isAlive({ pid, startTime: '' })).toBe(false);
    expect(readFileSync(join(folder, 'runs'), 'utf8')).toBe('run\nrun\n');
    expect(model.lane).toMatchObject({ owner: null });
  });

  test('shows as stopped in another that was not started, which may cancel the task', async () => {
    const { first, second } = await twoWindows();
    await first.call('add', shell('Left', `bash -c 'echo left; sleep 300'`));
    await second.sees('it runs', isActive('Left'));
    await first.kill();
    const model = await second.sees('nobody runs it', ({ lane }) => lane.phase === 'stopped');
    expect(model.active).toBeNull();
    expect(model.waiting.rows).toMatchObject([{ id: 1, reason: 'other' }]);
    expect(await second.call('cancelTask', 1)).toEqual({ ok: true });
    const after = await second.call('snapshot');
    expect(after.model.doneToday.rows).toMatchObject([{ id: 1, status: 'cancelled' }]);
    expect(after.model.lane.phase).toBe('stopped');
  });
});

describe('a window beside `signalbox run`', () => {
  test('does not run what only the command line approved', async () => {
    const place = windows.newPlace();
    const window = windows.openProcess(place);
    await window.call('prepare');
    await window.call('startLane');
    const env = { ...process.env, SIGNALBOX_HOME: place.home };
    const words = ['add', 'Typed', '--program', 'shell:true', '--workspace', place.folder];
    expect((await startProcess(node, [cli, ...words], { env }).ended).code).toBe(0);
    const { model } = await window.call('snapshot');
    expect(model.needsYou.rows).toMatchObject([
      { type: 'approval', commandLine: 'true', why: 'added by someone on the command line' },
    ]);
  });

  test('shows what that runs, adds to it, and stops it', async () => {
    const place = windows.newPlace();
    const window = windows.openProcess(place);
    await window.call('prepare');
    const env = { ...process.env, SIGNALBOX_HOME: place.home };
    const run = startProcess(node, [cli, 'run', '--workspace', place.folder], { env });
    onTestFinished(async () => {
      run.kill('SIGINT');
      await run.ended;
    });
    await window.sees('the lane is owned', ({ lane }) => lane.owner === 'signalbox run');
    const line = `bash -c 'echo from there; sleep 300'`;
    const added = await window.call('add', shell('There', line));
    expect(added).toMatchObject({ ok: true, queued: false });
    const { active } = await window.sees('it runs', isActive('There'));
    const token = active!.token;
    await eventually('it is heard', () => window.textOf(token) === 'from there\n');
    expect(await window.call('interrupt', { task: 1, token })).toEqual({ ok: true });
    const { model } = await window.call('snapshot');
    expect(model.needsYou.rows).toMatchObject([{ type: 'interrupted', by: 'you' }]);
    expect(model.lane).toMatchObject({ phase: 'idle', owner: 'signalbox run' });
  });
});
