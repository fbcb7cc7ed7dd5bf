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
