/**
 * The other end of the relay: hands commands to the process that carries them out for all.
 *
 * Waits for as long as that process shows signs of life, and never for one that is stopped.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Command } from '../../core/command.ts';
import { encodeRelayed, maxRelayBytes, parseRelayAnswer, stillHere } from '../../protocol/relay.ts';
import type { RelayAnswer } from '../../protocol/relay.ts';
import { readLines } from './lines.ts';
import { inodeAt, removeQuietly } from './relayHost.ts';
import type { RelayPlace } from './relayHost.ts';

/** A host that says nothing for so long, while it is asked, is stopped or lost. */
const silenceMs = 2_000;

export class RelayClient {
  readonly #place: RelayPlace;
  readonly #socket: Socket;
  readonly #inode: bigint;
  readonly #waiting = new Map<number, (answer: RelayAnswer | null) => void>();
  #asked = 0;
  #patience: NodeJS.Timeout | undefined;

  /**
   * Null where nobody listens at that path.
   *
   * @param inode of the socket that was seen there
   */
  static async connect(place: RelayPlace, inode: bigint): Promise<RelayClient | null> {
    const socket = connect(place.path);
    const isConnected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    return isConnected ? new RelayClient(place, socket, inode) : null;
  }

  private constructor(place: RelayPlace, socket: Socket, inode: bigint) {
    this.#place = place;
    this.#socket = socket;
    this.#inode = inode;
    socket.unref();
    socket.on('error', () => undefined);
    socket.on('close', () => this.#giveUp());
    readLines(socket, (line) => this.#take(line));
  }

  get isOver(): boolean {
    return this.#socket.destroyed;
  }

  /** Null where it is not known whether the command was carried out: its id tells the next try. */
  async ask(command: Command): Promise<RelayAnswer | null> {
    const n = ++this.#asked;
    const line = encodeRelayed({ n, to: this.#place.key, command });
    if (this.isOver || line.length > maxRelayBytes) return null;
    return new Promise((resolve) => {
      if (this.#waiting.size === 0) this.#beginToWait();
      this.#waiting.set(n, resolve);
      this.#socket.write(line);
    });
  }

  dispose(): void {
    this.#socket.destroy();
  }

  #take(line: string): void {
    const answer = parseRelayAnswer(line);
    this.#patience?.refresh();
    if (answer?.n === stillHere.n) return;
    const resolve = answer === undefined ? undefined : this.#waiting.get(answer.n);
    if (answer === undefined || resolve === undefined) {
      this.#socket.destroy();
      return;
    }
    this.#waiting.delete(answer.n);
    if (this.#waiting.size === 0) this.#endToWait();
    resolve(answer);
  }

  #beginToWait(): void {
    this.#socket.ref();
    this.#patience = setTimeout(() => {
      // Not to be asked again by anyone: the next to look finds the place free.
      if (inodeAt(this.#place.path) === this.#inode) removeQuietly(this.#place.path);
      this.#socket.destroy();
    }, silenceMs);
  }

  #endToWait(): void {
    clearTimeout(this.#patience);
    this.#socket.unref();
  }

  #giveUp(): void {
    this.#endToWait();
    for (const resolve of this.#waiting.values()) resolve(null);
    this.#waiting.clear();
  }
}
