/**
 * One connection to a PostgreSQL server, made anew when it is lost.
 *
 * Knows when an answer was lost and who may be asked again. Knows no log and no tables.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Client as BareClient, QueryResult, QueryResultRow } from 'pg';
import { StoreError } from '../taskStore.ts';

export interface ConnectionOptions {
  /** For the driver; may hold a password. */
  readonly url: string;
  /** For messages. */
  readonly name: string;
  /** How long to go on trying where the server is away. */
  readonly patienceMs: number;
}

/** What the server said of itself. */
export interface ServerInfo {
  readonly version: string;
  /** What may lose acknowledged lines, for people. */
  readonly warnings: readonly string[];
}

const answerMs = 30_000;
const connectMs = 10_000;
const pauseMs = { least: 20, most: 500 };

/** The server went away, and what it was asked may have been done or not. */
class ConnectionLost extends Error {}

/**
 * One question, since each costs the way to the server: whether it is the primary, and what it does
 * before it acknowledges. A stronger promise than `on` is left as it is.
 */
const introduction = `
  SELECT pg_is_in_recovery() AS standby,
    current_setting('server_version') AS version,
    current_setting('fsync') AS fsync,
    current_setting('full_page_writes') AS pages,
    set_config('synchronous_commit',
      CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END,
      false) AS sync,
    set_config('default_transaction_isolation', 'read committed', false) AS isolation`;

/** Its types leave out what sockets have. */
type Client = BareClient & { ref(): void; unref(): void };

interface Listener {
  readonly channel: string;
  readonly onNotice: (payload: string) => void;
}

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #listeners = new Set<Listener>();
  #client: Client | null = null;
  #connecting: Promise<Client> | null = null;
  #asked = 0;
  #closed = false;
  #info: ServerInfo = { version: '', warnings: [] };

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get info(): ServerInfo {
    return this.#info;
  }

  /**
   * The first connection: a server that is not there is said at once, one that is starting is
   * waited for.
   *
   * @throws {StoreError} `STORE_UNAVAILABLE`
   */
  async open(): Promise<void> {
    const endsAtMs = performance.now() + this.#options.patienceMs;
    while (true) {
      try {
        await this.#connected();
        return;
      } catch (error) {
        if (!isStarting(error) || performance.now() > endsAtMs) throw this.#failed(error);
        await sleep(pauseMs.most);
      }
    }
  }

  /**
   * Asks what changes nothing, or may be done twice: it is asked again where the answer was lost.
   *
   * @throws {StoreError} `STORE_UNAVAILABLE`
   */
  async query<Row extends QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Row[]> {
    return this.insist(async (ask) => (await ask<Row>(text, values)).rows);
  }

  /**
   * Runs `work`, and from its beginning again on a new connection where one was lost, until it has
   * an answer or patience ends.
   *
   * @param work is told whether it may have been done before
   * @throws {StoreError} `STORE_UNAVAILABLE`: whether it was done is not known
   */
  async insist<Result>(work: (ask: Ask, isRepeated: boolean) => Promise<Result>): Promise<Result> {
    const endsAtMs = performance.now() + this.#options.patienceMs;
    let waitMs = pauseMs.least;
    for (let isRepeated = false; ;) {
      try {
        const client = await this.#connected();
        return await work((text, values) => this.#ask(client, text, values), isRepeated);
      } catch (error) {
        if (!(error instanceof ConnectionLost) && !isPassing(error)) throw this.#failed(error);
        isRepeated ||= error instanceof ConnectionLost;
        if (this.#closed || performance.now() > endsAtMs) throw this.#failed(error);
        await sleep(waitMs * (0.5 + Math.random() / 2));
        waitMs = Math.min(pauseMs.most, waitMs * 2);
      }
    }
  }

  /** Calls `onNotice` for each notification of `channel`, after reconnecting too. A hint only. */
  listen(channel: string, onNotice: (payload: string) => void): Disposable {
    const listener = { channel, onNotice };
    this.#listeners.add(listener);
    // Where it fails, the next connection listens.
    this.query(`LISTEN "${channel}"`).catch(() => undefined);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    const client = this.#client;
    this.#client = null;
    try {
      // Whoever waits for the good-bye must live to hear it.
      client?.ref();
      await client?.end();
    } catch {
      // It was lost already, which is where it was to go.
    }
  }

  async #ask<Row extends QueryResultRow>(
    client: Client,
    text: string,
    values: readonly unknown[] = [],
  ): Promise<QueryResult<Row>> {
    if (this.#asked++ === 0) client.ref();
    try {
      return await client.query<Row>(text, [...values]);
    } catch (error) {
      if (!isLoss(error)) throw error;
      this.#drop(client);
      throw new ConnectionLost('The connection was lost', { cause: error });
    } finally {
      // A connection alone keeps no process running.
      if (--this.#asked === 0) client.unref();
    }
  }

  async #connected(): Promise<Client> {
    if (this.#closed) throw new Error('The store was closed');
    if (this.#client !== null) return this.#client;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #connect(): Promise<Client> {
    const client = new pg.Client({
      connectionString: this.#options.url,
      connectionTimeoutMillis: connectMs,
      query_timeout: answerMs,
      keepAlive: true,
      application_name: 'signalbox',
    }) as Client;
    client.on('error', () => this.#drop(client));
    client.on('end', () => this.#drop(client));
    client.on('notification', ({ channel, payload = '' }) => {
      for (const each of this.#listeners) if (each.channel === channel) each.onNotice(payload);
    });
    try {
      await client.connect();
      await this.#introduce(client);
      for (const { channel } of this.#listeners) await client.query(`LISTEN "${channel}"`);
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    this.#client = client;
    if (this.#asked === 0) client.unref();
    return client;
  }

  async #introduce(client: Client): Promise<void> {
    const { rows } = await client.query<
      Record<'version' | 'fsync' | 'pages' | 'sync', string> & {
        readonly standby: boolean;
      }
    >(introduction);
    const said = rows[0];
    if (said === undefined) return;
    if (said.standby) {
      throw new StoreError(
        'STORE_UNAVAILABLE',
        `${this.name} is a standby, which may lag behind and takes no writes. Name the primary.`,
      );
    }
    const warnings = [
      ...(said.fsync === 'off' ? ['fsync is off: a loss of power can lose or damage the log'] : []),
      ...(said.pages === 'off'
        ? ['full_page_writes is off: a loss of power can damage the log']
        : []),
    ];
    this.#info = { version: said.version, warnings };
  }

  #drop(client: Client): void {
    if (this.#client === client) this.#client = null;
    // Without waiting: where the network is gone, nobody says good-bye.
    client.end().catch(() => undefined);
  }

  #failed(error: unknown): StoreError {
    if (error instanceof StoreError) return error;
    if (error instanceof ConnectionLost) {
      return new StoreError(
        'STORE_UNAVAILABLE',
        `The connection to ${this.name} was lost (${why(error.cause)}) and could not be made ` +
          'again in time, so it is not known whether the change was recorded. Try again with the ' +
          'same --command-id once the server is back: it is then recorded once.',
        { cause: error.cause },
      );
    }
    return new StoreError(
      'STORE_UNAVAILABLE',
      `The store ${this.name} cannot be used: ${why(error)}. Check that the server runs, and the ` +
        'name, the password and the rights of the user.',
      { cause: error },
    );
  }
}

export type Ask = <Row extends QueryResultRow>(
  text: string,
  values?: readonly unknown[],
) => Promise<QueryResult<Row>>;

/** The state that SQL gives an error, or the code of the operating system. */
function codeOf(error: unknown): string {
  const cause = error instanceof StoreError ? error.cause : error;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : '';
}

function why(error: unknown): string {
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  return text === '' ? code : text;
}

const starting = new Set(['57P03', '53300']);

function isStarting(error: unknown): boolean {
  return starting.has(codeOf(error));
}

/** Nothing was done, and soon it can be: the server is (re)starting, or others were at the same row. */
function isPassing(error: unknown): boolean {
  if (error instanceof StoreError) return false;
  const code = codeOf(error);
  const isAway = ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(code);
  return isAway || isStarting(error) || code === '40001' || code === '40P01';
}

/** Whether the server may have done what it was asked and could not say so. */
function isLoss(error: unknown): boolean {
  const code = codeOf(error);
  // An error with a state was answered by a server that goes on, unless it says that it stops.
  if (/^[0-9A-Z]{5}$/.test(code) && 'severity' in (error as object)) {
    return code.startsWith('57P') || code.startsWith('08');
  }
  return true;
}
