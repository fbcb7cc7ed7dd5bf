/**
 * `signalbox dashboard --web` as it ships, and two who use it: a real browser, and a program that
 * knows how the page talks to its server and can lie.
 */
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import type { HostMessage, RequestMessage } from '../../extension/protocol/webview.ts';
import type { Started, Workspace } from './cli.ts';
import { eventually } from './supervisor.ts';

export interface Dashboard {
  /** The address with the token that opens it. */
  readonly url: string;
  readonly port: number;
  readonly process: Started;
}

/** It serves until it is told to end, and a whole file of tests on a slow machine may use it. */
const longestTestMs = 600_000;

/** Starts it in the workspace; it is killed with the workspace, if it still runs then. */
export async function startDashboard(
  ws: Workspace,
  ...options: readonly string[]
): Promise<Dashboard> {
  const process = ws.start(['dashboard', '--web', '--json', ...options], {
    deadlineMs: longestTestMs,
  });
  const line = await eventually('the dashboard says where it is', async () => {
    const said = process.said();
    if (process.child.exitCode !== null) throw new Error(`The dashboard ended: ${said}`);
    return said.includes('\n') && said;
  });
  const { url, port } = JSON.parse(line) as { readonly url: string; readonly port: number };
  return { url, port, process };
}

const patienceMs = 60_000;

export async function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['SIGNALBOX_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
}

/** A page in a browser of its own, as far as cookies go, and what it did that it should not. */
export interface Visit {
  readonly page: Page;
  /** Whatever the policy stopped, whatever broke, and every request that left the server. */
  readonly complaints: readonly string[];
}

export async function visit(browser: Browser, { url, port }: Dashboard): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // What the network says of a server that was ended is what the test is about.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      complaints.push(message.text());
    }
  });
  page.on('request', (each) => {
    if (new URL(each.url()).host !== `127.0.0.1:${port}`) complaints.push(each.url());
  });
  await context.addInitScript({
    content: `document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      console.error('Stopped by the policy: ' + violatedDirective + ' ' + blockedURI);
    });`,
  });
  await page.goto(url);
  return { page, complaints };
}

export interface Answered {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

type Headers = Readonly<Record<string, string>>;

/** Sends exactly these headers, which no browser would let a page choose. */
export function ask(
  port: number,
  path: string,
  headers: Headers = {},
  { method = 'GET', body }: { readonly method?: string; readonly body?: string } = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      const { statusCode: status = 0, headers: told } = response;
      // A stream has no end to wait for.
      if (told['content-type']?.includes('ndjson') === true) {
        response.destroy();
        resolve({ status, body: '', headers: told });
        return;
      }
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({ status, body: text, headers: told });
      });
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A page without a browser: entered with the token, and listening. */
export class Programmed {
  readonly port: number;
  readonly cookie: string;
  readonly key: string;
  readonly heard: HostMessage[] = [];
  #page = '';
  #lastId = 0;

  private constructor(port: number, cookie: string, key: string) {
    this.port = port;
    this.cookie = cookie;
    this.key = key;
  }

  static async enter({ url, port }: Dashboard): Promise<Programmed> {
    const { pathname, search } = new URL(url);
    const { headers, body } = await ask(port, pathname + search);
    const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    const key = /url=\/#([\w-]+)/.exec(body)?.[1] ?? '';
    return new Programmed(port, cookie, key);
  }

  get headers(): Headers {
    return { Cookie: this.cookie, 'Signalbox-Key': this.key };
  }

  /** Follows the stream until the test ends. */
  async listen(): Promise<void> {
    const { port, headers } = this;
    let rest = '';
    const sent = request({ host: '127.0.0.1', port, path: '/stream', headers }, (response) => {
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines.filter(Boolean)) this.#take(JSON.parse(line) as HostMessage);
      });
      // It ends with the server.
      response.on('error', () => undefined);
    });
    sent.on('error', () => undefined);
    sent.end();
    onTestFinished(() => void sent.destroy());
    await eventually('the stream begins', () => this.#page !== '');
    await this.say({ type: 'ready', protocol: 1 });
  }

  say(message: unknown, changed: Headers = {}): Promise<Answered> {
    const headers = {
      ...this.headers,
      Origin: `http://127.0.0.1:${this.port}`,
      'Content-Type': 'application/json',
      'Signalbox-Page': this.#page,
      ...changed,
    };
    return ask(this.port, '/say', headers, { method: 'POST', body: JSON.stringify(message) });
  }

  /** What is answered to a request of the protocol. */
  async request<Name extends RequestMessage['name']>(
    name: Name,
    params: Extract<RequestMessage, { name: Name }>['params'],
  ): Promise<unknown> {
    const { body } = await this.say({ type: 'request', id: ++this.#lastId, name, params });
    return (JSON.parse(body) as { readonly result: unknown }).result;
  }

  /** The newest model that it was told, once it is as wanted. */
  async sees(
    what: string,
    isSo: (model: Extract<HostMessage, { type: 'snapshot' }>['model']) => boolean,
  ): Promise<void> {
    await eventually(what, () => {
      const told = this.heard.filter((each) => each.type === 'snapshot' || each.type === 'update');
      const model = told.at(-1)?.model;
      return model !== undefined && isSo(model);
    });
  }

  #take(said: HostMessage | { readonly page: string }): void {
    if ('page' in said && !('type' in said)) this.#page = said.page;
    else this.heard.push(said as HostMessage);
  }
}
