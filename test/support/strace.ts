/**
 * Runs a program under `strace`, which notes every system call that reaches files, and at one of
 * them kills the program or has the call fail.
 *
 * Linux only. Knows nothing of what the program does.
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';

/** All that change files or open them; what else a program asks for cannot fail or leave half. */
const calls = [
  ...['openat', 'write', 'pwrite64', 'writev', 'fsync', 'fdatasync', 'ftruncate', 'utimensat'],
  ...['rename', 'renameat', 'renameat2', 'link', 'linkat', 'unlink', 'unlinkat'],
  ...['mkdir', 'mkdirat', 'rmdir'],
];

export interface Call {
  readonly name: string;
  /** The how many-th of that name in its process, from 1. */
  readonly nth: number;
  /** As `strace` prints it, with the path of each descriptor. */
  readonly text: string;
  readonly failed: boolean;
}

export interface TracedRun {
  readonly stdout: string;
  /** Null where it was killed. */
  readonly code: number | null;
  readonly calls: readonly Call[];
}

/** Why processes cannot be traced here, or null where they can. */
export function whyNoTracing(): string | null {
  const tried = spawnSync('strace', ['-o', '/dev/null', 'true'], { encoding: 'utf8' });
  if (tried.error !== undefined) return `strace cannot be started: ${tried.error.message}`;
  return tried.status === 0 ? null : `strace may not trace: ${tried.stderr.trim()}`;
}

/** What happens at one call: `signal=KILL` before it takes place, or `error=ENOSPC` instead. */
export interface Injection {
  readonly call: Pick<Call, 'name' | 'nth'>;
  readonly what: string;
}

export function runTraced(
  args: readonly string[],
  traceFile: string,
  injection?: Injection,
): Promise<TracedRun> {
  const inject =
    injection === undefined
      ? []
      : ['-e', `inject=${injection.call.name}:${injection.what}:when=${injection.call.nth}`];
  const options = ['-o', traceFile, '-y', '-s', '200', '-e', 'signal=none'];
  const all = [...options, '-e', `trace=${calls.join()}`, ...inject, process.execPath, ...args];
  return new Promise((resolve, reject) => {
    execFile(
      'strace',
      all,
      { timeout: 100_000, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        if (stderr.includes('strace:') || !existsSync(traceFile)) {
          reject(new Error(`The program was not traced: ${stderr}`));
          return;
        }
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        const found = parse(readFileSync(traceFile, 'utf8'));
        rmSync(traceFile);
        resolve({ stdout, code, calls: found });
      },
    );
  });
}

function parse(trace: string): readonly Call[] {
  const counts = new Map<string, number>();
  return trace.split('\n').flatMap((text) => {
    const name = /^(\w+)\(/.exec(text)?.[1];
    if (name === undefined) return [];
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    return [{ name, nth, text, failed: /\) += -1 /.test(text) }];
  });
}

/**
 * Whether each line `ack …` on standard output came after a sync of what was last written to the log.
 * Where a sync failed, a later segment that took over the lines stands for the one that was lost.
 * Answers with the first acknowledgement that came too early, or null.
 */
export function earlyAck(all: readonly Call[]): string | null {
  let unsynced: number | null = null;
  for (const { name, text, failed } of all) {
    if (failed) continue;
    const written = numberIn(/^\w+\(\d+<[^>]*\/seg-(\d+)\.jsonl>/.exec(text));
    if (name === 'write' && written !== null) unsynced = written;
    if (name.endsWith('sync') && written === unsynced) unsynced = null;
    const made = name === 'link' ? numberIn(/seg-(\d+)\.jsonl"\)/.exec(text)) : null;
    if (made !== null && unsynced !== null && made > unsynced) unsynced = null;
    const isAck = text.startsWith('write(1<') && text.includes('"ack ');
    if (isAck && unsynced !== null) return text;
  }
  return null;
}

function numberIn(match: RegExpExecArray | null): number | null {
  return match === null ? null : Number(match[1]);
}
