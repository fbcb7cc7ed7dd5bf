/**
 * The pages that are open in the browser: each hears what the queue's events say, and asks.
 *
 * One page is one stream of lines of JSON, and messages that come by themselves. What they mean is
 * the protocol's; who may open one was judged before.
 */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { HostMessage, RequestHandlers } from '../protocol/webview.ts';
import type { ResponseMessage } from '../protocol/webview.ts';
import { answerRequest, parseWebviewMessage, webviewProtocol } from '../protocol/webview.ts';
import type { ViewEvent } from '../view/events.ts';
import type { Told } from '../view/publisher.ts';

/** As many as a person could look at. */
const maxPages = 50;
/** A page that takes in less than this much is hung up on; it comes back and asks for the whole. */
const maxUnreadBytes = 16 * 1024 * 1024;
/** An empty line as often as this tells a page that its wire is whole. */
const beatMs = 10_000;

export interface ConversationsOptions {
  readonly snapshot: () => Promise<Told>;
  /** What a page may ask; `tell` speaks to that page alone. */
  readonly handlersFor: (tell: (message: HostMessage) => void) => RequestHandlers;
  readonly warn: (message: string) => void;
}

export type Heard =
  | { readonly type: 'answer'; readonly answer: ResponseMessage }
  /** The answer comes through the page's stream. */
  | { readonly type: 'noted' }
  | { readonly type: 'unreadable' }
  | { readonly type: 'no-such-page' };

export class Conversations {
  readonly #options: ConversationsOptions;
  readonly #pages = new Map<string, Page>();
  readonly #beat: NodeJS.Timeout;

  constructor(options: ConversationsOptions) {
    this.#options = options;
    this.#beat = setInterval(() => {
      for (const page of this.#pages.values()) page.write('\n');
    }, beatMs);
  }

  /** Whether no further page may be opened. */
  get isFull(): boolean {
    return this.#pages.size >= maxPages;
  }

  /** Begins a stream on `response`. */
  open(response: ServerResponse): void {
    const id = randomUUID();
    const page = new Page(response, this.#options.handlersFor);
    this.#pages.set(id, page);
    response.on('close', () => this.#pages.delete(id));
    page.write(`${JSON.stringify({ page: id })}\n`);
  }

  async hear(id: string, value: unknown): Promise<Heard> {
    const page = this.#pages.get(id);
    const parsed = parseWebviewMessage(value);
    if (!parsed.ok) {
      this.#options.warn(`A message of the page was dropped: ${parsed.problem}`);
      return { type: 'unreadable' };
    }
    const { message } = parsed;
    if (message.type === 'request') {
      // A page that goes away sends what was meant, and its stream may be gone before that is read.
      const handlers = page?.handlers ?? this.#options.handlersFor(() => undefined);
      return { type: 'answer', answer: await answerRequest(handlers, message) };
    }
    if (page === undefined) return { type: 'no-such-page' };
    const { end, model } = await this.#options.snapshot();
    page.say({ type: 'snapshot', protocol: webviewProtocol, end, model });
    page.follows = true;
    return { type: 'noted' };
  }

  tell(event: ViewEvent): void {
    if (event.type === 'log' || event.type === 'edit') return;
    let line: string | undefined;
    for (const page of this.#pages.values()) {
      // However many look, the model of a long queue is written down once.
      if (page.follows) page.write((line ??= `${JSON.stringify(event)}\n`));
    }
  }

  close(): void {
    clearInterval(this.#beat);
    for (const page of this.#pages.values()) page.end();
  }
}

class Page {
  /** It has the whole and follows; before that, there is nothing it could do with an update. */
  follows = false;
  readonly handlers: RequestHandlers;
  readonly #response: ServerResponse;

  constructor(response: ServerResponse, handlersFor: ConversationsOptions['handlersFor']) {
    this.#response = response;
    this.handlers = handlersFor((message) => this.say(message));
  }

  say(message: HostMessage): void {
    this.write(`${JSON.stringify(message)}\n`);
  }

  write(line: string): void {
    if (this.#response.destroyed) return;
    if (this.#response.writableLength > maxUnreadBytes) this.#response.destroy();
    else this.#response.write(line);
  }

  end(): void {
    this.#response.end();
  }
}
