/**
 * Runs the UI suites: Mocha in this Node, the packaged extension in a real workbench.
 *
 * Keeps a picture of every open window when a test fails; says nothing about what is tested.
 */
import type { Context } from 'mocha';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findChromium } from '../launcher/chromium.ts';
import { ensureVSCode } from '../launcher/install.ts';
import type { Result } from '../support/result.ts';
import { runMocha } from '../support/runMocha.ts';
import { openSessions } from './session.ts';

/** A test drives a person's whole way through a feature. */
const testLimitMs = 400_000;

/**
 * @param bundles Folder with the bundled suites.
 * @throws {SetupError} When this machine lacks what it takes; nothing has run then.
 */
export async function runUi(bundles: string): Promise<Result> {
  findChromium();
  await ensureVSCode(console.error);
  const suites = readdirSync(bundles).filter((name) => name.endsWith('.suite.mjs'));
  try {
    return await runMocha(
      suites.sort().map((name) => join(bundles, name)),
      { timeout: testLimitMs, slow: testLimitMs, rootHooks: { afterEach: keepPictures } },
    );
  } finally {
    // A suite that failed in its set-up has not come to stopping its session.
    await Promise.allSettled(openSessions().map((session) => session.stop()));
  }
}

async function keepPictures(this: Context): Promise<void> {
  if (this.currentTest?.state !== 'failed') return;
  const name = this.currentTest.fullTitle().replace(/[^A-Za-z0-9]+/g, '-');
  const windows = openSessions().flatMap((session) => session.windows);
  for (const [index, window] of windows.entries()) {
    // A window that cannot be drawn any more must not hide why the test failed.
    const path = await window.screenshot(`failed/${name}-${index}`).catch(String);
    console.log(`  window ${index} then: ${path}`);
  }
}
