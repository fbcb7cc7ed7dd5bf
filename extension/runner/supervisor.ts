/**
 * The starter's side of a supervised program: starts the supervisor, tells it what to do, and
 * answers for the program's whole process tree even when the supervisor itself is lost.
 *
 * Reads nothing of what the program says and knows no tasks; that is the business of `programs/`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { endTree, isQuiet } from './processTree.ts';
import type { ProcessIdentity, StopLadder, StopReport } from './program.ts';
import { RunnerError } from './runnerError.ts';
import {
  type Control,
  lineParser,
  type Report,
  reportFd,
  type SpawnFailure,
} from './supervisorProtocol.ts';

export interface SuperviseOptions {
  /** The program and its arguments, passed on as they are. */
  readonly argv: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** The program's environment; `SIGNALBOX_COOKIE` is added. */
  readonly env: Readonly<Record<string, string>>;
  /** The bundled `supervise.js`. */
  readonly supervisorPath: string;
}

/** How a supervised program came to its end. */
export type Exit =
  | {
      readonly code: number | null;
      readonly signal: string | null;
      /** Whether a stop had begun before the program ended. */
      readonly stopped: boolean;
    }
  | { readonly spawnError: SpawnFailure }
  /** Stopped before it began. */
  | { readonly neverBegan: true }
  /** The supervisor was killed; the program was ended without it. */
  | { readonly supervisorLost: true };

export interface Supervised {
  readonly identity: ProcessIdentity;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Lets the program start. Without effect after a stop, or a second time. */
  begin(): void;
  /** Resolves when the program and its whole tree are gone. Never rejects. */
  readonly exited: Promise<Exit>;
  /** As `PreparedProgram.stop`; a second, more impatient call moves the deadlines forward. */
  stop(ladder: StopLadder): Promise<StopReport>;
}

/** A loaded machine may take seconds to start a Node process. */
const readyDeadlineMs = 30_000;
/** How long beyond its own deadlines a supervisor may take before it counts as hung. */
const supervisorGraceMs = 10_000;
/** What a lost supervisor's program gets between being terminated and being killed. */
const lostTerminateMs = 1_000;
/** How long a supervisor may take to exit once it said its last word. */
const exitDeadlineMs = 5_000;
const aliveLookMs = 1_000;
const maxComplaintChars = 2_000;

/**
 * Starts a supervisor for one program and resolves when it is ready for `begin`.
 *
 * @throws {RunnerError} `SUPERVISOR_FAILED` when it does not get ready.
 */
export async function startSupervised(options: SuperviseOptions): Promise<Supervised> {
  const own = randomUUID();
  // A lane inside a program of another lane belongs to that one's tree too.
  const cookie = [options.env['SIGNALBOX_COOKIE'], own].filter(Boolean).join(':');
  const child = spawn(process.execPath, [options.supervisorPath], {
    cwd: dirname(options.supervisorPath),
    // A session of its own, so that Ctrl-C in the starter's terminal leaves the order to the lane.
    detached: process.platform !== 'win32',
    env: supervisorEnvironment(cookie),
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const supervisor = new StartedSupervisor(child, own);
  await supervisor.getReady({
    type: 'spec',
    argv: options.argv,
    cwd: options.cwd,
    env: { ...options.env, SIGNALBOX_COOKIE: cookie },
    cookie: own,
  });
  return supervisor;
}

class StartedSupervisor implements Supervised {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #control: Writable;
  readonly #isReady = withResolvers<undefined>();
  readonly #exit = withResolvers<Exit>();
  readonly #waitingForStop: ((report: StopReport) => void)[] = [];
  #identity: ProcessIdentity;
  #seen: Exit = { neverBegan: true };
  #isStopAsked = false;
  #quietBy: 'ask' | 'terminate' | 'kill' | undefined;
  #isQuiet = false;

  constructor(child: ChildProcess, cookie: string) {
    this.#child = child;
    this.#identity = { pid: child.pid ?? 0, startTime: '', cookie };
    const streams = child.stdio as unknown as readonly [
      Writable,
      Readable,
      Readable,
      Socket,
      Socket,
    ];
    [this.stdin, this.stdout, this.stderr, this.#control] = streams;
    this.exited = this.#exit.promise;
    const report = streams[reportFd];
    report.setEncoding('utf8');
    report.on(
      'data',
      lineParser((value) => this.#hear(value as Report)),
    );
    child.on('error', (error) => this.#isReady.reject(error));
    // Only without the supervisor is all quiet: it is the process that was recorded.
    void Promise.all([
      new Promise((resolve) => report.once('close', resolve)),
      new Promise((resolve) => child.once('exit', resolve)),
    ]).then(() => this.#supervisorEnded());
    // Whoever is gone takes no more words; that it is gone is heard from the report's end.
    for (const stream of [this.stdin, this.#control, report]) stream.on('error', () => undefined);
  }

  get identity(): ProcessIdentity {
    return this.#identity;
  }

  async getReady(spec: Extract<Control, { type: 'spec' }>): Promise<void> {
    this.#tell(spec);
    const timer = setTimeout(
      () => this.#isReady.reject(new Error(`not ready after ${readyDeadlineMs} ms`)),
      readyDeadlineMs,
    );
    try {
      await this.#isReady.promise;
    } catch (cause) {
      this.#child.kill('SIGKILL');
      const complaint = String(this.stderr.read() ?? '').slice(-maxComplaintChars);
      throw new RunnerError(
        'SUPERVISOR_FAILED',
        `The supervisor of programs (${this.#child.spawnargs.join(' ')}) did not start: ` +
          `${(cause as Error).message}. ${complaint}\n` +
          'Nothing was run. Reinstall Signalbox if that file is missing.',
        { cause },
      );
    } finally {
      clearTimeout(timer);
    }
  }

  begin(): void {
    this.#tell({ type: 'begin' });
  }

  async stop(ladder: StopLadder): Promise<StopReport> {
    if (this.#isQuiet) return { quiet: true, by: 'already-ended' };
    const outcome = new Promise<StopReport>((resolve) => this.#waitingForStop.push(resolve));
    this.#isStopAsked = true;
    this.#tell({ type: 'stop', ...ladder });
    const hung = setTimeout(
      // Its end closes the report, and the program is then ended without it.
      () => this.#child.kill('SIGKILL'),
      ladder.askMs + ladder.terminateMs + supervisorGraceMs,
    );
    try {
      return await outcome;
    } finally {
      clearTimeout(hung);
    }
  }

  #tell(message: Control): void {
    if (this.#control.writable) this.#control.write(`${JSON.stringify(message)}\n`);
  }

  #hear(message: Report): void {
    switch (message.type) {
      case 'ready':
        this.#identity = { ...this.#identity, pid: message.pid, startTime: message.startTime };
        this.#isReady.resolve(undefined);
        return;
      case 'started':
        return;
      case 'notStarted':
        this.#seen = { spawnError: message };
        return;
      case 'exit':
        this.#seen = message;
        return;
      case 'quiet':
        this.#quietBy = message.by;
        setTimeout(() => this.#child.kill('SIGKILL'), exitDeadlineMs).unref();
        return;
      case 'alive':
        this.#answerStops({ quiet: false, alive: message.pids });
        return;
    }
  }

  /** Without a word of quiet before, it was killed: whatever it supervised is ended from here. */
  async #supervisorEnded(): Promise<void> {
    this.#isReady.reject(new Error('it ended at once'));
    if (this.#quietBy !== undefined) {
      this.#end(this.#quietBy);
      return;
    }
    const report = await endTree(this.#identity, lostTerminateMs);
    if (!report.quiet) {
      this.#answerStops(report);
      while (!(await isQuiet(this.#identity))) await pause(aliveLookMs);
    }
    if ('neverBegan' in this.#seen) {
      this.#seen = this.#isStopAsked
        ? { code: null, signal: 'SIGKILL', stopped: true }
        : { supervisorLost: true };
    }
    this.#end('kill');
  }

  #end(by: 'ask' | 'terminate' | 'kill'): void {
    this.#isQuiet = true;
    const endedByItself =
      !('neverBegan' in this.#seen) && !('stopped' in this.#seen && this.#seen.stopped);
    this.#answerStops({ quiet: true, by: endedByItself ? 'already-ended' : by });
    this.#control.destroy();
    this.#exit.resolve(this.#seen);
  }

  #answerStops(report: StopReport): void {
    for (const answer of this.#waitingForStop.splice(0)) answer(report);
  }
}

/** Little more than the cookie: what an editor sets for its own processes would change a Node. */
function supervisorEnvironment(cookie: string): Record<string, string> {
  const env: Record<string, string> = { SIGNALBOX_COOKIE: cookie, ELECTRON_RUN_AS_NODE: '1' };
  for (const name of ['PATH', 'SystemRoot', 'LD_LIBRARY_PATH', 'TEMP']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** `Promise.withResolvers` of newer Nodes; a rejection that nobody waits for any more is no error. */
function withResolvers<Value>() {
  let resolve!: (value: Value) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<Value>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
