/** One window's lane: the worker thread as it ships, with real programs and their processes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QueueViewModel } from '../../../extension/protocol/webviewModel.ts';
import { queueViewModel } from '../../../extension/protocol/webviewModel.ts';
import { isAlive } from '../../../extension/platform/processIdentity.ts';
import { eventually, fixtureProgram } from '../../support/supervisor.ts';
import { bundleWindows, shell } from '../../support/queueWorker.ts';
import type { QueueWindow, Windows } from '../../support/queueWorker.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await bundleWindows();
});
afterAll(() => windows.dispose());

const newWindow = () => windows.open(windows.newPlace());

/** Waits, in a program of `gatedWindow`, for `go`. */
const untilGo = 'until test -e go; do sleep 0.05; done';

/** A window whose programs go on when the test has seen what it is to see. */
function gatedWindow() {
  const place = windows.newPlace();
  const go = () => writeFileSync(join(place.folder, 'go'), '');
  return { window: windows.open(place), go };
}

/** A window whose queue asks and terminates with little patience. */
async function impatientWindow() {
  const place = windows.newPlace();
  const window = windows.open(place);
  await window.call('prepare');
  const config = { interrupt: { ask_ms: 300, terminate_ms: 300 } };
  writeFileSync(join(place.folder, 'AI', 'config.json'), JSON.stringify(config));
  return window;
}

const isCompleted = (title: string) => (model: QueueViewModel) =>
  model.doneToday.rows.some((row) => row.title === title && row.status === 'completed');

/** The attempt that a window shows at work on the task of that title, once it has said `word`. */
async function working(window: QueueWindow, title: string, word: string) {
  const model = await window.sees(`${title} is at work`, ({ active }) => active?.title === title);
  const { id, token } = model.active!;
  await eventually(`it says ${word}`, () => window.textOf(token).includes(word));
  return { task: id, token };
}

/** A program that ignores being asked and terminated, and says the pids of its tree. */
const stubborn = fixtureProgram('stubborn.sh');
const pidsOf = (text: string) => [...text.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));

describe('a task that a person adds', () => {
  test('begins a queue, starts at once, and what it says is shown live', async () => {
    const { window, go } = gatedWindow();
    const line = `bash -c 'echo hello; echo good; ${untilGo}; echo bye'`;
    const added = await window.call('add', shell('Say hello', line));
    expect(added).toEqual({
      ...{ ok: true, task: 1, title: 'Say hello' },
      ...{ queued: false, warnings: [] },
    });
    await working(window, 'Say hello', 'good');
    go();
    const model = await window.sees('it is done', isCompleted('Say hello'));
    expect(model.doneToday.rows[0]).toMatchObject({ id: 1, agent: 'bash', result: 'bye' });
    const said = window.events.filter((event) => event.type === 'output');
    expect(said.map(({ seq }) => seq)).toEqual(said.map((_, n) => n + 1));
    expect(said.map(({ text }) => text).join('')).toContain('hello\ngood\n');
    expect(await window.call('transcript', 1)).toBe('hello\ngood\nbye\n');
  });

  test('waits while another runs, is confirmed as queued, and runs after it', async () => {
    const { window, go } = gatedWindow();
    await window.call('add', shell('The first', `bash -c 'echo here; ${untilGo}'`));
    await working(window, 'The first', 'here');
    expect(await window.call('add', shell('The second', 'echo second'))).toMatchObject({
      ok: true,
      queued: true,
    });
    const busy = await window.sees('it waits', ({ upNext }) => upNext.rows.length === 1);
    expect(busy.active?.title).toBe('The first');
    expect(busy.upNext.rows[0]).toMatchObject({ id: 2, title: 'The second' });
    go();
    const model = await window.sees('both are done', isCompleted('The second'));
    expect(model.doneToday.rows.map(({ title }) => title)).toEqual(['The second', 'The first']);
  });

  test('does not start while the lane is paused, and starts once it is resumed', async () => {
    const window = newWindow();
    await window.call('prepare');
    await window.call('execute', { type: 'pause', scope: 'lane' });
    const later = { ...shell('Later', 'echo later'), labels: ['password=hunter2hunter2'] };
    expect(await window.call('add', later)).toMatchObject({
      queued: true,
      warnings: [expect.stringContaining('was replaced')],
    });
    expect((await window.call('snapshot')).model.lane.phase).toBe('stopped');
    expect(await window.call('startLane')).toEqual({ ok: true });
    await window.sees('the lane is paused', ({ lane }) => lane.phase === 'paused');
    await window.call('execute', { type: 'resume', scope: 'lane' });
    await window.sees('it is done', isCompleted('Later'));
  });

  test('that names no program is refused, and nothing is added', async () => {
    const window = newWindow();
    const bad = { ...shell('Bad', ''), program: 'make it so' };
    expect(await window.call('add', bad)).toMatchObject({ ok: false, reason: 'invalid-value' });
    expect((await window.call('snapshot')).model.upNext.rows).toEqual([]);
  });
});

describe('an interrupt', () => {
  test('answers when the whole tree of a hung program is gone, and the task rests', async () => {
    const window = await impatientWindow();
    const tree = `bash -c 'trap "" INT TERM; sleep 300 & echo "pid $!"; echo "pid $$"; wait'`;
    await window.call('add', shell('Hang', tree));
    const attempt = await working(window, 'Hang', 'pid');
    const pids = await eventually('both say their pids', () => {
      const found = pidsOf(window.textOf(attempt.token));
      return found.length === 2 && found;
    });
    expect(await window.call('interrupt', attempt)).toEqual({ ok: true });
    expect(pids.filter((pid) => isAlive({ pid, startTime: '' }))).toEqual([]);
    const { model } = await window.call('snapshot');
    expect(model.active).toBeNull();
    expect(model.needsYou.rows).toMatchObject([{ type: 'interrupted', task: 1, by: 'you' }]);
    expect(await window.call('transcript', 1)).toContain(`pid ${pids[0]}`);
  });

  test('of an attempt that is over leaves the next one alone', async () => {
    const window = newWindow();
    await window.call('add', shell('Short', `bash -c 'echo short; sleep 0.3'`));
    const old = await working(window, 'Short', 'short');
    await window.call('add', shell('Next', `bash -c 'echo next; sleep 1; echo end'`));
    await working(window, 'Next', 'next');
    expect(await window.call('interrupt', old)).toEqual({ ok: true });
    await window.sees('the next one completes', isCompleted('Next'));
  });

  test('leaves a task that a person can run again', async () => {
    const window = newWindow();
    await window.call('add', shell('Again', `bash -c 'echo here; test -e go || sleep 300'`));
    const attempt = await working(window, 'Again', 'here');
    await window.call('interrupt', attempt);
    expect(await window.call('runTaskNow', 1)).toEqual({ ok: true });
    const model = await window.sees(
      'it runs again',
      ({ active }) => active !== null && active.token !== attempt.token,
    );
    expect(model.active).toMatchObject({ id: 1, attempt: 2 });
    // A click that came late means the attempt that is over.
    expect(await window.call('interrupt', attempt)).toEqual({ ok: true });
    expect((await window.call('snapshot')).model.active?.token).toBe(model.active?.token);
    await window.call('cancelTask', 1);
  });
});

describe('cancelling', () => {
  test('what runs stops it first', async () => {
    const window = await impatientWindow();
    await window.call('add', shell('Stubborn', stubborn));
    await working(window, 'Stubborn', 'ready');
    expect(await window.call('cancelTask', 1)).toEqual({ ok: true });
    const { model } = await window.call('snapshot');
    expect(model.active).toBeNull();
    expect(model.doneToday.rows).toMatchObject([{ id: 1, status: 'cancelled' }]);
  });

  test('what waits ends it', async () => {
    const window = newWindow();
    await window.call('add', shell('Busy', `bash -c 'echo busy; sleep 300'`));
    await window.call('add', shell('Waits', 'echo waits'));
    expect(await window.call('cancelTask', 2)).toEqual({ ok: true });
    const { model } = await window.call('snapshot');
    expect(model.upNext.rows).toEqual([]);
    expect(model.doneToday.rows).toMatchObject([{ id: 2, status: 'cancelled' }]);
  });
});

describe('the lane of a window', () => {
  test('that is stopped lets what runs go on to its end, and starts nothing more', async () => {
    const { window, go } = gatedWindow();
    await window.call('add', shell('Runs on', `bash -c 'echo on; ${untilGo}; echo off'`));
    await working(window, 'Runs on', 'on');
    await window.call('add', shell('Stays', 'echo stays'));
    expect(await window.call('stopLane')).toEqual({ ok: true });
    go();
    const model = await window.sees('the lane is stopped', ({ lane }) => lane.phase === 'stopped');
    expect(isCompleted('Runs on')(model)).toBe(true);
    expect(model.upNext.rows).toMatchObject([{ title: 'Stays' }]);
    expect(await window.call('startLane')).toEqual({ ok: true });
    await window.sees('the other one runs too', isCompleted('Stays'));
  });

  test('gives back what runs when the window closes, and leaves no process', async () => {
    const place = windows.newPlace();
    const window = windows.open(place);
    await window.call('add', shell('Given back', `bash -c 'echo "pid $$"; sleep 300'`));
    const { token } = await working(window, 'Given back', 'pid');
    const [pid = 0] = pidsOf(window.textOf(token));
    await window.call('close');
    expect(isAlive({ pid, startTime: '' })).toBe(false);
    const after = await windows.open(place).call('snapshot');
    expect(after.model.lane).toMatchObject({ phase: 'stopped', owner: null });
    expect(after.model.upNext.rows).toMatchObject([{ title: 'Given back' }]);
  });

  test('rests with the error shown after a failure, until it is put away', async () => {
    const window = newWindow();
    await window.call('add', shell('Breaks', `bash -c 'echo no such picture >&2; exit 3'`));
    const model = await window.sees('it failed', ({ waiting }) => waiting.rows.length === 1);
    expect(model.kinds).toMatchObject([{ kind: 'ai', state: 'error', word: 'Error' }]);
    expect(model.kinds[0]?.detail).toContain('no such picture');
    expect(model.waiting.rows[0]?.why).toMatch(/^second try at .*, after EXIT_3$/);
    await window.call('dismissKindError', 'ai');
    await window.sees('the word is gone', ({ kinds }) => kinds[0]?.state === 'ready');
  });

  test('tells only what the view can read, each update from where the last one ended', async () => {
    const window = newWindow();
    for (const n of [1, 2, 3]) await window.call('add', shell(`Task ${n}`, `echo ${n}`));
    await window.sees('all are done', isCompleted('Task 3'));
    const updates = window.events.filter((event) => event.type === 'update');
    for (const { model } of updates) queueViewModel.parse(model);
    for (const [n, { from }] of updates.entries()) {
      if (n > 0) expect(from).toBe(updates[n - 1]!.end);
    }
  });
});
