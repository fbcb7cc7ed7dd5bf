/**
 * One projector at a time, by a directory that one `mkdir` makes.
 *
 * The lock saves work and keeps half-done files out of sight; nothing depends on it. Two that
 * project at once only do twice what has one result: appended lines are checked again by path, the
 * queue file is linked and never renamed over another, and each file knows how far it is. So a lock
 * may be broken on suspicion, and whoever waited long enough may go on without one.
 */
import type { Stats } from 'node:fs';
import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { monotonicMs } from '../../platform/clock.ts';
import { isAlive, ownIdentity } from '../../platform/processIdentity.ts';
import { hasCode } from './files.ts';

/**
 * How long a command waits for whoever projects past its change: far longer than a projection takes
 * on a loaded machine, where many wait, and not so long that one who was stopped holds up all others.
 */
const patienceMs = 5_000;
/** A projection takes milliseconds; a process stopped in the middle of one must not block for ever. */
const abandonedMs = 10_000;
/** How long the maker of a lock may take to sign it. */
const unsignedMs = 200;
const pollMs = { least: 3, most: 15 };

interface ProjectorTurn<Result> {
  readonly isDone: () => boolean;
  readonly project: () => Result;
  /** Whether to wait for whoever holds the lock; who does not wait comes back by itself. */
  readonly isPatient: boolean;
}

/**
 * Runs `project` while holding the lock, or not at all where `isDone` becomes true meanwhile.
 *
 * @throws what `project` throws
 */
export async function withProjectorLock<Result>(
  dir: string,
  { isDone, project, isPatient }: ProjectorTurn<Result>,
): Promise<Result | null> {
  const deadline = monotonicMs() + patienceMs;
  while (!tryLock(dir)) {
    if (!isPatient || isDone()) return null;
    // Whoever holds it lives and is slow, as on a loaded machine: see above why that is no harm.
    if (monotonicMs() >= deadline) return project();
    const waitMs = pollMs.least + Math.random() * (pollMs.most - pollMs.least);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  try {
    return project();
  } finally {
    unlock(dir);
  }
}

function tryLock(dir: string): boolean {
  for (let tries = 0; tries < 2; tries++) {
    // To look is cheap, while all who try to make it wait for one another and for the disk.
    const stats = statSync(dir, { throwIfNoEntry: false });
    if (stats !== undefined) {
      if (!isAbandoned(dir, stats)) return false;
      unlock(dir);
    }
    try {
      mkdirSync(dir, { mode: 0o700 });
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      continue;
    }
    const { pid, startTime } = ownIdentity();
    try {
      writeFileSync(path.join(dir, 'owner'), `${pid}\n${startTime}\n`, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      // Broken by someone who took us for dead; the lock is not ours, and need not be.
      if (!hasCode(error, 'ENOENT') && !hasCode(error, 'EEXIST')) {
        unlock(dir);
        throw error;
      }
    }
    return true;
  }
  return false;
}

function isAbandoned(dir: string, stats: Stats): boolean {
  const ageMs = Date.now() - stats.mtimeMs;
  if (ageMs > abandonedMs) return true;
  let owner: string;
  try {
    owner = readFileSync(path.join(dir, 'owner'), 'utf8');
  } catch {
    // Not signed yet, or gone: age tells whether its maker died at that moment.
    return ageMs > unsignedMs;
  }
  if (!owner.endsWith('\n')) return ageMs > unsignedMs;
  const [pid, startTime = ''] = owner.split('\n');
  return !isAlive({ pid: Number(pid), startTime });
}

function unlock(dir: string): void {
  try {
    rmSync(path.join(dir, 'owner'), { force: true });
    rmdirSync(dir);
  } catch (error) {
    // Gone, or taken by the next one already.
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'ENOTEMPTY')) throw error;
  }
}
