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
      // To look is cheap, while all who try to make it wait for one another and for the disk.
      if (!this.#isTaken() && this.#make()) return;
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

  #make(): boolean {
    try {
      mkdirSync(this.#path, { mode: 0o700 });
    } catch {
      // Someone was faster, or it cannot be made: the caller waits a little, then does without.
      return false;
    }
    this.#heldInode = this.#inode();
    this.#timer = setTimeout(() => this.drop(), staleMs).unref();
    return true;
  }

  /** A forgotten turn is taken away. */
  #isTaken(): boolean {
    const stat = this.#look();
    if (stat === undefined) return false;
    if (Date.now() - Number(stat.mtimeMs) > staleMs) this.#remove();
    return true;
  }

  #inode(): bigint | undefined {
    return this.#look()?.ino;
  }

  #look() {
    try {
      return lstatSync(this.#path, { bigint: true, throwIfNoEntry: false });
    } catch {
      // It cannot be looked at, and an append must not fail for that.
      return undefined;
    }
  }

  #remove(): void {
    try {
      rmdirSync(this.#path);
    } catch {
      // Another waiter removed it first.
    }
  }
}
