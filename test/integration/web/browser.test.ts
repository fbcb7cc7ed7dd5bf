/** `dashboard --web` in a real browser: what a person sees there, and what becomes of what they do. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { preparedWorkspace } from '../../support/cli.ts';
import type { Workspace } from '../../support/cli.ts';
import { eventually } from '../../support/supervisor.ts';
import { startBrowser, startDashboard, visit } from '../../support/webDashboard.ts';

const pictures = path.resolve(import.meta.dirname, '../../../out/looks');

let browser: Browser;
beforeAll(async () => {
  await mkdir(pictures, { recursive: true });
  browser = await startBrowser();
});
afterAll(() => browser.close());

const row = (page: Page, title: string) => page.locator('.upNext .row', { hasText: title });

/** Of the newest event of that kind, once there is one. */
async function recorded(ws: Workspace, event: string) {
  return eventually(`${event} is recorded`, () =>
    ws.log().findLast((line) => line.event === event),
  );
}

async function fits(page: Page): Promise<void> {
  const over = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(over).toBe(0);
}

test('what another process adds appears, and its text is only text, at every width and in every light', async () => {
  const ws = await preparedWorkspace();
  const { page, complaints } = await visit(browser, await startDashboard(ws));
  await page.getByText('Nothing is queued.').waitFor();

  await ws.add('<img src=x onerror="globalThis.harmed=1"> \u202eand back');
  await ws.add(`Long ${'and longer '.repeat(40)}`, '--program', 'shell:true');

  await row(page, '<img src=x').waitFor();
  expect(await page.locator('#app img').count()).toBe(0);
  expect(await row(page, '<img').innerText()).toContain('‹U+202E›');
  for (const [width, colorScheme] of [
    [360, 'light'],
    [1280, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: path.join(pictures, `browser-${colorScheme}-${width}.png`) });
    await fits(page);
  }
  const background = 'getComputedStyle(document.body).backgroundColor';
  expect(await page.evaluate(background)).toBe('rgb(24, 24, 24)');
  expect(await page.evaluate('globalThis.harmed')).toBeUndefined();
  expect(complaints).toEqual([]);
});

test('what is done there is in the log: a task is added, one is read and cancelled, one is interrupted', async () => {
  const ws = await preparedWorkspace();
  await ws.addShell('Runs for long', 'sleep 600');
  await ws.add('To be cancelled');
  ws.start(['run']);
  const { page, complaints } = await visit(browser, await startDashboard(ws));

  await page.getByRole('button', { name: 'Add task' }).click();
  await page.getByLabel('Title').fill('Written in the browser');
  await page.getByLabel('Title').press('Enter');
  await row(page, 'Written in the browser').waitFor();
  const created = await recorded(ws, 'CREATED');
  expect(created).toMatchObject({ task: 3, agent: expect.stringMatching(/^human:/) });

  await row(page, 'To be cancelled').click();
  await page.locator('dialog.page[open]').getByText('pending').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.locator('dialog.page[open]').waitFor({ state: 'detached' });
  await row(page, 'To be cancelled').press('Delete');
  await page.getByText('Undo').waitFor();
  // Whoever leaves meant it: what is held back for an undo is sent. The page comes back as it was.
  await page.reload();
  await row(page, 'Written in the browser').waitFor();
  expect(await recorded(ws, 'CANCELLED')).toMatchObject({ task: 2, agent: created.agent });

  await page.getByRole('button', { name: 'Interrupt' }).click();
  await page.locator('.needsYou .row', { hasText: 'Runs for long' }).waitFor();
  expect(await recorded(ws, 'INTERRUPTED')).toMatchObject({ task: 1 });
  expect(complaints).toEqual([]);
});

test('a second browser is told that the address was used, and the first that its dashboard ended', async () => {
  const ws = await preparedWorkspace();
  await ws.add('Stays in sight');
  const first = await startDashboard(ws);
  const { page } = await visit(browser, first);
  await row(page, 'Stays in sight').waitFor();

  const late = await visit(browser, first);
  await late.page.getByRole('heading', { name: 'does not open the dashboard' }).waitFor();

  first.process.kill('SIGINT');
  expect(await first.process.ended).toMatchObject({ code: 0, stderr: '' });
  await page.getByText('does not answer').waitFor();
  await startDashboard(ws, '--port', String(first.port));

  await page.getByText('belongs to a dashboard that has ended').waitFor();
  expect(await row(page, 'Stays in sight').count()).toBe(1);
  expect(await page.getByRole('button', { name: 'Add task' }).count()).toBe(0);
});
