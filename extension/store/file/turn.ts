/**
 * A directory that writers who keep losing races take turns by.
 *
 * Only shortens queues: safety never depends on it, so a turn that seems forgotten is taken over and
 * one that cannot be had is done without.
 */
import { lstatSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A turn is held over one fold and one write; older than this its holder is gone. */
const staleMs = 1_000;
const patienceMs = 250;
/** Waiters look at random intervals, so that they do not come all at once. */
const minPollMs = 2;
const maxPollMs = 12;

export class Turn {
  readonly #path: string;
  #heldInode: bigint | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(logDir: string) {
    this.#path = join(logDir, 'turn');
  }

  get isHeld(): boolean {
    return this.#heldInode !== undefined;
  }

  /** Waits for the turn, but not for long; afterwards the caller goes ahead in any case. */
  async take(): Promise<void> {
    if (this.isHeld) return;
    const endsAtMs = performance.now() + patienceMs;
    while (performance.now() < endsAtMs) {
      try {
        mkdirSync(this.#path, { mode: 0o700 });
        this.#heldInode = this.#inode();
        this.#timer = setTimeout(() => this.drop(), staleMs).unref();
        return;
      } catch {
        // Someone has it, or it cannot be made: wait a little, then do without.
        this.#removeIfStale();
      }
      await sleep(minPollMs + Math.random() * (maxPollMs - minPollMs));
    }
  }

  /** Gives the turn back; by itself after a while, for a caller who did not come back. */
  drop(): void {
    clearTimeout(this.#timer);
    const held = this.#heldInode;
    this.#heldInode = undefined;
    // After a takeover it is another writer's, and stays.
    if (held !== undefined && this.#inode() === held) this.#remove();
  }

  #inode(): bigint | undefined {
    return lstatSync(this.#path, { bigint: true, throwIfNoEntry: false })?.ino;
  }

  #removeIfStale(): void {
    const stat = lstatSync(this.#path, { throwIfNoEntry: false });
    if (stat !== undefined && Date.now() - stat.mtimeMs > staleMs) this.#remove();
  }

  #remove(): void {
    try {
      rmdirSync(this.#path);
    } catch {
      // Another waiter removed it first.
    }
  }
}
