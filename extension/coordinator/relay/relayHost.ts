/**
 * The process that carries out the commands of all, one after the other, its own among them.
 *
 * Decides nothing that a process on its own would not: it executes what it is asked to. It may be
 * stopped or killed at any moment; whoever asked then does the work itself, by the same command id.
 */
import { linkSync, lstatSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Command } from '../../core/command.ts';
import { encodeRelayed, parseRelayRequest, stillHere } from '../../protocol/relay.ts';
import type { RelayAnswer, RelayedOutcome, RelayRequest } from '../../protocol/relay.ts';
import { readLines } from './lines.ts';

/** Carries out some commands, in order; null for each of which it is not known whether it was. */
export type Execute = (commands: readonly Command[]) => Promise<readonly (RelayedOutcome | null)[]>;

export interface RelayPlace {
  /** The socket that all know. */
  readonly path: string;
  /** Build and log; who asks for another one is not served. */
  readonly key: string;
}

/** How long one who asked is reckoned with. */
const crowdMs = 1_000;
/** How often to look whether the socket that all know is still this one. */
const lookMs = 250;
/** Commands that wait for the disk together. More of them would leave those who asked idle. */
const maxRound = 16;

interface Wish {
  /** Who asks; null is this process. */
  readonly asker: Socket | null;
  readonly command: Command;
  readonly answer: (outcome: RelayedOutcome | null) => void;
}

let made = 0;

export class RelayHost {
  readonly #place: RelayPlace;
  readonly #server: Server;
  readonly #execute: Execute;
  readonly #inode: bigint;
  readonly #sockets = new Set<Socket>();
  /** When each of those who ask did so last; null is this process. */
  readonly #askedAtMs = new Map<Socket | null, number>();
  readonly #wishes: Wish[] = [];
  #isWorking = false;
  #lookedAtMs = performance.now();
  #isOver = false;

  /** Null where another process has the place, or it cannot be had. */
  static async open(place: RelayPlace, execute: Execute): Promise<RelayHost | null> {
    const own = path.join(path.dirname(place.path), `relay-${process.pid}-${++made}.tmp`);
    const server = createServer();
    const isListening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(own, () => resolve(true));
    });
    if (!isListening) return null;
    try {
      // By a name of its own first: one that all see is then always listened to, or dead.
      linkSync(own, place.path);
      const inode = inodeAt(place.path);
      unlinkSync(own);
      if (inode !== undefined) return new RelayHost(place, server, execute, inode);
    } catch {
      // Another process was faster, or the file system has no links to sockets.
    }
    server.close();
    return null;
  }

  private constructor(place: RelayPlace, server: Server, execute: Execute, inode: bigint) {
    this.#place = place;
    this.#server = server;
    this.#execute = execute;
    this.#inode = inode;
    server.on('connection', (socket) => this.#serve(socket));
    server.unref();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Carries out a command of this process in its turn. */
  async ask(command: Command): Promise<RelayAnswer | null> {
    if (!this.#hasPlace()) return null;
    this.#askedAtMs.set(null, performance.now());
    return new Promise((resolve) => {
      this.#want({
        asker: null,
        command,
        answer: (outcome) => resolve({ n: 0, outcome, crowd: this.#isCrowd(null) }),
      });
    });
  }

  /** Lets go of all who ask here; they go on without it. */
  dispose(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (inodeAt(this.#place.path) === this.#inode) removeQuietly(this.#place.path);
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    if (!this.#hasPlace()) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    // One who asks and goes does not keep this process alive, and one that is gone is no error.
    socket.unref();
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#askedAtMs.delete(socket);
    });
    readLines(socket, (line) => {
      const request = parseRelayRequest(line);
      if (request === undefined) {
        socket.destroy();
        return;
      }
      this.#askedAtMs.set(socket, performance.now());
      this.#take(socket, request);
    });
  }

  #take(socket: Socket, { n, to, command }: RelayRequest): void {
    const answer = (outcome: RelayedOutcome | null): void => {
      socket.write(encodeRelayed({ n, outcome, crowd: this.#isCrowd(socket) }));
    };
    if (to === this.#place.key) this.#want({ asker: socket, command, answer });
    else answer(null);
  }

  #want(wish: Wish): void {
    this.#wishes.push(wish);
    if (!this.#isWorking) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#wishes.length > 0) {
      // What was asked meanwhile comes along, this process's own wishes being one among many.
      await setImmediate();
      const round = this.#wishes.splice(0, maxRound).filter(({ asker }) => {
        // Gone, or tired of waiting: then it does the work itself.
        return asker?.destroyed !== true;
      });
      const outcomes = this.#hasPlace()
        ? await this.#execute(round.map(({ command }) => command))
        : [];
      for (const [index, { answer }] of round.entries()) answer(outcomes[index] ?? null);
      for (const { asker } of this.#wishes) asker?.write(encodeRelayed(stillHere));
    }
    this.#isWorking = false;
  }

  #isCrowd(asker: Socket | null): boolean {
    const since = performance.now() - crowdMs;
    for (const [other, atMs] of this.#askedAtMs) {
      if (other !== asker && atMs >= since) return true;
    }
    return false;
  }

  /** False, and the end, where another process was taken for the host meanwhile. */
  #hasPlace(): boolean {
    const nowMs = performance.now();
    if (this.#isOver || nowMs - this.#lookedAtMs < lookMs) return !this.#isOver;
    this.#lookedAtMs = nowMs;
    if (inodeAt(this.#place.path) !== this.#inode) this.dispose();
    return !this.#isOver;
  }
}

/** Tells sockets at one path apart; undefined where there is none. */
export function inodeAt(file: string): bigint | undefined {
  try {
    return lstatSync(file, { bigint: true, throwIfNoEntry: false })?.ino;
  } catch {
    // It cannot be looked at, so it cannot be used.
    return undefined;
  }
}

export function removeQuietly(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Gone already, or not ours to remove.
  }
}
