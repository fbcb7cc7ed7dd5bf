/**
 * Every look of the queue view is drawn without breaking the policy or its width; the pictures are
 * kept in `out/looks/` for people to compare.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as models from '../../fixtures/webview/models.ts';
import { startWebview } from '../../support/webviewPage.ts';
import type { Harness, Theme, View } from '../../support/webviewPage.ts';
import type { QueueViewModel } from '../../../extension/protocol/webviewModel.ts';

const pictures = path.resolve(import.meta.dirname, '../../../out/looks');

const looks: Readonly<Record<string, (now: number) => QueueViewModel>> = {
  typical: models.typical,
  attentive: models.attentive,
  empty: models.empty,
  stopped: models.stopped,
  stopping: models.stopping,
  untrusted: models.untrusted,
  halted: models.halted,
  long: models.longTexts,
  hostile: models.hostile,
  thousand: models.thousand,
};

interface Look {
  readonly look: string;
  readonly theme: Theme;
  readonly width: number;
}
const shown: readonly Look[] = [
  ...(['dark', 'light', 'high-contrast'] as const).flatMap((theme) =>
    [240, 340, 640].map((width) => ({ look: 'typical', theme, width })),
  ),
  ...Object.keys(looks)
    .filter((look) => look !== 'typical')
    .map((look): Look => ({ look, theme: 'dark', width: 340 })),
  ...['attentive', 'long'].flatMap((look): Look[] => [
    { look, theme: 'light', width: 240 },
    { look, theme: 'high-contrast', width: 640 },
  ]),
];

describe('the looks of the queue view', () => {
  let harness: Harness;
  let view: View;
  beforeAll(async () => {
    await mkdir(pictures, { recursive: true });
    harness = await startWebview();
    view = await harness.open();
  });
  afterAll(async () => harness[Symbol.asyncDispose]());

  test.each(shown)(
    '$look in $theme at $width px stays within its width and its policy',
    async ({ look, theme, width }) => {
      await view.dress(theme, width);
      await view.show(looks[look]!(Date.now()));

      await view.page.screenshot({
        path: path.join(pictures, `${look}-${theme}-${String(width)}.png`),
        fullPage: true,
      });

      expect(view.complaints).toEqual([]);
      const { scrollWidth, clientWidth } = await view.widths();
      expect(scrollWidth).toBe(clientWidth);
    },
  );
});
