/**
 * The processes of this machine as the operating system lists them, in one shape.
 *
 * Judges nothing: who belongs to whom, and who is alive, is decided by its callers. Linux reads
 * `/proc`; macOS asks `ps`; Windows has no table here, so its callers see none.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** 0 where the operating system does not tell. */
  readonly session: number;
  /** Ended but not yet collected by its parent: it holds nothing and runs nothing. */
  readonly dead: boolean;
  /** Opaque; equal strings mean the same process as long as the machine was not restarted. */
  readonly startTime: string;
}

/** How long `ps` may take before its answer is given up. */
const psDeadlineMs = 5_000;

/** One process, or undefined where there is none or it may not be seen. */
export function readProcess(pid: number): ProcessRow | undefined {
  if (process.platform === 'linux') return readStat(pid);
  if (process.platform === 'win32') return undefined;
  return ps(['-p', String(pid)])[0];
}

/** All processes that may be seen, at about one moment: it is no snapshot. */
export function listProcesses(): readonly ProcessRow[] {
  if (process.platform === 'win32') return [];
  if (process.platform !== 'linux') return ps(['-A']);
  const rows: ProcessRow[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const row = readStat(pid);
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

/** The words a process was started with; empty where they may not be seen. */
export function readArguments(pid: number): readonly string[] {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8')
        .split('\0')
        .slice(0, -1);
    }
    if (process.platform === 'win32') return [];
    return runPs(['-ww', '-o', 'command=', '-p', String(pid)])
      .trim()
      .split(/\s+/);
  } catch {
    // It has gone since, or belongs to someone else: nothing is known of it.
    return [];
  }
}

/** Those of `pids` whose environment at their start contained `text`, as far as it may be read. */
export function withEnvironment(pids: readonly number[], text: string): ReadonlySet<number> {
  const found = new Set<number>();
  if (process.platform === 'linux') {
    for (const pid of pids) {
      try {
        if (readFileSync(`/proc/${String(pid)}/environ`).includes(text)) found.add(pid);
      } catch {
        // Gone since, or another user's: its environment is not ours to judge by.
      }
    }
  } else if (process.platform !== 'win32') {
    const wanted = new Set(pids);
    for (const line of runPs(['-A', '-E', '-ww', '-o', 'pid=,command=']).split('\n')) {
      const pid = Number.parseInt(line, 10);
      if (wanted.has(pid) && line.includes(text)) found.add(pid);
    }
  }
  return found;
}

function readStat(pid: number): ProcessRow | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
  } catch {
    // No such process, which is an answer.
    return undefined;
  }
  // The name in parentheses may itself hold spaces and parentheses: count from the last one.
  const [state, parent, group, session, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const startTime = rest[15];
  if (state === undefined || startTime === undefined) return undefined;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    dead: state === 'Z' || state === 'X' || state === 'x',
    startTime,
  };
}

function ps(which: readonly string[]): readonly ProcessRow[] {
  let text: string;
  try {
    text = runPs([...which, '-o', 'pid=,ppid=,pgid=,stat=,lstart=']);
  } catch {
    // `ps -p` fails where there is no such process.
    return [];
  }
  const rows: ProcessRow[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S.*?)\s*$/.exec(line);
    const [, pid, parent, group, state = '', startTime = ''] = match ?? [];
    if (pid === undefined) continue;
    rows.push({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: 0,
      dead: state.startsWith('Z'),
      startTime,
    });
  }
  return rows;
}

function runPs(args: readonly string[]): string {
  return execFileSync('ps', args, {
    encoding: 'utf8',
    // Start times are compared as text, so they may not follow anyone's language or time zone.
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC0' },
    timeout: psDeadlineMs,
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
