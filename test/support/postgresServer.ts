/**
 * A throwaway PostgreSQL cluster: made in a folder of its own, reached by a socket in it, run by an
 * account without rights, and gone after the tests.
 *
 * Fails where PostgreSQL is not installed; knows nothing of logs.
 */
import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';

const startsWithinMs = 90_000;

export interface PostgresServer {
  /** The URL of a schema of its own, for one log. */
  newLog(): string;
  /** Ends it as a loss of power does; `start` recovers it. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Runs SQL as the owner of all; answers with what psql prints. */
  sql(text: string): string;
}

/** One cluster for all tests of a file. */
export function usePostgres(): PostgresServer {
  const server = new Cluster();
  beforeAll(() => server.make(), 2 * startsWithinMs);
  afterAll(() => server.remove(), startsWithinMs);
  return server;
}

let schemas = 0;

class Cluster implements PostgresServer {
  #folder = '';
  #process: ChildProcess | null = null;
  #binaries = '';

  async make(): Promise<void> {
    this.#binaries = findBinaries();
    // Short: the name of a socket has at most 107 characters.
    this.#folder = mkdtempSync(path.join(tmpdir(), 'sbpg-'));
    const { uid, gid } = account();
    if (uid !== undefined && gid !== undefined) chownSync(this.#folder, uid, gid);
    const options = ['--auth=trust', '--username=signalbox', '--encoding=UTF8', '--no-locale'];
    const initdb = path.join(this.#binaries, 'initdb');
    execFileSync(initdb, [...options, '--no-sync', '--pgdata', this.#data], {
      ...account(),
      cwd: this.#folder,
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await this.start();
  }

  async start(): Promise<void> {
    const settings = {
      listen_addresses: '',
      unix_socket_directories: this.#folder,
      max_connections: '60',
      shared_buffers: '16MB',
      log_min_messages: 'fatal',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    this.#process = spawn(path.join(this.#binaries, 'postgres'), ['-D', this.#data, ...args], {
      ...account(),
      cwd: this.#folder,
      env: environment,
      stdio: 'ignore',
    });
    const endsAt = Date.now() + startsWithinMs;
    while (!this.#answers()) {
      if (Date.now() > endsAt) throw new Error('The PostgreSQL server does not answer');
      await sleep(30);
    }
  }

  newLog(): string {
    const host = encodeURIComponent(this.#folder);
    return `postgres:///postgres?host=${host}&user=signalbox&schema=log_${process.pid}_${++schemas}`;
  }

  async kill(): Promise<void> {
    const server = this.#process;
    if (server === null) return;
    this.#process = null;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    // Its own processes notice that it is gone and end; a new one waits for that.
    server.kill('SIGKILL');
    await ended;
    rmSync(path.join(this.#folder, '.s.PGSQL.5432'), { force: true });
    await this.#restful();
  }

  sql(text: string): string {
    const where = ['--host', this.#folder, '--username', 'signalbox', '--dbname', 'postgres'];
    const quiet = ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align'];
    return execFileSync(
      path.join(this.#binaries, 'psql'),
      [...where, ...quiet, '--set=ON_ERROR_STOP=1', '--command', text],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], cwd: this.#folder },
    ).trim();
  }

  async remove(): Promise<void> {
    const server = this.#process;
    if (server !== null) {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGQUIT');
      await ended;
    }
    if (this.#folder !== '') rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20 });
  }

  get #data(): string {
    return path.join(this.#folder, 'data');
  }

  #answers(): boolean {
    try {
      return this.sql('SELECT 1') === '1';
    } catch {
      // Not yet.
      return false;
    }
  }

  /** Waits until no process of the killed server is left: they hold its memory. */
  async #restful(): Promise<void> {
    const endsAt = Date.now() + startsWithinMs;
    while (readdirSync('/proc').some((pid) => isOf(pid, this.#folder))) {
      if (Date.now() > endsAt) throw new Error('The processes of a killed server do not end');
      await sleep(20);
    }
  }
}

function isOf(pid: string, folder: string): boolean {
  if (!/^\d+$/.test(pid)) return false;
  try {
    const state = /\) ([A-Z])/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1];
    if (state === 'Z') return false;
    const words = readFileSync(`/proc/${pid}/environ`, 'latin1');
    return words.includes(`PWD=${folder}`) || words.includes(`${marker}=${folder}`);
  } catch {
    // It is gone, or not ours to look at.
    return false;
  }
}

const marker = 'SIGNALBOX_TEST_CLUSTER';
const environment = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' };

/** PostgreSQL runs as anyone but root. */
function account(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const found = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  return { uid: Number(found?.[1] ?? 65534), gid: Number(found?.[2] ?? 65534) };
}

function findBinaries(): string {
  const versions = '/usr/lib/postgresql';
  const newest = existsSync(versions)
    ? readdirSync(versions)
        .toSorted((one, other) => Number(other) - Number(one))
        .map((version) => path.join(versions, version, 'bin'))
        .find((folder) => existsSync(path.join(folder, 'initdb')))
    : undefined;
  const onPath = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .find((folder) => ['initdb', 'postgres'].every((name) => existsSync(path.join(folder, name))));
  const binaries = newest ?? onPath;
  if (binaries !== undefined) return binaries;
  throw new Error('PostgreSQL is not installed: on Debian, `apt-get install postgresql`.');
}
