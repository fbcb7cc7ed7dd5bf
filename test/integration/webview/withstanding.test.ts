/** The queue view in a browser: what hostile and very many tasks do to it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as models from '../../fixtures/webview/models.ts';
import { startWebview } from '../../support/webviewPage.ts';
import type { Harness, View } from '../../support/webviewPage.ts';

/** Reverses text, hides in it, or speaks to terminals. */
const deceptive = /[\u202e\u200b]|\p{Cc}(?<!\n)/u;

let harness: Harness;
let view: View;

beforeAll(async () => {
  harness = await startWebview();
});
afterAll(async () => harness[Symbol.asyncDispose]());
beforeEach(async () => {
  view = await harness.open();
});
afterEach(async () => {
  await view.page.close();
  expect(view.complaints).toEqual([]);
});

describe('what it withstands', () => {
  test('hostile text is inert and visible', async () => {
    await view.show(models.hostile(Date.now()));
    await view.page.locator('.header', { hasText: 'Done today' }).click();

    expect(await view.page.evaluate('globalThis.harmed')).toBeUndefined();
    expect(await view.page.locator('#app img, #app b b, #app script').count()).toBe(0);
    const text = await view.page.locator('#app').innerText();
    expect(text).toContain('<img src=x');
    expect(text).toContain('‹U+202E›');
    expect(text).not.toMatch(deceptive);
  });

  test('no attribute carries what text may not', async () => {
    await view.show(models.hostile(Date.now()));

    const attributes = await view.page.evaluate(
      `[...document.querySelectorAll('#app *')].flatMap((e) => [e.title, e.ariaLabel ?? '']).join('')`,
    );
    expect(attributes).not.toMatch(deceptive);
  });

  test('a command is shown whole, and no word of usual length is cut in two', async () => {
    const command = 'npx translate preface.md --from en --to fr --keep-names --out preface.fr.md';
    const model = models.attentive(Date.now());
    const rows = model.needsYou.rows.map((row) =>
      row.type === 'approval' ? { ...row, commandLine: command } : row,
    );
    await view.dress('dark', 240);
    await view.show({ ...model, needsYou: { ...model.needsYou, rows } });

    const code = view.page.locator('.ask .code');
    expect(await code.textContent()).toBe(command);
    const lines = await view.page.evaluate(`((code) => {
      const boxes = [...code.querySelectorAll('span')].map((word) => word.getClientRects().length);
      return Math.max(...boxes);
    })(document.querySelector('.ask .code'))`);
    expect(lines).toBe(1);
  });

  test('a sentence of the host shows its commands as code', async () => {
    await view.show(models.halted(Date.now()));

    const notice = view.page.getByRole('alert');
    expect(await notice.locator('code').allTextContents()).toEqual(['signalbox store recover']);
    expect(await notice.textContent()).not.toContain('`');
  });

  test('a thousand tasks draw a page of rows, and more on request', async () => {
    await view.show(models.thousand(Date.now()));
    const rows = view.page.locator('.upNext .row');
    expect(await rows.count()).toBe(51);

    await view.page.locator('.upNext .more').click();
    await view.settled();
    expect(await rows.count()).toBe(101);
    expect(view.said).toEqual([]);
  });

  test('rows that the host kept back are asked for', async () => {
    const model = models.typical(Date.now());
    await view.show({ ...model, upNext: { ...model.upNext, more: 900 } });

    await view.page.locator('.upNext .more').click();

    const asked = { params: { section: 'upNext', rows: 100 } };
    expect(await view.expectSaid('showMore')).toMatchObject(asked);
  });
});
