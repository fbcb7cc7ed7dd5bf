/**
 * A front end's hold on its log: whether there is one, whether it can be read, and the session on it.
 *
 * Opens a log only where one is, and makes one only when told to. A log that cannot be read is
 * looked at again whenever its files change.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { WorkspacePaths } from '../coordinator/workspace.ts';
import { hasLog } from '../coordinator/workspace.ts';
import type { Desk } from '../coordinator/desk.ts';
import type { QueueViewModel } from '../protocol/webviewModel.ts';
import { StoreError } from '../store/taskStore.ts';
import { Session } from './session.ts';
import type { SessionOptions } from './session.ts';
import type { SessionLane } from './sessionLane.ts';
import { long } from './words.ts';

type StoreState = QueueViewModel['store'];

const none: StoreState = { state: 'none', message: null };
const open: StoreState = { state: 'open', message: null };

export interface LogHolderOptions<Lane extends SessionLane> extends Omit<
  SessionOptions<Lane>,
  'desk' | 'onRead'
> {
  /** Where the queue is, or would be. @throws {WorkspaceError} */
  readonly paths: () => WorkspacePaths;
  /** Reads the whole log; writes nothing unless one is to be made. @throws {StoreError} */
  readonly openDesk: (paths: WorkspacePaths, create: boolean) => Promise<Desk>;
}

export class LogHolder<Lane extends SessionLane> {
  readonly #options: LogHolderOptions<Lane>;
  #session: Session<Lane> | null = null;
  #store: StoreState = { state: 'loading', message: null };
  /** What the log's files looked like when it was opened last. */
  #stamp = '';
  #opening: Promise<void> | null = null;
  #isClosing = false;

  constructor(options: LogHolderOptions<Lane>) {
    this.#options = options;
  }

  get store(): StoreState {
    return this.#store;
  }

  /** On the log as it was last read, even where it cannot be read any more; null where none was. */
  get session(): Session<Lane> | null {
    return this.#session;
  }

  /** The session, once what is being opened just now is open. */
  async settled(): Promise<Session<Lane> | null> {
    await this.#opening;
    return this.#session;
  }

  /** Opens the log, or sees that there is none. Never rejects: `store` says what came of it. */
  async open({ create }: { readonly create: boolean }): Promise<Session<Lane> | null> {
    await this.#opening;
    if (!this.#isClosing && (this.#session === null || this.#store.state !== 'open')) {
      this.#opening = this.#open(create).finally(() => {
        this.#opening = null;
        this.#options.onChange();
      });
      await this.#opening;
    }
    return this.#session;
  }

  /** Looks at what nothing tells of. Every few seconds. */
  async tick(): Promise<void> {
    if (this.#opening !== null) return;
    if (this.#store.state === 'open') {
      this.#session?.tick();
      return;
    }
    // What could not be read for a while, such as on a full disk, goes on where it was.
    await this.#session?.read();
    if (this.#isOpenAgain() || !this.#isWorthATry()) return;
    await this.open({ create: false });
  }

  /** Gives back what runs here. Rejects where the log does not take that. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const session = await this.settled();
    this.#session = null;
    await session?.close();
  }

  async #open(create: boolean): Promise<void> {
    const { openDesk } = this.#options;
    try {
      const paths = this.#options.paths();
      if (!create && !hasLog(paths)) {
        this.#store = none;
        return;
      }
      this.#stamp = stampOf(paths);
      const desk = await openDesk(paths, create);
      const before = this.#session;
      const wasStarted = before?.lane.isStarted === true;
      await before?.close().catch((error: unknown) => this.#warn(error));
      const session = new Session({
        ...this.#options,
        desk,
        onRead: (error) => this.#hear(error),
      });
      this.#session = session;
      this.#store = open;
      if (wasStarted) await session.lane.start?.();
    } catch (error) {
      this.#hear(error);
    }
  }

  /** Whether the log could be read; where not, what is known of it stays. */
  #hear(error: unknown): void {
    if (error === null) {
      if (this.#store.state === 'open') return;
      this.#store = open;
    } else if (error instanceof StoreError && error.code === 'NO_LOG') {
      this.#store = none;
    } else {
      const message = long(textOf(error));
      if (this.#store.message === message) return;
      this.#store = { state: 'halted', message };
      this.#warn(error);
    }
    this.#options.onChange();
  }

  /** A getter would be taken for the same as before the wait. */
  #isOpenAgain(): boolean {
    return this.#store.state === 'open';
  }

  #isWorthATry(): boolean {
    try {
      const paths = this.#options.paths();
      return hasLog(paths) && (this.#store.state !== 'halted' || stampOf(paths) !== this.#stamp);
    } catch {
      // Said when it was opened, and again when someone asks for it.
      return false;
    }
  }

  #warn(error: unknown): void {
    this.#options.emit({ type: 'log', level: 'warn', message: textOf(error) });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Changes whenever something is done to the files of the log. */
function stampOf({ log }: WorkspacePaths): string {
  try {
    return readdirSync(log)
      .map((name) => {
        const stats = statSync(path.join(log, name), { bigint: true, throwIfNoEntry: false });
        return `${name}:${stats?.ino}:${stats?.size}:${stats?.mtimeNs}`;
      })
      .join(' ');
  } catch {
    // Not to be listed: another try is made once it can be.
    return '';
  }
}
