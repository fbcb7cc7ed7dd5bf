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
const pollMs = 5;

export class Turn {
  readonly #path: string;
  #heldInode: bigint | undefined;

  constructor(logDir: string) {
    this.#path = join(logDir, 'turn');
  }

  /** Waits for the turn, but not for long; afterwards the caller goes ahead in any case. */
  async take(): Promise<void> {
    if (this.#heldInode !== undefined) return;
    for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += pollMs) {
      try {
        mkdirSync(this.#path, { mode: 0o700 });
        this.#heldInode = this.#inode();
        return;
      } catch {
        // Someone has it, or it cannot be made: wait a little, then do without.
        this.#removeIfStale();
      }
      await sleep(pollMs);
    }
  }

  drop(): void {
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
