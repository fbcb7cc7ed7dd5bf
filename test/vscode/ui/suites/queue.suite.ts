/** The queue as a person has it in front of them: the examples, more tasks, stops and reloads. */
import { deepStrictEqual, notStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { Session } from '../session.ts';
import {
  addTask,
  lives,
  makePlace,
  openQueue,
  placeExamples,
  placeHangingProgram,
  rowsOf,
  statusReads,
  unfold,
  until,
  watchStatus,
} from '../queuePage.ts';
import type { Workbench } from '../workbench.ts';

const place = makePlace();
let session: Session;
let window: Workbench;
let view: FrameLocator;

/** Main program and child of each start of the hanging program, in order. */
function hungPids(): readonly (readonly number[])[] {
  try {
    const lines = readFileSync(join(place.folder, 'pids.txt'), 'utf8').trim().split('\n');
    return lines.map((line) => line.split(' ').map(Number));
  } catch {
    // Not started yet.
    return [];
  }
}

describe('The queue in a window', () => {
  before(async () => {
    await placeExamples(place);
    placeHangingProgram(place, 'hang.mjs');
    session = await Session.start({
      env: place.env,
      machineSettings: { 'signalbox.lane.defaultProgram': 'shell' },
    });
    window = await session.openWindow(place.folder);
    view = await openQueue(window, 'Up next');
  });
  after(async () => {
    await session.stop();
    place.remove();
  });

  it('rests until a person starts it', async () => {
    await statusReads(window, /Stopped · 7 waiting · Start/);
  });

  it('works the examples one at a time, each kind under its own words', async () => {
    const seen = await watchStatus(window);
    await view.getByRole('button', { name: 'Start' }).click();
    await statusReads(window, /AI: Working · Narrate/);
    await until(
      'all are done',
      async () => (await seen()).at(-1)?.endsWith('Ready') === true,
      300_000,
    );
    const words = (await seen()).map((text) => text.split(' · ')[0]);
    const working = words.filter((word) => /Working|Generating/.test(word!));
    const order = working.filter((word, n) => working.indexOf(word) === n);
    deepStrictEqual(order, ['AI: Working', 'SD Prompt: Working', 'SD: Generating']);
    ok(!words.includes('TWO ITEMS'), 'one item for one active task');
    await unfold(view, 'doneToday');
    strictEqual(await rowsOf(view, 'doneToday', '').count(), 7);
  });

  it('confirms what is added while it is busy, and lets it wait', async () => {
    await addTask(window, 'Hang on', 'node hang.mjs');
    await statusReads(window, /AI: Working · Hang on/);
    await view.getByText('I hang now').waitFor();
    await addTask(window, 'Say hello', `node -e "console.log('hello')"`);
    await window.toast('Queued: Say hello').waitFor();
    await rowsOf(view, 'upNext', 'Say hello').waitFor();
    strictEqual(await window.toast('Queued: Hang on').count(), 0, 'nothing was ahead of it');
  });

  it('is the same in a second window', async () => {
    const second = await session.openWindow(place.folder);
    await statusReads(second, /AI: Working · Hang on/);
    const other = await openQueue(second, 'Hang on');
    await rowsOf(other, 'upNext', 'Say hello').waitFor();
    strictEqual(hungPids().length, 1, 'it runs once');
    await second.close();
  });

  it('goes on after a reload, with nothing of the run before at work', async () => {
    const [before] = hungPids();
    await window.reload();
    view = await openQueue(window, 'Hang on');
    await until('it runs again', () => hungPids().length === 2);
    const [, after] = hungPids();
    notStrictEqual(before![0], after![0]);
    await until('the first run is gone', () => !before!.some(lives));
    await statusReads(window, /AI: Working · Hang on/);
  });

  it('stops what hangs when it is interrupted, and goes on with the next', async () => {
    const pids = hungPids().at(-1)!;
    ok(pids.every(lives));
    await view.getByRole('button', { name: 'Interrupt' }).click();
    await until('all of it is gone', () => !pids.some(lives));
    await rowsOf(view, 'needsYou', 'Hang on').waitFor();
    await unfold(view, 'doneToday');
    await rowsOf(view, 'doneToday', 'Say hello').waitFor();
    await statusReads(window, /AI: Ready$/);
  });
});
