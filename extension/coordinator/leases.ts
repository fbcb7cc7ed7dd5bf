/**
 * Watches the holders of claims and of the lane, and records when one is provably gone.
 *
 * Correctness never depends on it: fencing tokens do that. It frees what the dead hold.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Millis, TaskId } from '../core/ids.ts';
import { taskKey } from '../core/ids.ts';
import type { Place, Sighting } from '../core/lease.ts';
import { expiryEvidence, isSamePlace } from '../core/lease.ts';
import { tasksOf } from '../core/queue.ts';
import type { Claim, Holder, Task } from '../core/task.ts';
import { claimOf } from '../core/task.ts';
import { monotonicMs } from '../platform/clock.ts';
import { isAlive, ownPlace } from '../platform/processIdentity.ts';
import type { Coordinator } from './coordinator.ts';

/** What observers of one boot tell one another through the lock directory. */
interface Seen {
  readonly token: number;
  readonly mark: string;
  readonly bootId: string;
  /** Of the monotonic clock, which all processes of a boot share. */
  readonly sinceMs: number;
  /** The same by the wall clock: where the two disagree, one was set or the machine slept. */
  readonly sinceAt: number;
}

/** Clocks that differ by more over one observation: it was broken off, and begins anew. */
const driftMs = 10_000;

export class LeaseWatch {
  readonly #coordinator: Coordinator;
  readonly #locksFolder: string;

  constructor(coordinator: Coordinator, locksFolder: string) {
    this.#coordinator = coordinator;
    this.#locksFolder = locksFolder;
  }

  /**
   * Ends the leases that evidence allows to end: of `only`, or of all held tasks. Claims of the
   * lane are left to whoever takes the lane over, since its programs must be silent first.
   *
   * @returns the tasks that were freed
   */
  async sweep(only?: TaskId): Promise<readonly TaskId[]> {
    const { queue, rules } = this.#coordinator;
    const freed: TaskId[] = [];
    for (const task of [...tasksOf(queue, queue.held)]) {
      if (only !== undefined && taskKey(only) !== taskKey(task.id)) continue;
      const claim = claimOf(task);
      if (claim === null || claim.lane) continue;
      const evidence = expiryEvidence(rules, await this.sighting(task, claim));
      if (evidence === null) continue;
      const outcome = await this.#coordinator.execute({
        type: 'expire',
        id: randomUUID(),
        by: null,
        task: task.id,
        token: claim.token,
        evidence,
      });
      if (outcome.ok && outcome.records.length > 0) freed.push(task.id);
    }
    return freed;
  }

  /** What can be seen from here of the holder of `claim`. */
  async sighting(task: Task, claim: Claim): Promise<Sighting> {
    const { holder } = claim;
    const here = ownPlace();
    if (holder !== null && isSamePlace(holder, here)) {
      // Only a holder that lives here can be judged at once; nothing else need be looked at.
      const alive = isAlive(holder);
      return { alive, rebooted: false, everBeat: false, silenceMs: 0 as Millis };
    }
    const beat = await this.#coordinator.store.lastBeat(task.id, claim.token);
    const mark = beat?.mark ?? '';
    return {
      alive: null,
      rebooted: holder !== null && isOtherBoot(holder, here),
      everBeat: beat !== null,
      silenceMs: this.#silence(task, claim, mark),
    };
  }

  /**
   * Begins the observation of silence anew: the holder of `claim` was just heard of by other means
   * than a heartbeat. One that can be judged by its process needs no renewal.
   */
  async renew(task: Task, claim: Claim): Promise<void> {
    const { holder } = claim;
    if (claim.lane || (holder !== null && isSamePlace(holder, ownPlace()))) return;
    const beat = await this.#coordinator.store.lastBeat(task.id, claim.token);
    this.#observe(this.#seenFile(task), claim, beat?.mark ?? '');
  }

  #seenFile(task: Task): string {
    return path.join(this.#locksFolder, `task_${String(task.id)}.lock`, 'seen');
  }

  /** Notes for all observers of this boot that silence begins now. */
  #observe(file: string, claim: Claim, mark: string): void {
    const { bootId } = ownPlace();
    const first: Seen = {
      token: claim.token,
      mark,
      bootId,
      sinceMs: monotonicMs(),
      sinceAt: this.#coordinator.store.now(),
    };
    try {
      writeFileSync(file, JSON.stringify(first), { mode: 0o600 });
    } catch {
      // Without a lock directory each observer counts for itself, which only makes it slower.
    }
  }

  /** How long the heartbeat has been `mark`, continuing what others of this boot have seen. */
  #silence(task: Task, claim: Claim, mark: string): Millis {
    const file = this.#seenFile(task);
    const nowMs = monotonicMs();
    const { bootId } = ownPlace();
    const seen = readSeen(file);
    const continues =
      seen?.token === claim.token &&
      seen.mark === mark &&
      seen.bootId === bootId &&
      seen.sinceMs <= nowMs &&
      Math.abs(this.#coordinator.store.now() - seen.sinceAt - (nowMs - seen.sinceMs)) <= driftMs;
    if (continues) return (nowMs - seen.sinceMs) as Millis;
    this.#observe(file, claim, mark);
    return 0 as Millis;
  }
}

/** Whether the holder's machine is this one, started anew since. */
export function isOtherBoot(holder: Holder, here: Place): boolean {
  return holder.host === here.host && holder.bootId !== here.bootId && here.bootId !== '';
}

function readSeen(file: string): Seen | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Seen;
  } catch {
    // Not there yet, or cut short by a crash: the observation begins anew.
    return null;
  }
}
