/** A workspace that nobody trusts yet: nothing of it runs, and nothing is written into it. */
import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Session } from '../session.ts';
import { makePlace, openQueue, placeExamples, statusReads, until } from '../queuePage.ts';
import type { Workbench } from '../workbench.ts';

const place = makePlace();
let session: Session;
let window: Workbench;

/** Every file with its size and time of change. */
function everything(): readonly string[] {
  return readdirSync(place.folder, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const { size, mtimeMs } = statSync(join(place.folder, name));
      return `${name} ${size} ${mtimeMs}`;
    })
    .sort();
}

describe('A workspace without trust', () => {
  let untouched: readonly string[];

  before(async () => {
    await placeExamples(place);
    untouched = everything();
    session = await Session.start({ env: place.env, trust: true });
    window = await session.openWindow(place.folder);
  });
  after(async () => {
    await session.stop();
    place.remove();
  });

  it('shows that it is restricted, in the view and the status bar', async () => {
    await until('in Restricted Mode', async () => await window.isRestricted());
    await openQueue(window, 'This workspace is not trusted');
    await statusReads(window, 'Signalbox: Restricted');
  });

  it('offers nothing that would run, and leaves every file as it was', async () => {
    await window.page.keyboard.press('F1');
    await window.quickInputBox.fill('>Signalbox');
    const rows = window.page.locator('.quick-input-list .monaco-list-row');
    await rows.filter({ hasText: 'Show the Queue' }).waitFor();
    strictEqual(await rows.filter({ hasText: /Start the Lane|Add Task/ }).count(), 0);
    await window.page.keyboard.press('Escape');
    deepStrictEqual(everything(), untouched);
  });

  it('goes on once it is trusted, and still starts nothing by itself', async () => {
    await window.grantTrust();
    await statusReads(window, /Stopped · 7 waiting · Start/);
    await window.palette('Signalbox: Start the Lane');
    await statusReads(window, /AI: Working · Narrate/);
  });
});
