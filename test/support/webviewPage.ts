/**
 * Shows the queue view's bundle in a real browser, under the policy of the editor's webview, with a
 * host that the test plays.
 *
 * Shows no editor: the view in VS Code itself is the business of the UI suite.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import type { Browser, Locator, Page } from 'playwright-core';
import type {
  HostMessage,
  RequestMessage,
  WebviewMessage,
} from '../../extension/protocol/webview.ts';
import { parseWebviewMessage, webviewProtocol } from '../../extension/protocol/webview.ts';
import type { QueueViewModel } from '../../extension/protocol/webviewModel.ts';
import { letPass, stillClockScript } from './stillClock.ts';

const root = path.resolve(import.meta.dirname, '../..');
const origin = 'https://webview.test';
/** A browser on a loaded machine takes its time to draw a thousand rows. */
const deadlineMs = 100_000;

export type Theme = 'dark' | 'light' | 'high-contrast';

/** The policy under which the editor shows the view. */
const policy = [
  "default-src 'none'",
  `style-src ${origin}`,
  `font-src ${origin}`,
  "script-src 'nonce-test'",
].join('; ');

export interface PageOptions {
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  /** What the host answers to `ready` in the very moment that it is said. */
  readonly welcome?: HostMessage;
}

export interface Harness extends AsyncDisposable {
  /** A page of its own, with nothing remembered from any other. */
  open(options?: PageOptions): Promise<View>;
}

/** Bundles the view, and starts a browser for it. */
export async function startWebview(): Promise<Harness> {
  const files = await bundle();
  const browser = await chromium.launch({
    executablePath: process.env['SIGNALBOX_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
    timeout: deadlineMs,
  });
  return {
    open: (options = {}) => View.open(browser, files, options),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** A page with the view in it, seen from its host. */
export class View {
  readonly page: Page;
  /** Whatever the policy stopped, and whatever broke. */
  readonly complaints: string[] = [];
  /** What the view said, in order; whatever does not parse is a complaint. */
  readonly said: WebviewMessage[] = [];

  private constructor(page: Page) {
    this.page = page;
  }

  static async open(
    browser: Browser,
    files: ReadonlyMap<string, Uint8Array | string>,
    { theme = 'dark', width = 340, height = 900, welcome }: PageOptions,
  ): Promise<View> {
    const page = await browser.newPage({
      viewport: { width, height },
      deviceScaleFactor: 2,
      reducedMotion: 'reduce',
      timezoneId: 'UTC',
    });
    page.setDefaultTimeout(deadlineMs);
    const view = new View(page);
    page.on('pageerror', (error) => view.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') view.complaints.push(message.text());
    });
    await page.exposeFunction('saidByView', (message: unknown) => view.#hear(message));
    await page.addInitScript({ content: stillClockScript });
    await page.addInitScript({ content: hostScript(welcome) });
    await page.route('**/*', async (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      const body = name === '' ? html(theme) : files.get(name);
      if (body === undefined) {
        view.complaints.push(`The view asked for ${name}`);
        await route.abort();
        return;
      }
      await route.fulfill({
        body: typeof body === 'string' ? body : Buffer.from(body),
        contentType: contentTypes[path.extname(name)] ?? 'text/html',
        headers: name === '' ? { 'Content-Security-Policy': policy } : {},
      });
    });
    await page.goto(`${origin}/`);
    await view.expectSaid('ready');
    return view;
  }

  /** Says something to the view. */
  async tell(message: HostMessage): Promise<void> {
    await this.tellRaw(message);
  }

  /** Returns when the view has heard it, which began to listen before this does. */
  async tellRaw(message: unknown): Promise<void> {
    await this.page.evaluate(`new Promise((done) => {
      addEventListener('message', () => done(null), { once: true });
      postMessage(${JSON.stringify(message)}, '*');
    })`);
  }

  /** Lets time go by for the view; it stands still for it otherwise. */
  async letPass(ms: number): Promise<void> {
    await letPass(this.page, ms);
  }

  async show(model: QueueViewModel, end = 1): Promise<void> {
    await this.tell({ type: 'snapshot', protocol: webviewProtocol, end, model });
    await this.page.locator('main').waitFor();
    await this.settled();
  }

  /** Changes theme and width as the editor would. */
  async dress(theme: Theme, width: number): Promise<void> {
    await this.page.setViewportSize({ width, height: 900 });
    await this.page.evaluate(`document.body.className = 'vscode-${theme}'`);
  }

  async widths(): Promise<{ scrollWidth: number; clientWidth: number }> {
    return this.page.evaluate(
      '({ scrollWidth: document.documentElement.scrollWidth, clientWidth: document.documentElement.clientWidth })',
    );
  }

  /**
   * What was told is folded and drawn, and what follows from that is done: a frame, after which the
   * effects of what was drawn run in a timer, which may draw anew.
   */
  async settled(): Promise<void> {
    await this.page.evaluate(`(async () => {
      for (let round = 0; round < 3; round++) {
        await new Promise((drawn) => requestAnimationFrame(drawn));
        await new Promise((done) => setTimeout(done, 0));
      }
    })()`);
  }

  /** The next thing that the view says, or said and nobody took, that `matches`. */
  async expectSaid(type: 'ready' | 'resync' | RequestMessage['name']): Promise<WebviewMessage> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const index = this.said.findIndex((message) =>
        message.type === 'request' ? message.name === type : message.type === type,
      );
      const found = index === -1 ? undefined : this.said.splice(index, 1)[0];
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`The view never said ${type}.`);
      await this.page.waitForTimeout(20);
    }
  }

  row(title: string): Locator {
    return this.page.locator('.row', { hasText: title });
  }

  /** Title of the row that has the keyboard. */
  async focusedTitle(): Promise<string> {
    return this.page.evaluate(
      `(document.activeElement?.querySelector('.t, .name, .says') ?? document.activeElement)?.textContent ?? ''`,
    );
  }

  #hear(message: unknown): void {
    const parsed = parseWebviewMessage(message);
    if (parsed.ok) this.said.push(parsed.message);
    else this.complaints.push(parsed.problem);
  }
}

const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
};

/** Plays the editor: keeps the state over reloads and hands on what the view says. */
const hostScript = (welcome: HostMessage | undefined) => `
  document.addEventListener('securitypolicyviolation', (event) => {
    console.error('Stopped by the policy: ' + event.violatedDirective + ' ' + event.blockedURI);
  });
  globalThis.acquireVsCodeApi = () => ({
    postMessage: (message) => {
      void globalThis.saidByView(structuredClone(message));
      const welcome = ${JSON.stringify(welcome ?? null)};
      if (message.type === 'ready' && welcome !== null) globalThis.dispatchEvent(new MessageEvent('message', { data: welcome }));
    },
    getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
    setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
  });
`;

function html(theme: Theme): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<link rel="stylesheet" href="${origin}/themes.css">
<link rel="stylesheet" href="${origin}/webview.css">
</head><body class="vscode-${theme}"><div id="app"></div>
<script nonce="test" src="${origin}/webview.js"></script></body></html>`;
}

async function bundle(): Promise<ReadonlyMap<string, Uint8Array | string>> {
  const { outputFiles } = await build({
    entryPoints: { webview: path.join(root, 'webview-ui/main.tsx') },
    outdir: path.join(root, 'out/webview'),
    write: false,
    bundle: true,
    platform: 'browser',
    format: 'iife',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
    logLevel: 'warning',
  });
  const files = new Map<string, Uint8Array | string>(
    outputFiles.map((file) => [path.basename(file.path), file.contents]),
  );
  files.set(
    'themes.css',
    await readFile(path.join(root, 'test/fixtures/webview/themes.css'), 'utf8'),
  );
  return files;
}
