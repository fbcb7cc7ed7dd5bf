/**
 * The lock directories that people and plain scripts see: taken before a claim is recorded, and
 * brought in line with the log afterwards.
 *
 * They show claims and keep plain scripts out; they decide nothing between our own processes. Two
 * that both believe to have one still append to one log, where one of them wins.
 */
import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Instant, Millis, Position, TaskId, TaskKey } from '../../core/ids.ts';
import { parseTaskId, taskKey } from '../../core/ids.ts';
import { isSamePlace } from '../../core/lease.ts';
import type { Queue } from '../../core/queue.ts';
import { findTask, tasksOf } from '../../core/queue.ts';
import { defaultRules } from '../../core/rules.ts';
import type { Claim, Task } from '../../core/task.ts';
import { claimOf } from '../../core/task.ts';
import { isAlive, ownIdentity, ownPlace } from '../../platform/processIdentity.ts';
import type { ClaimLocks, LockedClaim, LockTaken } from '../claimLocks.ts';
import { makeFolder, requireFolder } from '../prepareWorkspace.ts';
import type { LockFiles, Maker } from './lockFiles.ts';
import { clearSigns, isMadeBy, isOurLock, lockName, readLock, readToken } from './lockFiles.ts';
import { writeClaim, writeMaker, writeToken } from './lockFiles.ts';

/** How long a directory without any file is taken for one whose owner is just being written. */
const ownerlessMs = 10_000;
/** A claim is recorded within milliseconds; whoever took longer has lost its command on the way. */
const inFlightMs = 60_000;
/** Age from which a plain script's lock may be judged by its pid. */
const scriptMs = 3_600_000;
/** Each round removes one leftover; more of them in a row means that someone makes them. */
const maxRounds = 5;
/** Unique prefix of directories on their way out; a dot keeps them from scripts' `*.lock`. */
const gone = '.gone-';

export interface LockDirsOptions {
  readonly now: () => Instant;
  /** The queue as last read, to tell a leftover of a claim that is over. */
  readonly queue: () => Queue;
  /** Age from which a script's lock that recorded no pid is stale. */
  readonly lockTimeoutMs?: Millis;
}

/** The lock of a plain script. */
export interface ScriptLock {
  readonly task: TaskId;
  readonly owner: string | null;
  /** Null where it recorded none. */
  readonly pid: number | null;
  readonly changedAt: Instant;
  /** Its process is gone and it is old enough, so that it holds nothing any more. */
  readonly isStale: boolean;
}

export class LockDirs implements ClaimLocks {
  readonly #folder: string;
  readonly #now: () => Instant;
  readonly #queue: () => Queue;
  readonly #lockTimeoutMs: number;
  /** Commands that took a lock here and have not named its token yet. */
  readonly #taken = new Map<TaskKey, string>();
  #removals = 0;

  constructor(folder: string, { now, queue, lockTimeoutMs }: LockDirsOptions) {
    this.#folder = folder;
    this.#now = now;
    this.#queue = queue;
    this.#lockTimeoutMs = lockTimeoutMs ?? defaultRules.lockTimeoutMs;
  }

  /**
   * Makes the lock directory of `task`, by one `mkdir`, for a claim that is then recorded. The same
   * command may take it again. Leftovers of claims and commands that are over are removed first.
   *
   * @throws {WorkspaceError} `unsafe-path` for a link in the place of the directory
   */
  take(task: TaskId, claim: LockedClaim): LockTaken {
    makeFolder(this.#folder, 0o700);
    const dir = this.#dir(task);
    const { commandId } = claim;
    const maker: Maker = { commandId, ...ownIdentity(), ...ownPlace() };
    for (let round = 0; round < maxRounds; round++) {
      if (makeDirectory(dir)) {
        if (!fill(dir, { ...claim, maker })) continue;
        this.#taken.set(taskKey(task), commandId);
        return { ok: true };
      }
      const found = readLock(dir);
      if (found === null) continue;
      if (isTakenBy(found, commandId)) {
        // The same command again, after its outcome was lost: the lock is its own.
        writeMaker(dir, maker);
        this.#taken.set(taskKey(task), commandId);
        return { ok: true };
      }
      const holder = this.#whoHolds(task, found, this.#queue());
      if (holder !== null) return holder;
      this.#remove(dir, found);
    }
    return { ok: false, by: 'claim' };
  }

  /** Notes the fencing token of a claim that this object's `take` made room for. */
  nameToken(task: TaskId, token: Position): void {
    const commandId = this.#taken.get(taskKey(task));
    if (commandId === undefined) return;
    this.#taken.delete(taskKey(task));
    const dir = this.#dir(task);
    // Whatever else stands there by now is repaired by the next `sync`.
    if (isMadeBy(dir, commandId)) writeToken(dir, token);
  }

  /** Gives back a lock whose claim lost or was not recorded; a lock of anyone else stays. */
  drop(task: TaskId, commandId: string): void {
    this.#taken.delete(taskKey(task));
    const dir = this.#dir(task);
    const found = readLock(dir);
    if (found !== null && isTakenBy(found, commandId)) this.#remove(dir, found);
  }

  /**
   * Makes the directories those of the held claims of `queue`. Leaves alone: plain scripts' locks,
   * claims that are newer than `queue`, and claims being recorded.
   *
   * @throws the error of the file system; what was done until then stays done
   */
  sync(queue: Queue): void {
    requireFolder(this.#folder);
    const present = new Set(readdirSync(this.#folder));
    const failures: unknown[] = [];
    const attempt = (work: () => void) => {
      try {
        work();
      } catch (error) {
        // Removed at this very moment by another process, which knows more: it sees to this lock.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') failures.push(error);
      }
    };
    for (const task of tasksOf(queue, queue.held)) {
      const claim = claimOf(task);
      if (claim === null) continue;
      const name = lockName(task.id);
      present.delete(name);
      attempt(() => this.#repair(path.join(this.#folder, name), task, claim, queue));
    }
    for (const name of present) attempt(() => this.#tidy(name, queue));
    // One lock that is not to be had must not keep the others from being right.
    if (failures.length > 0) throw failures[0];
  }

  /** The tasks that plain scripts hold, or that cannot be locked, with their owners. */
  scriptLocks(): ReadonlyMap<TaskKey, string> {
    const owners = new Map<TaskKey, string>();
    for (const name of this.#names()) {
      const task = taskOf(name);
      const dir = path.join(this.#folder, name);
      if (task === undefined || isOurLock(dir)) continue;
      const owner = this.#scriptOwner(dir);
      if (owner !== null) owners.set(taskKey(task), owner);
    }
    return owners;
  }

  /** What plain scripts hold, stale locks too. A link in the place of a lock is none. */
  scripts(): readonly ScriptLock[] {
    return this.#names().flatMap((name): readonly ScriptLock[] => {
      const task = taskOf(name);
      const found = task === undefined ? null : lookAt(path.join(this.#folder, name));
      if (task === undefined || found === null || found.ours) return [];
      const { owner, pid, changedAt } = found;
      return [{ task, owner, pid, changedAt, isStale: this.#isStaleScript(found) }];
    });
  }

  /** Removes the lock that a plain script made for `task`, whoever holds it; ours stay. */
  dropScript(task: TaskId): void {
    const dir = this.#dir(task);
    const found = readLock(dir);
    if (found !== null && !found.ours) this.#remove(dir, found);
  }

  #scriptOwner(dir: string): string | null {
    try {
      const found = readLock(dir);
      if (found === null || found.ours || this.#isStaleScript(found)) return null;
      return found.owner ?? 'unknown';
    } catch {
      // A link or a file in its place: `take` will say so; nobody should be offered the task.
      return 'unknown';
    }
  }

  #dir(task: TaskId): string {
    return path.join(this.#folder, lockName(task));
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return [];
    }
  }

  /** Removes what belongs to no held claim, if it is ours or nobody's. */
  #tidy(name: string, queue: Queue): void {
    const dir = path.join(this.#folder, name);
    if (name.startsWith(gone)) rmSync(dir, { recursive: true, force: true });
    const task = taskOf(name);
    if (task === undefined) return;
    const found = readLock(dir);
    if (found === null) return;
    const isLeftover = this.#whoHolds(task, found, queue) === null;
    if (isLeftover && (found.ours || found.isEmpty)) this.#remove(dir, found);
  }

  /** The directory of a held claim: made where it is missing, corrected where it is another's. */
  #repair(dir: string, task: Task, claim: Claim, queue: Queue): void {
    // Nearly always so, and to look costs less than to try to make it.
    if (readToken(dir) === claim.token) return;
    if (!makeDirectory(dir)) {
      const found = readLock(dir);
      if (found !== null && !this.#mayCorrect(found, queue)) return;
      const made = queue.commands.get(found?.maker?.commandId ?? '');
      if (made?.task === task.id && made.seq <= claim.token && found?.token === null) {
        writeToken(dir, claim.token);
        return;
      }
      makeDirectory(dir);
      clearSigns(dir);
    }
    const { agent, claimedAt: at, holder } = claim;
    writeClaim(dir, { agent, at, holder, maker: null });
    writeToken(dir, claim.token);
  }

  /** Who holds the lock, or null where it is a leftover. */
  #whoHolds(task: TaskId, found: LockFiles, queue: Queue): Exclude<LockTaken, { ok: true }> | null {
    if (!found.ours) {
      if (this.#isStaleScript(found)) return null;
      if (found.isEmpty) return { ok: false, by: 'unsigned' };
      return { ok: false, by: 'script', owner: found.owner ?? 'unknown' };
    }
    return this.#isLeftover(task, found, queue) ? null : { ok: false, by: 'claim' };
  }

  #isLeftover(task: TaskId, { token, maker, ...found }: LockFiles, queue: Queue): boolean {
    const current = findTask(queue, task);
    const claim = current === undefined ? null : claimOf(current);
    // A token beyond `queue` is that of a claim which `queue` does not know yet.
    if (token !== null) return token <= queue.end && token !== claim?.token;
    // A command that was recorded is judged by its claim: it stands, or it is over.
    if (maker !== null && queue.commands.has(maker.commandId)) return claim === null;
    const ageMs = this.#now() - found.changedAt;
    if (maker === null) return ageMs > ownerlessMs;
    return ageMs > inFlightMs || isGone(maker);
  }

  /** Whether the lock of a held claim may be put right: not a script's, and not a newer one. */
  #mayCorrect(found: LockFiles, queue: Queue): boolean {
    // Nothing in it yet: a script may be writing its name at this moment.
    if (found.isEmpty) return this.#isStaleScript(found);
    return found.ours && (found.token === null || found.token <= queue.end);
  }

  #isStaleScript(found: LockFiles): boolean {
    const ageMs = this.#now() - found.changedAt;
    if (found.isEmpty) return ageMs > ownerlessMs;
    if (found.pid === null) return ageMs > this.#lockTimeoutMs;
    return ageMs > scriptMs && !isAlive({ pid: found.pid, startTime: '' });
  }

  /** Removes a leftover that was judged by `found`, unless it is another lock by now. */
  #remove(dir: string, found: LockFiles): void {
    try {
      if (found.isEmpty) {
        // Fails, rightly, where its owner was written meanwhile.
        rmdirSync(dir);
        return;
      }
      // At once, so that no half-removed directory looks like a plain script's.
      const away = path.join(
        this.#folder,
        `${gone}${String(process.pid)}-${String(this.#removals++)}`,
      );
      rmSync(away, { recursive: true, force: true });
      renameSync(dir, away);
      const moved = readLock(away);
      // Between the look and the move someone else removed the leftover and took the lock.
      if (moved?.token !== found.token || moved.maker?.commandId !== found.maker?.commandId) {
        renameSync(away, dir);
        return;
      }
      rmSync(away, { recursive: true, force: true });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    }
  }
}

/** As `readLock`; null for what is no directory. */
function lookAt(dir: string): LockFiles | null {
  try {
    return readLock(dir);
  } catch {
    // A link or a file in its place: `take` says so to whoever wants the task.
    return null;
  }
}

/**
 * Writes the files of a lock that was just made, or leaves no lock at all. False where it was removed
 * meanwhile: whoever is stopped for long before it signs its lock loses it.
 */
function fill(dir: string, claim: Parameters<typeof writeClaim>[1]): boolean {
  try {
    writeClaim(dir, claim);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

/** True where this call made it. To look first is cheap, while all who try to make one queue up. */
function makeDirectory(dir: string): boolean {
  if (lstatSync(dir, { throwIfNoEntry: false }) !== undefined) return false;
  try {
    mkdirSync(dir, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

function isTakenBy(found: LockFiles | null, commandId: string): boolean {
  return found?.token === null && found.maker?.commandId === commandId;
}

function isGone(maker: Maker): boolean {
  return isSamePlace(maker, ownPlace()) && !isAlive(maker);
}

function taskOf(name: string): TaskId | undefined {
  return parseTaskId(/^task_(.+)\.lock$/.exec(name)?.[1]);
}
