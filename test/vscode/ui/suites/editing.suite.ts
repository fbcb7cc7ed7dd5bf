/** The queue file in the editor: typed into while the queue goes on, saved, and run. */
import { ok, strictEqual } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDesk } from '../../../../extension/cli/openDesk.ts';
import { Session } from '../session.ts';
import { makePlace, openQueue, placeQueue, rowsOf, unfold, until } from '../queuePage.ts';
import type { Workbench } from '../workbench.ts';

const place = makePlace();
const program = 'shell:node say.mjs';
const typed = `,{"title": "Typed by hand", "program": "${program}"}`;
let session: Session;
let window: Workbench;

interface QueueFile {
  readonly generated: { readonly seq: number };
  readonly queue: readonly { readonly title: string; readonly status: string }[];
}

function queueFile(): QueueFile | null {
  try {
    return JSON.parse(readFileSync(join(place.folder, 'TASK_QUEUE.json'), 'utf8')) as QueueFile;
  } catch {
    // It is just being replaced.
    return null;
  }
}

/** One command of another process, with its projection. */
async function note(message: string): Promise<void> {
  const env = { ...process.env, ...place.env };
  const desk = await openDesk({
    ...{ cwd: place.folder, workspace: place.folder },
    ...{ env, create: false },
  });
  await desk.execute({ type: 'note', id: randomUUID(), by: 'Copilot', task: null, message });
  await desk.close();
}

describe('TASK_QUEUE.json in the editor', () => {
  before(async () => {
    writeFileSync(join(place.folder, 'say.mjs'), 'console.log("done");\n');
    await placeQueue(place, [{ id: 1, title: 'The first one', program }], [1]);
    session = await Session.start({ env: place.env, settings: { 'files.autoSave': 'off' } });
    window = await session.openWindow(place.folder);
  });
  after(async () => {
    await session.stop();
    place.remove();
  });

  it('takes a task that was typed while it was written twenty times, and runs it', async () => {
    const view = await openQueue(window, 'Up next');
    await view.getByRole('button', { name: 'Start' }).click();
    await until('the first one is done', () => queueFile()?.queue[0]?.status === 'completed');

    await window.openFile('TASK_QUEUE.json');
    await window.page
      .locator('[id="status.editor.mode"]', { hasText: 'Signalbox Queue' })
      .waitFor();
    // Before the end of the list: the last lines are those of the task, `  ]`, `}` and nothing.
    await window.palette('View: Focus Active Editor Group');
    for (const key of ['Control+End', 'ArrowUp', 'ArrowUp', 'Home', 'Home']) {
      await window.page.keyboard.press(key);
    }
    await window.page.keyboard.insertText(typed);
    await window.page.locator('.tab.dirty', { hasText: 'TASK_QUEUE.json' }).waitFor();
    const before = queueFile()?.generated.seq ?? 0;
    for (let n = 1; n <= 20; n++) await note(`Change ${n}`);
    await until('it was written', () => (queueFile()?.generated.seq ?? 0) >= before + 20);
    strictEqual(await window.page.locator('.tab.dirty').count(), 1, 'it is still being typed');

    await window.page.keyboard.press('Control+s');
    await until('it runs to its end', () => queueFile()?.queue[1]?.status === 'completed');
    strictEqual(queueFile()?.queue[1]?.title, 'Typed by hand');
    await unfold(view, 'doneToday');
    await rowsOf(view, 'doneToday', 'Typed by hand').waitFor();
    await window.page.locator('.tab.dirty').waitFor({ state: 'hidden' });
    ok(!(await window.toast(/newer|conflict/i).isVisible()), 'the save met no question');
  });
});
