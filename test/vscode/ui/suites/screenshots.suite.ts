/** Pictures of the queue in a real window, for people to look at; they say nothing by themselves. */
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { projectRoot } from '../../launcher/paths.ts';
import { configureStoryteller } from '../../../../scripts/examples.ts';
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

const failure = {
  ...{ agent: 'Codex', error_class: 'BUILD_ERROR', message: 'out of memory', at: at(-30) },
};

/** What a person has in front of them on a usual afternoon. */
const usual = [
  task(1, 'Outline the chapter', done),
  task(2, 'Collect the names of the harbour', { ...done, completed_on: at(-9) }),
  task(3, 'Narrate the harbour scene', {
    ...{ priority: 'HIGH', estimate_minutes: 2, program: 'acp:Storyteller' },
    description: 'Narrate the evening in story/outline.md, and ask before you write.',
  }),
  task(4, 'Scene image prompt for the harbour', {
    ...{ priority: 'HIGH', kind: 'sd_prompt', estimate_minutes: 2 },
  }),
  task(5, 'Harbour scene image', { kind: 'sd', estimate_minutes: 3 }),
  task(6, 'Fix the failing date test in reports', { estimate_minutes: 4 }),
  task(7, 'Describe new screenshots for the handbook', {
    ...{ priority: 'LOW', background: true, estimate_minutes: 2 },
  }),
  task(8, 'Generate the PDF', { dependencies: [3] }),
  task(9, 'Publish the preview build', { not_before: at(95) }),
  task(10, 'Render the map tiles', {
    ...{ program: null, status: 'poisoned', failures: 4, attempts: 4 },
    past: { error_class: 'BUILD_ERROR', last_failure: failure },
  }),
  task(11, 'Migrate the sessions table', { program: null }),
  task(12, 'Review the imports', { program: null }),
];

const long = [
  task(1, 'Rewrite the whole of the third chapter so that nobody in it knows about the lighthouse'),
  task(2, `Überprüfe ${'Donaudampfschifffahrtsgesellschaft'.repeat(3)} und شَرْح المَهامّ 🚢`),
  task(3, '<b>Not bold</b> $(flame) \u202egnp.exe [link](command:workbench.action.quit)'),
  task(4, 'After it', { dependencies: [2] }),
  task(5, 'Translate the preface', {
    program: 'shell:npx translate preface.md --from en --to fr --keep-names --out preface.fr.md',
  }),
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

  async function open(
    queue: readonly object[],
    approved: readonly number[],
    held: Readonly<Record<number, string>> = {},
  ): Promise<Workbench> {
    const place = { ...makePlace('harbour'), env: env.env };
    places.push(place);
    placeFile(place, 'examples/story', 'story');
    await placeQueue(place, queue, approved, held);
    return await session.openWindow(place.folder);
  }

  before(async () => {
    configureStoryteller({ ...process.env, ...env.env });
    session = await Session.start({ env: env.env });
  });
  after(async () => {
    await session.stop();
    for (const place of [...places, env]) place.remove();
  });

  it('a usual afternoon, in all themes and widths', async () => {
    const window = await open(usual, [3, 4, 5, 6, 7, 8, 9], { 11: 'Copilot', 12: 'Claude' });
    const view = await openQueue(window, 'Up next');
    await view.getByRole('button', { name: 'Start' }).click();
    await statusReads(window, /AI: Working · Narrate/);
    await view.getByText('It was never there before').waitFor();
    // It asks, and goes on only when it is answered: all pictures are of the same moment.
    await view.getByRole('button', { name: 'Allow' }).waitFor();
    await window.openFile('outline.md');
    await window.page.setViewportSize({ width: 1280, height: 940 });
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
