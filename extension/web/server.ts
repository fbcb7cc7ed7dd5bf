/**
 * The page's server: on the loopback interface only, for one browser, and nothing but the page.
 *
 * Judges each request before anything else reads it: the name it was sent to, where it comes from,
 * and what it brings along. What messages mean is `conversations`'.
 */
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Admission } from './admission.ts';
import type { Conversations } from './conversations.ts';
import { appDocument, entryDocument, noEntry, text, wrongHost } from './documents.ts';
import type { Reply } from './documents.ts';

const loopback = '127.0.0.1';
/** Longer than any message that the protocol lets through. */
const maxMessageBytes = 1024 * 1024;

/** Everything that is served beside the page, from the package. */
const files: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '/web.js': { file: 'dist/web.js', type: 'text/javascript; charset=utf-8' },
  '/web.css': { file: 'dist/web.css', type: 'text/css; charset=utf-8' },
  '/codicon.ttf': { file: 'dist/codicon.ttf', type: 'font/ttf' },
  '/signalbox.svg': { file: 'media/signalbox.svg', type: 'image/svg+xml' },
};

const headers = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

export interface WebServerOptions {
  /** Where the package lies: `dist/` and `media/` are in it. */
  readonly packageDir: string;
  /** What the page is called: the workspace's folder. */
  readonly title: string;
  readonly conversations: Conversations;
}

export class WebServer {
  readonly #options: WebServerOptions;
  readonly #admission = new Admission();
  readonly #server: Server;

  constructor(options: WebServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** @param port 0 for any that is free. Rejects with the system's error where it cannot be had. */
  async listen(port: number): Promise<{ readonly url: string; readonly port: number }> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, loopback, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    return {
      url: `http://${loopback}:${this.#port}/?token=${this.#admission.token}`,
      port: this.#port,
    };
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#options.conversations.close();
    this.#server.closeAllConnections();
    await closed;
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    try {
      const reply = await this.#route(request, response);
      if (reply === null) return;
      response.writeHead(reply.status, reply.headers);
      response.end(reply.body);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end(error instanceof Error ? error.message : '');
    }
  }

  /** Null where the answer is on its way already. */
  async #route(request: IncomingMessage, response: ServerResponse): Promise<Reply | null> {
    const { method = '', url = '/' } = request;
    const { host = '', cookie } = request.headers;
    // A name of others that leads here (DNS rebinding) would make their page one of ours.
    if (host !== `${loopback}:${this.#port}` && host !== `localhost:${this.#port}`)
      return wrongHost;
    if (!isFromHere(request, host)) return onlyThePage;
    const { pathname, searchParams } = new URL(url, `http://${host}`);
    const token = searchParams.get('token');
    if (method === 'GET' && pathname === '/' && token !== null) return this.#enter(token, response);
    if (!this.#admission.isKnown(cookie, this.#port)) {
      return pathname === '/say' || pathname === '/stream' ? onlyThePage : noEntry;
    }
    if (method === 'POST' && pathname === '/say') return this.#hear(request);
    if (method !== 'GET') return text(405, 'The page asks otherwise.');
    if (pathname === '/stream') return this.#open(request, response);
    if (pathname === '/') return appDocument(this.#options.title);
    const file = Object.hasOwn(files, pathname) ? files[pathname] : undefined;
    if (file === undefined) return text(404, 'There is nothing here.');
    response.setHeader('Content-Type', file.type);
    createReadStream(path.join(this.#options.packageDir, file.file))
      .on('error', (error) => response.destroy(error))
      .pipe(response);
    return null;
  }

  #enter(token: string, response: ServerResponse): Reply {
    const entered = this.#admission.enter(token, this.#port);
    if (entered === null) return noEntry;
    response.setHeader('Set-Cookie', entered.cookie);
    return entryDocument(entered.key);
  }

  #open(request: IncomingMessage, response: ServerResponse): Reply | null {
    if (!this.#admission.isFromPage(request.headers['signalbox-key'])) return onlyThePage;
    if (this.#options.conversations.isFull) return text(503, 'Too many pages are open.');
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson; charset=utf-8' });
    this.#options.conversations.open(response);
    return null;
  }

  async #hear(request: IncomingMessage): Promise<Reply> {
    const { origin, host, 'signalbox-key': key, 'signalbox-page': page } = request.headers;
    const isJson = request.headers['content-type']?.startsWith('application/json') === true;
    const isOwn = origin === `http://${host ?? ''}` && this.#admission.isFromPage(key);
    if (!isOwn || !isJson) return onlyThePage;
    const value = await readJson(request);
    if (value === undefined) return noMessage;
    const heard = await this.#options.conversations.hear(String(page), value);
    switch (heard.type) {
      case 'answer': {
        const type = { 'Content-Type': 'application/json; charset=utf-8' };
        return { status: 200, body: JSON.stringify(heard.answer), headers: type };
      }
      case 'noted':
        return text(202, '');
      case 'unreadable':
        return noMessage;
      case 'no-such-page':
        return text(409, 'The page is not connected.');
    }
  }
}

const onlyThePage = text(403, 'Only the page itself may ask.');
const noMessage = text(400, 'That is no message.');

/** Browsers say where a request comes from; other programs need the cookie and the key anyway. */
function isFromHere({ headers: said, method, url = '/' }: IncomingMessage, host: string): boolean {
  if (said.origin !== undefined && said.origin !== `http://${host}`) return false;
  const site = said['sec-fetch-site'];
  // A link may lead to the page from anywhere; without the cookie it leads no further.
  const isVisit =
    method === 'GET' && said['sec-fetch-mode'] === 'navigate' && /^\/(\?|$)/.test(url);
  return site === undefined || site === 'same-origin' || site === 'none' || isVisit;
}

/** Undefined for what is no JSON, or too long. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > maxMessageBytes) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    // Said to whoever sent it.
    return undefined;
  }
}
