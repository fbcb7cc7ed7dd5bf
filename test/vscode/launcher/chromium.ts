/**
 * Opens the browser that shows the workbench: the machine's own Chromium, never a download.
 *
 * Knows nothing of VS Code.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { SetupError } from './setupError.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const;

/** From a cold start, on a machine that does other things too. */
const startLimitMs = 120_000;

const quietArguments = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * `$SIGNALBOX_CHROMIUM`, else the first of the usual names on `PATH`.
 *
 * @throws {SetupError} `NO_CHROMIUM`
 */
export function findChromium(): string {
  const chosen = process.env['SIGNALBOX_CHROMIUM'];
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates =
    chosen === undefined
      ? names.flatMap((name) => folders.map((folder) => join(folder, name)))
      : [chosen];
  const found = candidates.find(isExecutable);
  if (found === undefined) {
    throw new SetupError(
      'NO_CHROMIUM',
      chosen === undefined
        ? `No Chromium on PATH (${names.join(', ')}): on Debian, apt-get install chromium.`
        : `SIGNALBOX_CHROMIUM names ${chosen}, which is not a program.`,
    );
  }
  return found;
}

/** Signals stay with the caller, whose clean-up would otherwise never run. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: quietArguments,
    timeout: startLimitMs,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not to be run: the next candidate.
    return false;
  }
}
