/**
 * Ends a process group, and finds what was started by it and got away.
 *
 * Looks at environments, which only Linux shows; elsewhere nothing is found and nothing claimed.
 */
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

export interface FoundProcess {
  readonly pid: number;
  readonly parent: number;
  /** Its arguments, joined by spaces. */
  readonly command: string;
}

/** How long a polite request to end may take before it is no longer polite. */
const politeMs = 20_000;

/** How long descendants may take to notice that their starter is gone, on a loaded machine. */
const noticeMs = 60_000;

const pollMs = 50;

/** Ends `child`, which leads its own process group, and whoever of the group outlives it. */
export async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    signalGroup(child.pid, 'SIGTERM');
    const timer = setTimeout(signalGroup, politeMs, child.pid, 'SIGKILL');
    await gone;
    clearTimeout(timer);
  }
  signalGroup(child.pid, 'SIGKILL');
}

/** Signals the whole group that `pid` leads. A group that is gone is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody left to tell.
  }
}

/** Living processes whose environment has `NAME=value` exactly as in `cookie`. */
export function processesWith(cookie: string): readonly FoundProcess[] {
  if (process.platform !== 'linux') return [];
  const found: FoundProcess[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (!readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(cookie)) continue;
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').join(' ').trim();
      // A zombie is over; its parent just has not asked.
      if (command === '') continue;
      // "pid (name) state parent …", where the name may hold anything, brackets too.
      const [, parent] = readFileSync(`/proc/${name}/stat`, 'latin1')
        .split(') ')
        .at(-1)!
        .split(' ');
      found.push({ pid: Number(name), parent: Number(parent), command });
    } catch {
      // Ended while we looked, or another user's: not ours either way.
    }
  }
  return found;
}

/** Asks everything that carries `cookie` to end. Waits for nobody. */
export function askToEnd(cookie: string): void {
  for (const { pid } of processesWith(cookie)) signalOne(pid, 'SIGTERM');
}

/**
 * Waits for everything that carries `cookie` to end by itself, then ends what has not.
 *
 * @returns What had to be ended: each one is a process that would have been left behind.
 */
export async function endLeftovers(cookie: string): Promise<readonly FoundProcess[]> {
  const deadline = performance.now() + noticeMs;
  while (processesWith(cookie).length > 0 && performance.now() < deadline) await pause(pollMs);
  const leftovers = processesWith(cookie);
  for (const { pid } of leftovers) signalOne(pid, 'SIGKILL');
  return leftovers;
}

function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Ended between the look and the signal.
  }
}
