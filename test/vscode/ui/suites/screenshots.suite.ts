/** Pictures of the queue in a real window, for people to look at; they say nothing by themselves. */
import { writeFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { projectRoot } from '../../launcher/paths.ts';
import { Session } from '../session.ts';
import {
  makePlace,
  openQueue,
  placeFile,
  placeQueue,
  rowsOf,
  statusReads,
  until,
} from '../queuePage.ts';
import type { Place } from '../queuePage.ts';
import type { Workbench } from '../workbench.ts';

const now = Date.now();
const at = (minutes: number): string => new Date(now + minutes * 60_000).toISOString();
const task = (id: number, title: string, more: object = {}) => ({
  id,
  title,
  kind: 'ai',
  type: 'any',
  status: 'pending',
  priority: 'NORMAL',
  dependencies: [],
  program: 'shell:node tell.mjs',
  ...more,
});
const done = { status: 'completed', completed_on: at(-20), attempts: 1, actual_minutes: 2 };

/** Tells a story, and then thinks about its end until it is stopped. */
const teller = `const text = \`The last ferry is late, and Mara has the quay to herself.
Across the water the lights come on one by one,
and the ferry's bell answers from the dark.
Mara counts the lights, as she does every evening,
and stops at the seventh.\`;
for (const word of text.split(/(?<=\\s)/)) {
  process.stdout.write(word);
  await new Promise((resolve) => setTimeout(resolve, 15));
}
setInterval(() => {}, 1000);
`;

/** What a person has in front of them on a usual afternoon. */
const usual = [
  task(1, 'Outline the chapter', done),
  task(2, 'Collect the names of the harbour', { ...done, completed_on: at(-9) }),
  task(3, 'Narrate the harbour scene', { priority: 'HIGH', estimate_minutes: 2 }),
  task(4, 'Scene image prompt for the harbour', { priority: 'HIGH', kind: 'sd_prompt' }),
  task(5, 'Harbour scene image', { kind: 'sd' }),
  task(6, 'Fix the failing date test in reports', { estimate_minutes: 4 }),
  task(7, 'Describe new screenshots for the handbook', { priority: 'LOW', background: true }),
  task(8, 'Generate the PDF', { dependencies: [3] }),
  task(9, 'Publish the preview build', { not_before: at(95) }),
  task(10, 'Translate the preface', { program: 'shell:npx translate preface.md --to fr' }),
];

const long = [
  task(1, 'Rewrite the whole of the third chapter so that nobody in it knows about the lighthouse'),
  task(2, `Überprüfe ${'Donaudampfschifffahrtsgesellschaft'.repeat(3)} und شَرْح المَهامّ 🚢`),
  task(3, '<b>Not bold</b> $(flame) \u202egnp.exe [link](command:workbench.action.quit)'),
  task(4, 'After it', { dependencies: [2] }),
];

/** Drags the sidebar's edge until the sidebar is so wide. */
async function resizeSidebar({ page }: Workbench, width: number): Promise<void> {
  const sidebar = page.locator('.part.sidebar');
  const box = (await sidebar.boundingBox())!;
  const edge = box.x + box.width;
  await page.mouse.move(edge, 400);
  await page.mouse.down();
  await page.mouse.move(box.x + width, 400, { steps: 5 });
  await page.mouse.up();
  await until('resized', async () => Math.abs((await sidebar.boundingBox())!.width - width) < 12);
}

/** The README's picture is taken from here when `SIGNALBOX_README_PICTURE` is set. */
async function keepForReadme(picture: string): Promise<void> {
  if (!process.env['SIGNALBOX_README_PICTURE']) return;
  const to = join(projectRoot, 'docs/images/queue-view.png');
  await mkdir(dirname(to), { recursive: true });
  await copyFile(picture, to);
}

describe('Pictures of the queue', () => {
  const places: Place[] = [];
  let session: Session;
  const env = makePlace();

  async function open(queue: readonly object[], approved: readonly number[]): Promise<Workbench> {
    const place = { ...makePlace('harbour'), env: env.env };
    places.push(place);
    placeFile(place, 'examples/story', 'story');
    writeFileSync(join(place.folder, 'tell.mjs'), teller);
    await placeQueue(place, queue, approved);
    return await session.openWindow(place.folder);
  }

  before(async () => {
    session = await Session.start({ env: env.env });
  });
  after(async () => {
    await session.stop();
    for (const place of [...places, env]) place.remove();
  });

  it('a usual afternoon, in all themes and widths', async () => {
    const window = await open(usual, [3, 4, 5, 6, 7, 8, 9]);
    const view = await openQueue(window, 'Up next');
    await view.getByRole('button', { name: 'Start' }).click();
    await statusReads(window, /AI: Working · Narrate/);
    await view.getByText('stops at the seventh').waitFor();
    await window.openFile('outline.md');
    await resizeSidebar(window, 340);
    await window.page.mouse.move(900, 500);
    const sidebar = window.page.locator('.part.sidebar');
    await window.screenshotInThemes('queue', sidebar);
    await window.screenshotInThemes('window');
    await keepForReadme(await window.screenshot('window-dark'));
    await resizeSidebar(window, 240);
    await window.screenshot('queue-narrow', sidebar);
    await resizeSidebar(window, 640);
    await window.screenshot('queue-wide', sidebar);
    await window.close();
  });

  it('a thousand tasks', async () => {
    const many = Array.from({ length: 1_000 }, (_, n) => task(n + 1, `Task number ${n + 1}`));
    const window = await open(many, many.map(({ id }) => id).slice(0, 1));
    const view = await openQueue(window, 'Task number 7');
    await rowsOf(view, 'upNext', 'Task number 7').first().waitFor();
    await window.screenshot('queue-thousand');
    await window.close();
  });

  it('titles of any length and script', async () => {
    const window = await open(long, [1, 2, 3, 4]);
    const view = await openQueue(window, 'Rewrite');
    await rowsOf(view, 'upNext', 'Not bold').waitFor();
    await resizeSidebar(window, 340);
    await window.page.mouse.move(900, 500);
    await window.screenshot('queue-long-titles');
    await window.close();
  });
});
