/**
 * Keeps the view's state in step with the host: says `ready`, folds what comes, asks again.
 *
 * Draws nothing. Listeners hear of at most one change a frame, however fast live text comes.
 */
import type { TaskId } from '../extension/core/ids.ts';
import type { Notification } from '../extension/protocol/webview.ts';
import { webviewProtocol } from '../extension/protocol/webview.ts';
import type { Host } from './host.ts';
import { initialState, receive, receiveUnreadable } from './model.ts';
import type { Step, ViewState } from './model.ts';

/** How long the host may leave `ready` or `resync` unanswered before it is asked again. */
const patienceMs = 5_000;
/** After so many unanswered times the person is told. */
const lostAfter = 2;

export interface ConnectionState extends ViewState {
  /** The host does not answer: what is shown may be old. */
  readonly lost: boolean;
  /** Why the wire to the host is broken, in words; null while it is whole. */
  readonly broken: string | null;
}

export class Connection {
  readonly #host: Host;
  readonly #listeners = new Set<() => void>();
  readonly #revealListeners = new Set<(task: TaskId) => void>();
  readonly #pageListeners = new Set<(page: Notification<'page'>) => void>();
  #state: ConnectionState = { ...initialState, lost: false, broken: null };
  #unanswered = 0;
  #frame = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Begins to listen on `incoming` and says `ready`; call what it returns to end it. */
  start(incoming: EventTarget): () => void {
    const listen = (event: Event) => this.#receive((event as MessageEvent<unknown>).data);
    incoming.addEventListener('message', listen);
    const timer = setInterval(() => this.#askAgain(), patienceMs);
    this.#host.say({ type: 'ready', protocol: webviewProtocol });
    return () => {
      incoming.removeEventListener('message', listen);
      clearInterval(timer);
      cancelAnimationFrame(this.#frame);
    };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  onReveal(listener: (task: TaskId) => void): () => void {
    this.#revealListeners.add(listener);
    return () => void this.#revealListeners.delete(listener);
  }

  onPage(listener: (page: Notification<'page'>) => void): () => void {
    this.#pageListeners.add(listener);
    return () => void this.#pageListeners.delete(listener);
  }

  /** The wire broke, for that reason; null: it is whole, and whatever was missed is asked for. */
  wireIs(broken: string | null): void {
    const { connection } = this.#state;
    const waits = connection === 'live' ? 'waiting' : connection;
    this.#unanswered = 0;
    this.#become({ ...this.#state, connection: waits, lost: false, broken });
    if (broken === null && waits === 'waiting') this.#ask();
  }

  #receive(data: unknown): void {
    const parsed = this.#host.read(data);
    if (!parsed.ok) {
      console.warn('A message of the extension was dropped:', parsed.problem);
      this.#step(receiveUnreadable(this.#state));
      return;
    }
    this.#step(receive(this.#state, parsed.message, Date.now()));
    if (parsed.message.type === 'reveal') {
      for (const listener of this.#revealListeners) listener(parsed.message.task);
    }
    if (parsed.message.type === 'page') {
      for (const listener of this.#pageListeners) listener(parsed.message);
    }
  }

  #step({ state, say }: Step): void {
    if (say !== null) this.#host.say(say);
    if (state.connection === 'live') this.#unanswered = 0;
    this.#become({ ...this.#state, ...state, lost: this.#unanswered >= lostAfter });
  }

  #askAgain(): void {
    if (this.#state.connection !== 'waiting' || this.#state.broken !== null) return;
    this.#unanswered += 1;
    this.#ask();
    this.#become({ ...this.#state, lost: this.#unanswered >= lostAfter });
  }

  #ask(): void {
    const { model, end } = this.#state;
    if (model === null) this.#host.say({ type: 'ready', protocol: webviewProtocol });
    else this.#host.say({ type: 'resync', have: end, reason: 'gap' });
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      for (const listener of this.#listeners) listener();
    });
  }
}
