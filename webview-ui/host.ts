/**
 * The wire to the host: sends what may be said, and matches answers to requests by id.
 *
 * Knows nothing of what the messages mean.
 */
import { parseHostMessage, requests } from '../extension/protocol/webview.ts';
import type {
  HostMessage,
  Outcome,
  Params,
  Parsed,
  RequestName,
  ResponseMessage,
  WebviewMessage,
} from '../extension/protocol/webview.ts';

/** What the editor gives a webview, once. */
export interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

export class Host {
  readonly #api: VsCodeApi;
  readonly #open = new Map<number, (response: ResponseMessage) => void>();
  #lastId = 0;

  constructor(api: VsCodeApi) {
    this.#api = api;
  }

  say(message: Exclude<WebviewMessage, { type: 'request' }>): void {
    this.#api.postMessage(message);
  }

  /** Resolves with the host's answer; a host that failed or answered nonsense is a refusal too. */
  async request<Name extends RequestName>(name: Name, params: Params<Name>): Promise<Outcome> {
    const id = ++this.#lastId;
    const answered = new Promise<ResponseMessage>((resolve) => this.#open.set(id, resolve));
    this.#api.postMessage({ type: 'request', id, name, params });
    const response = await answered;
    if (response.type === 'failure') return failed(response.error);
    const result = requests[name].result.safeParse(response.result);
    return result.success ? result.data : failed('The extension answered in a way not understood.');
  }

  /** Reads what came over the wire; answers to requests go to who asked. */
  read(value: unknown): Parsed<HostMessage> {
    const parsed = parseHostMessage(value);
    if (parsed.ok && (parsed.message.type === 'response' || parsed.message.type === 'failure')) {
      this.#open.get(parsed.message.id)?.(parsed.message);
      this.#open.delete(parsed.message.id);
    }
    return parsed;
  }
}

function failed(message: string): Outcome {
  return { ok: false, reason: 'failed', message };
}
