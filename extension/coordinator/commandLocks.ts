/**
 * The lock directories that one command makes before its line, and drops if it does not win.
 *
 * Decides nothing between our own processes: the log does. It keeps plain scripts out, and claims
 * that are asked for at the same moment apart.
 */
import type { Command } from '../core/command.ts';
import type { DecideContext } from '../core/decision.ts';
import type { LogRecord, QueueEvent } from '../core/event.ts';
import type { TaskId, TaskKey } from '../core/ids.ts';
import { taskKey } from '../core/ids.ts';
import type { ClaimLocks } from './claimLocks.ts';

/** How long a claim waits for another one that has made the lock directory and not yet its line. */
const otherClaimPatienceMs = 250;
const otherClaimPollMs = 10;
/** How long a new lock directory may stand unsigned before it counts as some script's. */
const unsignedPatienceMs = 2_000;

export class CommandLocks {
  /** Tasks that this command cannot have now, with who has them: scripts, and claims under way. */
  readonly heldByOthers = new Map<TaskKey, string>();
  readonly taken = new Map<TaskKey, TaskId>();
  /** How long this command has waited for other claims of a task to be recorded or dropped. */
  readonly #waitedMs = new Map<TaskKey, number>();
  readonly #locks: ClaimLocks | undefined;
  readonly #commandId: string;
  /** Tasks in `heldByOthers` that another claim of ours is about to record. */
  readonly #passedOver = new Set<TaskKey>();
  /** Whether any task will do, so that one which another claim is after need not be waited for. */
  #mayPassOver: boolean;

  constructor(locks: ClaimLocks | undefined, { id, type }: Command) {
    this.#locks = locks;
    this.#commandId = id;
    this.#mayPassOver = type === 'claimNext';
  }

  /**
   * Whether tasks were passed over for claims that may yet fail. Then nothing is left to choose but
   * those, and from now on they are waited for.
   */
  lookAgain(): boolean {
    if (this.#passedOver.size === 0) return false;
    for (const key of this.#passedOver) this.heldByOthers.delete(key);
    this.#passedOver.clear();
    this.#mayPassOver = false;
    return true;
  }

  /**
   * How many of the best tasks to leave to claims under way: the more were met, the more there are,
   * and whoever looks for the very next one meets them all.
   */
  countToLeave(): number {
    return Math.floor(Math.random() * 2 * this.#passedOver.size);
  }

  /** False where a lock stood in the way, and the command must be decided again knowing it. */
  async takeFor(events: readonly QueueEvent[], at: DecideContext['now']): Promise<boolean> {
    if (this.#locks === undefined) return true;
    for (const event of events) {
      if (event.event !== 'CLAIMED' || event.task === null) continue;
      const key = taskKey(event.task);
      if (this.taken.has(key)) continue;
      if (!(await this.#take(event.task, event, at))) return false;
    }
    return true;
  }

  async #take(
    task: TaskId,
    { agent, data }: QueueEvent<'CLAIMED'>,
    at: DecideContext['now'],
  ): Promise<boolean> {
    const key = taskKey(task);
    const claim = {
      agent: agent ?? 'unknown',
      holder: data.holder,
      commandId: this.#commandId,
      at,
    };
    const lock = this.#locks?.take(task, claim) ?? { ok: true };
    if (lock.ok) {
      this.taken.set(key, task);
      return true;
    }
    if (lock.by === 'script') {
      this.heldByOthers.set(key, lock.owner);
      return false;
    }
    if (lock.by === 'claim' && this.#mayPassOver) {
      this.heldByOthers.set(key, 'another claim');
      this.#passedOver.add(key);
      return false;
    }
    const patienceMs = lock.by === 'unsigned' ? unsignedPatienceMs : otherClaimPatienceMs;
    const waitedMs = this.#waitedMs.get(key) ?? 0;
    if (waitedMs >= patienceMs && lock.by === 'unsigned') {
      this.heldByOthers.set(key, 'unknown');
      return false;
    }
    // Another claim is between its directory and its line. It may have been stopped there, and
    // safety does not depend on the directory: after a while the log decides between the two.
    if (waitedMs >= patienceMs) return true;
    await new Promise((resolve) => setTimeout(resolve, otherClaimPollMs));
    this.#waitedMs.set(key, waitedMs + otherClaimPollMs);
    return false;
  }

  keep(records: readonly LogRecord[]): void {
    for (const record of records) {
      if (record.event !== 'CLAIMED' || record.task === null) continue;
      this.taken.delete(taskKey(record.task));
      this.#locks?.nameToken(record.task, record.seq);
    }
  }

  dropUnused(): void {
    for (const task of this.taken.values()) this.#locks?.drop(task, this.#commandId);
    this.taken.clear();
  }
}
