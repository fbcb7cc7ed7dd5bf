/**
 * The command line as scripts meet it: `dist/cli.js`, started as a process in a workspace of its own.
 *
 * Drives it from outside only and knows nothing of how it works. What it prints is for the tests to
 * judge.
 *
 * `SIGNALBOX_TEST_CLI` and `SIGNALBOX_TEST_NODE` name another bundle and another Node to test.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync } from 'node:fs';
import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { readReplaced } from './replacedFile.ts';

const root = path.join(import.meta.dirname, '../..');
export const node = process.env['SIGNALBOX_TEST_NODE'] ?? process.execPath;
export const cli = process.env['SIGNALBOX_TEST_CLI'] ?? path.join(root, 'dist/cli.js');

/** A command that has not ended by then hangs. Loaded machines are slow. */
const hangsAfterMs = 100_000;

export type Json = Readonly<Record<string, unknown>>;

/** A task as `list` and `TASK_QUEUE.json` show it. */
export interface TaskWords extends Json {
  readonly id: number | string;
  readonly title: string;
  readonly status: string;
  readonly assigned_to: string | null;
}

/** A line of the log. */
export interface LineWords extends Json {
  readonly seq: number;
  readonly event: string;
  readonly task: number | string | null;
  readonly agent: string | null;
  readonly id: string;
  readonly data: Json;
  readonly ts: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves when it is over and all it said is read. */
  readonly ended: Promise<Ended>;
  /** What it has said until now, on both outputs. */
  said(): string;
  kill(signal: NodeJS.Signals): void;
}

export interface CallOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly deadlineMs?: number;
  /** Leaves standard input open, for the test to write to. */
  readonly keepsInput?: boolean;
}

/** Starts any program in `cwd`; it is killed after the test, or when it takes too long. */
export function startProcess(
  command: string,
  args: readonly string[],
  {
    cwd,
    env,
    input,
    deadlineMs = hangsAfterMs,
    keepsInput = false,
  }: CallOptions & { readonly env: NodeJS.ProcessEnv },
): Started {
  const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  // It may have ended without reading.
  child.stdin.on('error', () => undefined);
  if (!keepsInput) child.stdin.end(input ?? '');
  const ended = new Promise<Ended>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    child.once('error', ({ message }) => (said.stderr += message));
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...said });
    });
  });
  return {
    pid: child.pid ?? 0,
    child,
    ended,
    said: () => said.stdout + said.stderr,
    kill: (signal) => child.kill(signal),
  };
}

/** Environment of this process without anything that a surrounding Signalbox would say to ours. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('SIGNALBOX_') && !name.startsWith('FORCE_COLOR'),
  );
  return { ...Object.fromEntries(own), NO_COLOR: '1' };
}

export class Workspace {
  readonly dir: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #processes: ChildProcess[] = [];

  constructor() {
    this.dir = mkdtempSync(path.join(tmpdir(), 'signalbox-cli-'));
    this.home = mkdtempSync(path.join(tmpdir(), 'signalbox-home-'));
    this.env = { ...cleanEnvironment(), SIGNALBOX_HOME: this.home };
  }

  path(...parts: string[]): string {
    return path.join(this.dir, ...parts);
  }

  /** Starts the command line and goes on. */
  start(args: readonly string[], { cwd = this.dir, env = {}, ...rest }: CallOptions = {}): Started {
    const started = startProcess(node, [cli, ...args], {
      ...rest,
      cwd,
      env: { ...this.env, ...env },
    });
    this.#processes.push(started.child);
    return started;
  }

  /** Runs the command line to its end. */
  run(args: readonly string[], options: CallOptions = {}): Promise<Ended> {
    return this.start(args, options).ended;
  }

  /** Runs it where no file may grow by a byte, as on a full disk; holds for root, too. */
  runOnFullDisk(args: readonly string[]): Promise<Ended> {
    const limited = ['-c', 'ulimit -f 0; exec "$@"', 'sh', node, cli, ...args];
    return startProcess('sh', limited, { cwd: this.dir, env: this.env }).ended;
  }

  /** Runs it, and insists on exit 0; answers with standard output. */
  async ok(...args: readonly string[]): Promise<string> {
    return insist(args, await this.run(args), 0);
  }

  /** As `ok`, with `--json`; answers with the one value that was printed. */
  async json(...args: readonly string[]): Promise<Json> {
    return this.exits(0, ...args);
  }

  /** Runs it with `--json` and insists on that exit code; answers with the value printed. */
  async exits(code: number, ...args: readonly string[]): Promise<Json> {
    const end = args.indexOf('--');
    const words = end === -1 ? [...args, '--json'] : args.toSpliced(end, 0, '--json');
    const text = insist(args, await this.run(words), code);
    return JSON.parse(text) as Json;
  }

  /** Adds a task; answers with its id. */
  async add(title: string, ...options: readonly string[]): Promise<number> {
    return (await this.json('add', title, ...options))['id'] as number;
  }

  /** A program of the lane, given as a script of `sh`. */
  async addShell(title: string, script: string, ...options: readonly string[]): Promise<number> {
    return this.add(title, '--program', `shell:sh -c '${script}'`, ...options);
  }

  /** `TASK_QUEUE.json` as it is on disk. */
  queue(): readonly TaskWords[] {
    const text = readReplaced(this.path('TASK_QUEUE.json'));
    return (JSON.parse(text) as { readonly queue: readonly TaskWords[] }).queue;
  }

  task(id: number | string): TaskWords {
    const found = this.queue().find((task) => task.id === id);
    if (found === undefined) throw new Error(`No task ${id} in TASK_QUEUE.json`);
    return found;
  }

  status(id: number | string): string {
    return this.task(id).status;
  }

  /** Lines of the audit file, parsed. */
  audit(): readonly LineWords[] {
    return parseLines(this.path('AI/audit/task_audit.jsonl'));
  }

  /** Lines of the log's first segment, whether accepted or not. */
  log(): readonly LineWords[] {
    return parseLines(this.path('AI/log/seg-1.jsonl'));
  }

  events(id?: number | string): readonly string[] {
    return this.audit()
      .filter(({ task }) => id === undefined || task === id)
      .map(({ event }) => event);
  }

  hasLock(id: number | string): boolean {
    return existsSync(this.path(`AI/locks/task_${id}.lock`));
  }

  write(file: string, content: unknown): void {
    const target = this.path(file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, typeof content === 'string' ? content : JSON.stringify(content));
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  /** Every file, folder and link of the workspace and of the home with a hash of what it holds. */
  fingerprint(): Readonly<Record<string, string>> {
    return Object.fromEntries([
      ...fingerprintOf(this.dir, 'workspace'),
      ...fingerprintOf(this.home, 'home'),
    ]);
  }

  dispose(): void {
    for (const child of this.#processes) child.kill('SIGKILL');
    for (const dir of [this.dir, this.home]) {
      rmSync(dir, { recursive: true, force: true, maxRetries: 10 });
    }
  }
}

/** An empty folder with a state home of its own; both are removed after the test. */
export function workspace(): Workspace {
  const made = new Workspace();
  onTestFinished(() => made.dispose());
  return made;
}

/** As `workspace`, prepared. */
export async function preparedWorkspace(): Promise<Workspace> {
  const made = workspace();
  await made.ok('init');
  return made;
}

/** A process that does nothing, for claims to be held by; killed after the test. */
export function idleProcess(): { readonly pid: number; end(): Promise<void> } {
  const started = startProcess('sleep', ['600'], { env: cleanEnvironment() });
  onTestFinished(() => started.kill('SIGKILL'));
  return {
    pid: started.pid,
    // Awaited, so that its parent has collected it and it is gone for everyone.
    end: async () => {
      started.kill('SIGKILL');
      await started.ended;
    },
  };
}

/** Lines of a JSONL file that are whole and parse. */
function parseLines(file: string): readonly LineWords[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as LineWords];
      } catch {
        // Torn by a kill: what it means is the log's business.
        return [];
      }
    });
}

function insist(args: readonly string[], ended: Ended, code: number): string {
  if (ended.code === code) return ended.stdout;
  const how = ended.signal ?? `exit ${String(ended.code)}`;
  throw new Error(
    `signalbox ${args.join(' ')}: ${how}, not ${code}\n${ended.stdout}${ended.stderr}`,
  );
}

function* fingerprintOf(folder: string, name: string): Generator<readonly [string, string]> {
  for (const entry of readdirSync(folder).sort()) {
    const file = path.join(folder, entry);
    const label = `${name}/${entry}`;
    const stats = lstatSync(file);
    if (stats.isSymbolicLink()) yield [label, `-> ${readlinkSync(file)}`];
    else if (!stats.isDirectory()) yield [label, hashOf(file)];
    else {
      yield [label, 'folder'];
      yield* fingerprintOf(file, label);
    }
  }
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16);
}
