/**
 * What a person who installed it an hour ago does: the first task, a selection, a clear-out, and the
 * command line in the editor's own terminal.
 */
import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { readReplaced } from '../../../support/replacedFile.ts';
import { Session } from '../session.ts';
import {
  addTask,
  makePlace,
  openQueue,
  placeHangingProgram,
  rowsOf,
  statusReads,
  unfold,
  until,
} from '../queuePage.ts';
import type { Workbench } from '../workbench.ts';

const place = makePlace();
const question = 'Who runs the tasks that you add?';
let session: Session;
let window: Workbench;
let view: FrameLocator;

function read(name: string): string {
  const file = join(place.folder, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

interface QueueFile {
  readonly queue: readonly { readonly title: string; readonly description?: string }[];
}

function described(title: string): string {
  const file = readReplaced(join(place.folder, 'TASK_QUEUE.json'));
  const { queue } = JSON.parse(file) as QueueFile;
  return queue.find((task) => task.title === title)?.description ?? '';
}

describe('Adding, clearing and the command line, in a folder without a queue', () => {
  before(async () => {
    writeFileSync(join(place.folder, 'notes.md'), 'The ferry is late.\nMara waits.\n');
    placeHangingProgram(place, 'hang.mjs');
    session = await Session.start({ env: place.env });
    window = await session.openWindow(place.folder);
    view = await openQueue(window, 'Nothing is queued');
  });
  after(async () => {
    await session.stop();
    place.remove();
  });

  it('asks at the first task who runs it, starts it, and keeps the answer for the machine', async () => {
    await window.palette('Signalbox: Add Task');
    await window.quickInput('Say hello');
    await window.page.getByText(question).waitFor();
    await window.quickPick('Shell command');
    await window.page.getByText('The command that does it').waitFor();
    await window.quickInput(`node -e "console.log('hello')"`);
    await unfoldWhenThere();
    await rowsOf(view, 'doneToday', 'Say hello').waitFor();

    await addTask(window, 'Hang on', 'node hang.mjs');
    await statusReads(window, /AI: Working · Hang on/);
    strictEqual(await window.page.getByText(question).count(), 0, 'asked once');
    const kept = readFileSync(join(session.server.dir, 'user/Machine/settings.json'), 'utf8');
    match(kept, /"signalbox\.lane\.defaultProgram":\s*"shell"/);
  });

  it('queues what is selected in an editor, from its context menu', async () => {
    await window.openFile('notes.md');
    await window.palette('View: Focus Active Editor Group');
    await window.page.keyboard.press('Control+a');
    await window.editorMenu('Queue Selection');
    await window.page.getByText('Add a task about notes.md, lines 1 to 2').waitFor();
    await window.quickInput('Shorten this');
    await window.page.getByText('The command that does it').waitFor();
    await window.quickInput('node say.mjs');
    await rowsOf(view, 'upNext', 'Shorten this').waitFor();
    await until('the selection is written down with it', () =>
      /notes\.md:1-2[^]*The ferry is late\.\nMara waits\./.test(described('Shorten this')),
    );
  });

  it('asks before it clears the queue, and spares what runs', async () => {
    await window.palette('Signalbox: Clear Waiting Tasks');
    await window.answerDialog('Clear the queue?', 'Cancel');
    await rowsOf(view, 'upNext', 'Shorten this').waitFor();

    await window.palette('Signalbox: Clear Waiting Tasks');
    await window.answerDialog('Clear the queue?', 'Clear');
    await rowsOf(view, 'upNext', 'Shorten this').waitFor({ state: 'detached' });
    await statusReads(window, /AI: Working · Hang on/);
  });

  it('has its command in the terminals of the editor', async () => {
    await window.typeInTerminal(
      'command -v signalbox >where.txt; signalbox list --json >list.json',
    );
    await until('the command has answered', () => read('list.json').endsWith(']\n'), 60_000);
    ok(read('where.txt').startsWith(session.server.dir), 'the one of the installed extension');
    const tasks = JSON.parse(read('list.json')) as readonly { title: string; status: string }[];
    deepStrictEqual(
      tasks.map(({ title, status }) => `${title}: ${status}`),
      ['Say hello: completed', 'Hang on: in_progress', 'Shorten this: skipped'],
    );
  });
});

/** The section of what is done is there only once something is. */
async function unfoldWhenThere(): Promise<void> {
  await view.locator('section.doneToday').waitFor();
  await unfold(view, 'doneToday');
}
