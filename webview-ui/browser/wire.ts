/**
 * The wire between the page and the server that it came from: a stream of what the server says, and
 * messages to it. Comes back by itself when it breaks, and says so meanwhile.
 *
 * Takes the editor's part towards the view, and knows nothing of what messages mean.
 */
import type { VsCodeApi } from '../host.ts';
import type { WebviewMessage } from '../../extension/protocol/webview.ts';

/** What the page's own key is kept under; only pages of this address can read it. */
const keyName = 'signalbox.key';
const stateName = 'signalbox.state';
const firstPauseMs = 250;
const longestPauseMs = 2_000;
/** The server says something more often than this, and if it were an empty line. */
const silenceMs = 35_000;
/** The most that a browser still sends for a page that goes away. */
const keptAliveChars = 30_000;

export interface WireOptions {
  /** What the view asks of the browser itself; true for what was done. */
  readonly local: (message: WebviewMessage & { type: 'request' }) => boolean;
  /** Why the wire is broken, in words; null once it is whole. */
  readonly onState: (broken: string | null) => void;
}

export class Wire implements VsCodeApi {
  /** Hears what the server says, as `message` events. */
  readonly incoming = new EventTarget();
  readonly #options: WireOptions;
  readonly #key: string;
  #page = '';

  constructor(options: WireOptions) {
    this.#options = options;
    this.#key = takeKey();
  }

  postMessage(message: unknown): void {
    const said = message as WebviewMessage;
    if (said.type === 'request' && this.#options.local(said)) {
      this.#hear({ type: 'response', id: said.id, result: { ok: true } });
    } else if (said.type === 'request' || this.#page !== '') {
      void this.#send(said);
    }
    // Whoever asks for the whole before there is a stream is asked to ask again once there is one.
  }

  getState(): unknown {
    try {
      return JSON.parse(localStorage.getItem(stateName) ?? 'null');
    } catch {
      // Kept by nobody, or by another version.
      return undefined;
    }
  }

  setState(state: unknown): void {
    localStorage.setItem(stateName, JSON.stringify(state));
  }

  /** Listens until the server says that this page is none of its own. */
  async listen(): Promise<void> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      const heard = await this.#stream();
      this.#page = '';
      if (heard === 'refused') {
        this.#options.onState(
          'This page belongs to a dashboard that has ended. Start `signalbox dashboard --web` again, and open the address that it prints.',
        );
        return;
      }
      if (heard === 'something') pauseMs = firstPauseMs;
      this.#options.onState('The dashboard does not answer. Trying again …');
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async #stream(): Promise<'refused' | 'nothing' | 'something'> {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), silenceMs);
    let heard: 'nothing' | 'something' = 'nothing';
    try {
      const { signal } = silence;
      const response = await fetch('/stream', { headers: this.#headers(), signal });
      if (response.status === 403) return 'refused';
      if (!response.ok || response.body === null) return 'nothing';
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ''; ;) {
        const { done, value } = await reader.read();
        if (done) return heard;
        heard = 'something';
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), silenceMs);
        const lines = (rest + value).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') this.#take(JSON.parse(line) as unknown);
      }
    } catch {
      // Broken off, or nobody is there: the next try says more.
      return heard;
    } finally {
      clearTimeout(timer);
    }
  }

  #take(said: unknown): void {
    // The first line of a stream names it.
    if (typeof said === 'object' && said !== null && 'page' in said && !('type' in said)) {
      this.#page = String(said.page);
      this.#options.onState(null);
      return;
    }
    this.#hear(said);
  }

  async #send(message: WebviewMessage): Promise<void> {
    const body = JSON.stringify(message);
    try {
      const response = await fetch('/say', {
        method: 'POST',
        headers: {
          ...this.#headers(),
          'Content-Type': 'application/json',
          'Signalbox-Page': this.#page,
        },
        body,
        // What a person asked for in the moment they leave is still sent.
        keepalive: body.length <= keptAliveChars,
      });
      if (response.status === 200) this.#hear(await response.json());
      else if (message.type === 'request' && !response.ok) {
        this.#fail(message.id, `The dashboard refused: ${(await response.text()).trim()}`);
      }
    } catch {
      if (message.type === 'request') this.#fail(message.id, 'The dashboard does not answer.');
    }
  }

  #headers(): Record<string, string> {
    return { 'Signalbox-Key': this.#key };
  }

  #fail(id: number, error: string): void {
    this.#hear({ type: 'failure', id, error });
  }

  #hear(data: unknown): void {
    this.incoming.dispatchEvent(new MessageEvent('message', { data }));
  }
}

/** The key came behind the `#` of the first address, which no server sees; then it is kept here. */
function takeKey(): string {
  const given = location.hash.slice(1);
  if (given !== '') {
    localStorage.setItem(keyName, given);
    history.replaceState(null, '', '/');
  }
  return localStorage.getItem(keyName) ?? '';
}
