/**
 * The line between the client and an agent's process: one JSON message a line, in both directions.
 *
 * Bounded in both: nothing is read faster than it is taken in, a line has a limit, and an agent that
 * does not read is not written to without end. Lines that are no messages are left out, since some
 * agents print a greeting. Knows no methods but for updates of a kind that nothing here shows.
 */
import type { Readable, Writable } from 'node:stream';
import { ReadableStream, WritableStream } from 'node:stream/web';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AnyMessage, SessionUpdate, Stream } from '@agentclientprotocol/sdk';
import { RunnerError } from '../../runnerError.ts';
import { LastLine, readText } from '../output.ts';

/** A message may carry a whole file; more than this is no message any more. In UTF-16 units. */
const maxLineChars = 16 * 1_024 * 1_024;
/** How many messages may wait for an agent that does not read before it is not listened to. */
const maxUnread = 256;

export interface WireOptions {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Settles when the agent's process tree is gone. */
  readonly exited: Promise<unknown>;
  /** Resolves when what the last message led to has been taken in. */
  readonly taken: () => Promise<void> | void;
}

/** The kinds of `session/update` that become events; newer ones are none of an error. */
const shown: ReadonlySet<unknown> = new Set<SessionUpdate['sessionUpdate']>([
  'agent_message_chunk',
  'agent_thought_chunk',
  'tool_call',
  'tool_call_update',
  'plan',
  'usage_update',
  'notice',
]);

export class Wire {
  readonly stream: Stream;
  readonly #options: WireOptions;
  readonly #noise = new LastLine();
  readonly #line = new LineCutter(maxLineChars);
  /** Ids of requests to the agent that it has not answered. */
  readonly #asked = new Set<unknown>();
  #controller!: ReadableStreamDefaultController<AnyMessage>;
  #isWanted = false;
  #isClosed = false;
  #unread = 0;
  #wake: () => void = () => undefined;

  constructor(options: WireOptions) {
    this.#options = options;
    this.stream = {
      readable: new ReadableStream<AnyMessage>(
        {
          start: (controller) => {
            this.#controller = controller;
          },
          pull: () => {
            this.#isWanted = true;
            this.#wake();
          },
          cancel: () => this.#close(),
        },
        { highWaterMark: 0 },
      ),
      writable: new WritableStream<AnyMessage>({ write: (message) => this.#write(message) }),
    };
    void this.#read();
  }

  /** The last line that was no message; null where there was none. */
  get lastNoise(): string | null {
    return this.#noise.value;
  }

  async #read(): Promise<void> {
    const { stdout, exited } = this.#options;
    try {
      await readText(stdout, exited, (text) => this.#take(text));
      if (!this.#isClosed) this.#controller.close();
    } catch (error) {
      if (!this.#isClosed) this.#controller.error(error);
    }
    this.#close();
  }

  async #take(text: string): Promise<void> {
    // Nobody listens any more; it is still read, so that the agent can get rid of its last words.
    if (this.#isClosed) return;
    try {
      for (const line of this.#line.push(text)) await this.#hear(line);
    } catch (error) {
      this.#controller.error(error);
      this.#close();
    }
  }

  async #hear(line: string): Promise<void> {
    const message = this.#parse(line);
    if (message === undefined) return;
    await this.#until(() => this.#isWanted);
    if (this.#isClosed) return;
    this.#isWanted = false;
    this.#controller.enqueue(message);
    // What handles a message does so in the same turn; then its events are in order, and out.
    await nextTurn();
    await this.#options.taken();
    await this.#until(() => this.#unread <= maxUnread);
  }

  #parse(line: string): AnyMessage | undefined {
    if (line.trim() === '') return undefined;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      // Some agents print more than messages; the last of it is kept for when they fail.
    }
    if (typeof value !== 'object' || value === null || !('jsonrpc' in value)) {
      this.#noise.push(`${line}\n`);
      return undefined;
    }
    const message = value as Partial<Record<'id' | 'method' | 'params', unknown>>;
    if (message.method === undefined && !this.#asked.delete(message.id)) return undefined;
    if (message.method === 'session/update' && !isShown(message.params)) return undefined;
    return value as AnyMessage;
  }

  #write(message: AnyMessage): void {
    if ('id' in message && 'method' in message) this.#asked.add(message.id);
    this.#unread++;
    this.#options.stdin.write(`${JSON.stringify(message)}\n`, () => {
      this.#unread--;
      this.#wake();
    });
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!this.#isClosed && !isSo()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #close(): void {
    this.#isClosed = true;
    this.#wake();
  }
}

function isShown(params: unknown): boolean {
  const { update } = (params ?? {}) as { update?: { sessionUpdate?: unknown } | null };
  return shown.has(update?.sessionUpdate);
}

/** Cuts text into lines, looking at each character once however the text arrives. */
class LineCutter {
  readonly #max: number;
  #open: string[] = [];
  #length = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** @throws {RunnerError} `PROTOCOL_ERROR` once a line is longer than the limit */
  *push(text: string): Generator<string> {
    const [first = '', ...rest] = text.split('\n');
    this.#add(first);
    for (const line of rest) {
      yield this.#open.join('');
      this.#open = [];
      this.#length = 0;
      this.#add(line);
    }
  }

  #add(text: string): void {
    this.#length += text.length;
    if (this.#length > this.#max) {
      throw new RunnerError(
        'PROTOCOL_ERROR',
        `The agent sent a line of more than ${this.#max} characters, so it was stopped.`,
      );
    }
    this.#open.push(text);
  }
}
