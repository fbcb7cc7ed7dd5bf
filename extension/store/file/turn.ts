/**
 * A directory that writers who keep losing races take turns by.
 *
 * Only shortens queues: safety never depends on it, so a turn that seems forgotten is taken over and
 * one that cannot be had is done without.
 */
import { lstatSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../platform/clock.ts';

/** A turn is held over one fold and one write; older than this its holder is gone. */
const staleMs = 1_000;
/** How long to wait for one holder. While turns change hands, to go ahead only loses rounds. */
const patienceMs = 250;
const maxWaitMs = 5_000;
/** Waiters look at random intervals, so that they do not come all at once. */
const minPollMs = 2;
const maxPollMs = 12;
const maxCrowdMs = 60;

export class Turn {
  readonly #path: string;
  #heldInode: bigint | undefined;
  /** The crowd is about as large as the last time: about half of that wait is slept through. */
  #lastWaitMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(logDir: string) {
    this.#path = join(logDir, 'turn');
  }

  get isHeld(): boolean {
    return this.#heldInode !== undefined;
  }

  /**
   * Waits for the turn, but not for long; afterwards the caller goes ahead in any case.
   *
   * @returns whether someone else had it meanwhile
   */
  async take(): Promise<boolean> {
    if (this.isHeld) return false;
    const startedAtMs = monotonicMs();
    let firstPauseMs = this.#lastWaitMs * (0.3 + 0.4 * Math.random());
    let sameSinceMs = startedAtMs;
    let seen: bigint | undefined;
    for (let nowMs = startedAtMs; ; nowMs = monotonicMs()) {
      this.#lastWaitMs = nowMs - startedAtMs;
      // To look is cheap, while all who try to make it wait for one another and for the disk.
      const takenAt = this.#takenAt();
      if (takenAt === undefined && this.#make()) return this.#lastWaitMs > 0;
      if (takenAt !== seen) sameSinceMs = nowMs;
      seen = takenAt;
      if (nowMs - sameSinceMs >= patienceMs || this.#lastWaitMs >= maxWaitMs) return true;
      // The longer it takes, the more are waiting, and the less often each of them need look.
      const crowdMs = Math.min(this.#lastWaitMs / 2, maxCrowdMs);
      const pauseMs = minPollMs + Math.random() * (maxPollMs - minPollMs + crowdMs);
      await sleep(Math.max(firstPauseMs, pauseMs));
      firstPauseMs = 0;
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

  /** Since when it is taken; undefined where it is free. A forgotten turn is taken away. */
  #takenAt(): bigint | undefined {
    const stat = this.#look();
    if (stat === undefined) return undefined;
    if (Date.now() - Number(stat.mtimeMs) > staleMs) this.#remove();
    return stat.ctimeNs;
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
