/**
 * Many long-lived processes at one log: one of them carries out the commands of all, so that they
 * neither race for its end nor read each other's lines first.
 *
 * Only shortens queues. The log decides as ever, and a process that nobody answers does its own work:
 * a command that was carried out meanwhile is known by its id. See decision 0022.
 */
import path from 'node:path';
import type { Command } from '../../core/command.ts';
import type { RelayAnswer } from '../../protocol/relay.ts';
import { RelayClient } from './relayClient.ts';
import { inodeAt, RelayHost, removeQuietly } from './relayHost.ts';
import type { Execute, RelayPlace } from './relayHost.ts';

/** Longer ones are cut off by the operating system, and would name another socket. */
const maxPathBytes = 100;
/** Hosts that die while one connects to them; more in a row means that something is wrong here. */
const maxTries = 5;
/** After that the next one tries again to find or to be the host. */
const restMs = 5_000;

type Seat = RelayHost | RelayClient;

export interface RelayOptions {
  /** Folder of the log: only who may write to the log may reach the socket. */
  readonly logDir: string;
  readonly logId: string;
  /** Version of the running build. */
  readonly build: string;
  /** Carries out one command in this process. */
  readonly execute: Execute;
}

export class Relay implements AsyncDisposable {
  readonly #place: RelayPlace;
  readonly #execute: Execute;
  #seat: Promise<Seat | null> | null = null;
  #restsUntilMs = 0;

  constructor({ logDir, logId, build, execute }: RelayOptions) {
    this.#place = { path: path.join(logDir, 'relay.sock'), key: `${build} ${logId}` };
    this.#execute = execute;
    const isTooLong = Buffer.byteLength(this.#place.path) > maxPathBytes;
    // Named pipes of Windows are not files that come and go with the log.
    if (isTooLong || process.platform === 'win32') this.#restsUntilMs = Infinity;
  }

  /** Null where nobody is known to have carried it out: do it here then, by the same command id. */
  async ask(command: Command): Promise<RelayAnswer | null> {
    const seat = await this.#seated();
    const answer = (await seat?.ask(command)) ?? null;
    if (seat?.isOver === true) this.#seat = null;
    return answer;
  }

  /** Others go on without this process. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#restsUntilMs = Infinity;
    const seat = this.#seat;
    this.#seat = null;
    (await seat)?.dispose();
  }

  async #seated(): Promise<Seat | null> {
    if (performance.now() < this.#restsUntilMs) return null;
    this.#seat ??= this.#sit();
    const seat = await this.#seat;
    if (seat !== null) return seat;
    this.#seat = null;
    this.#restsUntilMs = Math.max(this.#restsUntilMs, performance.now() + restMs);
    return null;
  }

  async #sit(): Promise<Seat | null> {
    for (let tries = 0; tries < maxTries; tries++) {
      const inode = inodeAt(this.#place.path);
      if (inode !== undefined) {
        const client = await RelayClient.connect(this.#place, inode);
        if (client !== null) return client;
        // Its process is gone: a socket is shown under this name only while it is listened to.
        if (inodeAt(this.#place.path) === inode) removeQuietly(this.#place.path);
      }
      const host = await RelayHost.open(this.#place, this.#execute);
      if (host !== null) return host;
    }
    return null;
  }
}
