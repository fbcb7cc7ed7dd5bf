/**
 * One VS Code server and one browser, and the windows that a suite opens there.
 *
 * What is inside a window is `workbench.ts`; suites never talk to server and browser directly.
 */
import type { Browser, BrowserContext } from 'playwright-core';
import { launchChromium } from '../launcher/chromium.ts';
import { ensureVSCode } from '../launcher/install.ts';
import { startVSCode } from '../launcher/server.ts';
import type { VSCodeOptions, VSCodeServer } from '../launcher/server.ts';
import { SetupError } from '../launcher/setupError.ts';
import { themes } from './themes.ts';
import { Workbench } from './workbench.ts';

/** How long one step in the workbench may take on a loaded machine. */
const stepLimitMs = 90_000;

/** Sessions not yet stopped, so that a failed suite still leaves nothing and shows its windows. */
const open = new Set<Session>();

export class Session {
  readonly server: VSCodeServer;
  readonly #browser: Browser;
  readonly #context: BrowserContext;
  readonly #windows: Workbench[] = [];

  private constructor(server: VSCodeServer, browser: Browser, context: BrowserContext) {
    this.server = server;
    this.#browser = browser;
    this.#context = context;
  }

  /**
   * Starts the server with the packaged extension (`$SIGNALBOX_VSIX`) and the browser.
   *
   * @throws {SetupError} When this machine lacks what it takes.
   */
  static async start(options: VSCodeOptions = {}): Promise<Session> {
    const installation = await ensureVSCode(console.error);
    const server = await startVSCode(installation, {
      vsix: [packagedExtension()],
      ...options,
      settings: { 'workbench.colorTheme': themes.dark.label, ...options.settings },
    });
    try {
      const browser = await launchChromium();
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      context.setDefaultTimeout(stepLimitMs);
      const session = new Session(server, browser, context);
      open.add(session);
      return session;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Opens a window on `folder`. Each window has an extension host of its own. */
  async openWindow(folder: string): Promise<Workbench> {
    const workbench = new Workbench(await this.#context.newPage());
    this.#windows.push(workbench);
    await workbench.load(this.server.url(folder));
    return workbench;
  }

  /** The windows that are open now. */
  get windows(): readonly Workbench[] {
    return this.#windows.filter(({ page }) => !page.isClosed());
  }

  /**
   * Ends browser, server and all that they started.
   *
   * @throws {Error} When a window saw an error in its page, or a process would have been left
   *   behind: a product that leaves its agents at work fails here.
   */
  async stop(): Promise<void> {
    open.delete(this);
    await this.#browser.close();
    const leftovers = await this.server.stop();
    const complaints = [
      ...this.#windows.flatMap((window) => window.errors),
      ...leftovers.map(({ pid, command }) => `Left behind when VS Code ended: ${pid} ${command}`),
    ];
    if (complaints.length > 0) throw new Error(complaints.join('\n'));
  }
}

export function openSessions(): readonly Session[] {
  return [...open];
}

/** @throws {SetupError} `NO_VSIX` */
function packagedExtension(): string {
  const path = process.env['SIGNALBOX_VSIX'];
  if (path === undefined) {
    throw new SetupError('NO_VSIX', 'SIGNALBOX_VSIX must name the packaged extension.');
  }
  return path;
}
