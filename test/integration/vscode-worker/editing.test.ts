/** A queue file that is saved while a window is open becomes tasks there, without anyone's asking. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readReplaced } from '../../support/replacedFile.ts';
import { eventually } from '../../support/supervisor.ts';
import { bundleWindows, shell } from '../../support/queueWorker.ts';
import type { Windows } from '../../support/queueWorker.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await bundleWindows();
});
afterAll(() => windows.dispose());

interface QueueFile {
  readonly queue: Record<string, unknown>[];
}

async function openWindow() {
  const place = windows.newPlace();
  const window = windows.open(place);
  const file = join(place.folder, 'TASK_QUEUE.json');
  const read = () => JSON.parse(readReplaced(file)) as QueueFile;
  await window.call('prepare');
  await window.call('execute', { type: 'pause', scope: 'lane' });
  await window.call('add', shell('First', 'true'));
  await eventually('the file shows it', () => (read().queue.length === 1 ? true : undefined));
  const save = async (change: (queue: QueueFile['queue']) => void) => {
    const edited = await eventually('the file is there', () => {
      const found = read();
      return found.queue.length > 0 ? found : undefined;
    });
    change(edited.queue);
    writeFileSync(file, JSON.stringify(edited));
  };
  const titles = () => read().queue.map(({ title }) => title);
  return { window, read, save, titles };
}

test('an added task is in the view and in the file, and its program waits for a person', async () => {
  const { window, read, save } = await openWindow();
  await save((queue) => queue.push({ title: 'Typed', program: 'shell:touch ran' }));
  await window.sees('it has the task', ({ needsYou }) =>
    JSON.stringify(needsYou).includes('Typed'),
  );
  await eventually('the file has it', () => (read().queue[1]?.['id'] === 2 ? true : undefined));
});

test('what may not be changed is put back, and said with where the reasons are', async () => {
  const { window, save, read } = await openWindow();
  await save(([first]) => Object.assign(first ?? {}, { title: 'Renamed', attempts: 9 }));
  await eventually('it is put back', () => {
    const [first] = read().queue;
    return first?.['title'] === 'Renamed' && first['attempts'] === 0 ? true : undefined;
  });
  const refused = () =>
    window.events.filter((event) => event.type === 'edit' && event.reasons !== null);
  const [event] = await eventually('it is said', () => refused().length > 0 && refused());
  // Nothing more of it is under way once the window has answered another call.
  await window.call('snapshot');
  expect(refused()).toHaveLength(1);
  expect(event?.type === 'edit' && readFileSync(event.reasons ?? '', 'utf8')).toContain('attempts');
});

test('fifty quick saves end as the last one says', async () => {
  const { save, titles } = await openWindow();
  for (let n = 1; n <= 50; n++) {
    await save(([first]) => Object.assign(first ?? {}, { title: `Save ${n}` }));
    await new Promise((resolve) => setTimeout(resolve, n % 7));
  }
  await eventually('the last save counts', () => (titles()[0] === 'Save 50' ? true : undefined));
});
