#!/usr/bin/env node
/**
 * Stands in for the desktop `code` program where none can be had: takes the arguments that
 * `@vscode/test-electron` gives, runs the same suites in the extension host of a real VS Code,
 * prints what the host prints and exits with the suites' exit code.
 *
 * Decides nothing about suites, and never falls back to anything when it cannot run them.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'node:util';
import type { Browser } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import { ensureVSCode } from './install.ts';
import { startVSCode } from './server.ts';
import type { VSCodeServer } from './server.ts';

/** Exit codes beside the suites' own 0 and 1. */
const exitCodes = {
  usage: 2,
  notRun: 3,
  crashed: 4,
  leftBehind: 5,
  timedOut: 124,
  interrupted: 130,
} as const;

const defaultLimitMs = 480_000;

interface Order {
  readonly extensions: readonly string[];
  readonly tests: string;
  readonly folder: string;
}

function parse(argv: readonly string[]): Order | undefined {
  const extensions: string[] = [];
  let tests: string | undefined;
  let folder: string | undefined;
  for (const argument of argv) {
    const [name = '', value = ''] = argument.split(/=(.*)/s);
    if (name === '--extensionDevelopmentPath') extensions.push(value);
    else if (name === '--extensionTestsPath') tests = value;
    else if (name === '--folder-uri') folder = fileURLToPath(value);
    else if (!name.startsWith('-')) folder = resolve(argument);
  }
  if (tests === undefined || folder === undefined || extensions.length === 0) return undefined;
  return { extensions, tests, folder };
}

/** What the workbench says about itself on its console, which is no news to a test's reader. */
const noise =
  /spdlog\.node|open-vsx|Extension host \(Remote\) is|^(Resolv|Creating a socket|\[(Service Worker|reconnection|AgentHost|AccountPolicy)|Updating additional)/;

async function runSuites(server: VSCodeServer, browser: Browser, order: Order): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const limitMs = Number(process.env['SIGNALBOX_VSCODE_LIMIT_MS'] ?? defaultLimitMs);
  return await new Promise((finish, reject) => {
    const timer = setTimeout(() => {
      console.error(`The suites did not end within ${limitMs} ms.`);
      finish(exitCodes.timedOut);
    }, limitMs);
    timer.unref();
    page.on('pageerror', (error) => console.error(`Error in the workbench: ${error.message}`));
    page.on('crash', () => finish(exitCodes.crashed));

    let suitesSpeak = false;
    const open = async (): Promise<void> => {
      // The workbench calls these two by name, so they must be there before it loads.
      await page.exposeFunction('codeAutomationLog', (type: string, args: readonly unknown[]) => {
        const text = format(...args);
        if (noise.test(text)) return;
        suitesSpeak ||= type === 'info';
        if (suitesSpeak && (type === 'info' || type === 'error')) console.log(text);
      });
      await page.exposeFunction('codeAutomationExit', finish);
      const payload: [string, string][] = order.extensions.map((extension) => [
        'extensionDevelopmentPath',
        server.remoteUri(extension),
      ]);
      payload.push(['extensionTestsPath', server.remoteUri(order.tests)]);
      await page.goto(server.url(order.folder, payload), { waitUntil: 'commit' });
    };
    open().catch(reject);
  });
}

async function main(): Promise<number> {
  const order = parse(process.argv.slice(2));
  if (order === undefined) {
    console.error(
      'usage: code-web FOLDER --extensionDevelopmentPath=DIR --extensionTestsPath=FILE',
    );
    return exitCodes.usage;
  }
  let server: VSCodeServer | undefined;
  let browser: Browser | undefined;
  const stop = async (): Promise<number> => {
    await browser?.close();
    const leftovers = (await server?.stop()) ?? [];
    for (const { pid, command } of leftovers) console.error(`Left behind: ${pid} ${command}`);
    return leftovers.length;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(exitCodes.interrupted)));
  }
  let code: number;
  try {
    server = await startVSCode(await ensureVSCode(console.error), { testMode: true });
    browser = await launchChromium();
    code = await runSuites(server, browser, order);
  } catch (error) {
    console.error(error);
    code = exitCodes.notRun;
  }
  const left = await stop();
  return code === 0 && left > 0 ? exitCodes.leftBehind : code;
}

process.exit(await main());
