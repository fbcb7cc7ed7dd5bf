/**
 * Processes that are measured: short ones from start to end, and groups of long-lived ones that
 * begin at the same moment.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

export interface Ended {
  /** From before its start until after its end. */
  readonly tookMs: number;
  readonly stdout: string;
}

/** Runs a process to its end. @throws where it fails. */
export function run(
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Ended {
  const startedAt = performance.now();
  const { status, stderr, stdout } = spawnSync(file, args, { ...options, encoding: 'utf8' });
  const tookMs = performance.now() - startedAt;
  if (status !== 0) {
    throw new Error(`${[file, ...args].join(' ')} failed: exit ${String(status)}\n${stderr}`);
  }
  return { tookMs, stdout };
}

export interface GroupResult<Result> {
  /** From the word to begin until the last one had answered. */
  readonly tookMs: number;
  /** What each printed as JSON. */
  readonly results: readonly Result[];
}

/**
 * Starts one process for each of `starts` (a file and its arguments). Each says `ready` on a line,
 * waits for a byte, works, prints one line of JSON and ends.
 */
export async function runTogether<Result>(
  starts: readonly (readonly string[])[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<GroupResult<Result>> {
  const members = starts.map(([file = '', ...args]) => new Member(spawn(file, args, options)));
  await Promise.all(members.map((member) => member.ready));
  const startedAt = performance.now();
  for (const member of members) member.begin();
  await Promise.all(members.map((member) => member.ended));
  const tookMs = Math.max(...members.map((member) => member.answeredAt)) - startedAt;
  return { tookMs, results: members.map((member) => JSON.parse(member.answer) as Result) };
}

class Member {
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  /** When its last output came, on the clock of `performance.now`. */
  answeredAt = 0;
  readonly #child: ChildProcessWithoutNullStreams;
  #output = '';
  #errors = '';

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    child.stdout.setEncoding('utf8');
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    this.ready = new Promise((resolve, reject) => {
      child.stdout.on('data', (text: string) => {
        this.#output += text;
        this.answeredAt = performance.now();
        if (this.#output.includes('\n')) resolve();
      });
      child.on('exit', () => reject(new Error(`It ended before it was ready:\n${this.#errors}`)));
    });
    this.ended = once(child, 'close').then(() => {
      if (child.exitCode !== 0) throw new Error(`A process failed:\n${this.#errors}`);
    });
    // Whoever waits for it hears of the failure; until then nobody need.
    this.ended.catch(() => undefined);
  }

  get answer(): string {
    return this.#output.slice(this.#output.indexOf('\n') + 1);
  }

  begin(): void {
    this.#child.stdin.end('g');
  }
}
