/**
 * One attempt of the lane at one task: its validity, its program, its acceptance, its transcript.
 *
 * Ends exactly once, with one reason. Recording that is the lane's; this file touches no queue.
 */
import type { LaneStop } from '../core/queue.ts';
import type { Claim, Task } from '../core/task.ts';
import type {
  PreparedProgram,
  ProcessIdentity,
  Program,
  ProgramHost,
  ProgramRequest,
  StopLadder,
} from './program.ts';
import type { Transcript } from './transcript.ts';
import type { TranscriptEvent } from './transcriptFiles.ts';

/** What an attempt needs of the world, given by whoever builds the lane. */
export interface AttemptSetup {
  /** The name under which the lane holds a task. */
  agentFor(task: Task): string;
  /** Everything that the program is told. */
  requestFor(task: Task, claim: Claim): Promise<ProgramRequest>;
  /** @throws {RunnerError} where the task's program cannot be had on this machine */
  programFor(task: Task): Program;
  /** Null where the task has no acceptance command. */
  acceptanceFor(task: Task): Program | null;
  /** Why the task is no longer valid, or null; a program where a command must tell. */
  validityOf(task: Task): Promise<string | null | { readonly check: Program }>;
  openTranscript(task: Task): Promise<Transcript>;
  /** A person's answer to what a program asks. */
  ask: (task: Task, claim: Claim) => ProgramHost['ask'];
  /** Runs the farewell of that name, if there is one; the next task waits for it. */
  sayFarewell(name: string): Promise<void>;
  isPidAlive(pid: number): boolean;
}

export type StopCause =
  | { readonly type: 'asked'; readonly stop: LaneStop }
  | { readonly type: 'timeout' }
  /** The lane is closing: the task goes back unfinished. */
  | { readonly type: 'close' }
  /** The claim is no longer this lane's: someone else ended it. */
  | { readonly type: 'lost' }
  /** Its process could not be put on record, so it must not start. */
  | { readonly type: 'unrecorded' };

export type AttemptEnd =
  | { readonly outcome: 'completed'; readonly result: string | null }
  | { readonly outcome: 'failed'; readonly errorClass: string; readonly message: string }
  | { readonly outcome: 'invalid'; readonly reason: string }
  /** Someone else ended it in the meantime, as an outside agent does with its token. */
  | { readonly outcome: 'settled'; readonly alive: readonly number[] }
  | {
      readonly outcome: 'stopped';
      readonly as: 'interrupt' | 'preempt' | 'cancel' | 'release';
      readonly reason: string;
      readonly farewell?: string;
      /** Processes that would not end. */
      readonly alive: readonly number[];
    };

export interface AttemptOptions {
  readonly setUp: AttemptSetup;
  readonly ladder: () => StopLadder;
  /** Records the process before its program starts. False: the claim is lost, nothing may start. */
  readonly recordStart: (process: ProcessIdentity) => Promise<boolean>;
  /** Keeps what a program gave for the attempt that goes on where this one stops. */
  readonly recordCheckpoint: (checkpoint: unknown) => void;
  readonly onEnd: () => void;
  readonly onTrouble: (message: string) => void;
  readonly timeoutMs: number;
}

type Ran =
  | { readonly outcome: 'completed'; readonly result: string | null }
  | { readonly outcome: 'failed'; readonly errorClass: string; readonly message: string }
  | { readonly outcome: 'stopped'; readonly alive: readonly number[] };

/** The longest delay that a timer of Node can have. */
const longestTimerMs = 2 ** 31 - 1;

export class Attempt {
  readonly task: Task;
  readonly claim: Claim;
  readonly #options: AttemptOptions;
  #transcript: Transcript | null = null;
  readonly #stopAsked: Promise<null>;
  #askStop: () => void = () => undefined;
  #cause: StopCause | null = null;
  #end: AttemptEnd | null = null;

  constructor(task: Task, claim: Claim, options: AttemptOptions) {
    this.task = task;
    this.claim = claim;
    this.#options = options;
    this.#stopAsked = new Promise((resolve) => {
      this.#askStop = () => resolve(null);
    });
  }

  /** How it ended, or null while it is under way. */
  get end(): AttemptEnd | null {
    return this.#end;
  }

  /** Begins; `onEnd` is called once it is over. */
  start(): void {
    const limitMs = Math.min(this.#options.timeoutMs, longestTimerMs);
    const timer = setTimeout(() => this.stop({ type: 'timeout' }), limitMs);
    void this.#run()
      .catch((error: unknown): AttemptEnd => {
        const message = error instanceof Error ? error.message : String(error);
        const errorClass = errorClassOf(error);
        return { outcome: 'failed', errorClass, message };
      })
      .then(async (end) => {
        clearTimeout(timer);
        await this.#saveEnd(end);
        this.#end = end;
        this.#options.onEnd();
      });
  }

  /** Stops it, whatever it does; the first cause counts, but a cancel may follow an interrupt. */
  stop(cause: StopCause): void {
    if (this.#cause === null || wantsMore(this.#cause, cause)) this.#cause = cause;
    this.#askStop();
  }

  async #run(): Promise<AttemptEnd> {
    const { setUp } = this.#options;
    this.#transcript = await setUp.openTranscript(this.task);
    const validity = await setUp.validityOf(this.task);
    if (typeof validity === 'string') return { outcome: 'invalid', reason: validity };
    if (validity !== null) {
      const checked = await this.#runProgram(validity.check);
      if (checked.outcome === 'stopped') return this.#stopped(checked.alive);
      const reason = `${this.task.content.validIf ?? 'Its check'} says that it is no longer valid`;
      if (checked.outcome === 'failed') return { outcome: 'invalid', reason };
    }
    const ran = await this.#runProgram(setUp.programFor(this.task));
    if (ran.outcome === 'stopped') return this.#stopped(ran.alive);
    const acceptance = ran.outcome === 'completed' ? setUp.acceptanceFor(this.task) : null;
    if (acceptance === null) return ran;

    const accepted = await this.#runProgram(acceptance);
    if (accepted.outcome === 'stopped') return this.#stopped(accepted.alive);
    if (accepted.outcome === 'completed') return ran;
    const message = `The acceptance command failed: ${accepted.message}`;
    return { outcome: 'failed', errorClass: 'ACCEPTANCE_FAILED', message };
  }

  #isStopping(): boolean {
    return this.#cause !== null;
  }

  async #runProgram(program: Program): Promise<Ran> {
    const { setUp, recordStart, recordCheckpoint } = this.#options;
    if (this.#isStopping()) return { outcome: 'stopped', alive: [] };
    const request = await setUp.requestFor(this.task, this.claim);
    const host: ProgramHost = {
      emit: (event) => this.#transcript?.append(event),
      drained: () => this.#transcript?.drained(),
      ask: setUp.ask(this.task, this.claim),
      checkpoint: recordCheckpoint,
    };
    const prepared = await program.prepare(request, host);
    // The process is on record before its program starts, so that whoever comes after a crash
    // can make sure that it is silent.
    const { process } = prepared;
    if (process !== null && !this.#isStopping() && !(await recordStart(process))) {
      this.stop({ type: 'unrecorded' });
    }
    if (this.#isStopping()) return this.#stopProgram(prepared);
    prepared.begin();
    const end = await Promise.race([prepared.ended, this.#stopAsked]);
    if (end === null) return this.#stopProgram(prepared);
    return end.outcome === 'stopped' ? { outcome: 'stopped', alive: [] } : end;
  }

  async #stopProgram(prepared: PreparedProgram): Promise<Ran> {
    const report = await prepared.stop(this.#options.ladder());
    return { outcome: 'stopped', alive: report.quiet ? [] : report.alive };
  }

  #stopped(alive: readonly number[]): AttemptEnd {
    const cause = this.#cause;
    const stopped = { outcome: 'stopped', alive } as const;
    // A person stopped its supervisor, as `interrupt` does where the log cannot be written. It must
    // not start again by itself.
    if (cause === null) return { ...stopped, as: 'interrupt', reason: 'Stopped from outside' };
    switch (cause.type) {
      case 'asked': {
        const { then, reason, farewell } = cause.stop;
        const end = { ...stopped, as: then, reason };
        return farewell === undefined ? end : { ...end, farewell };
      }
      case 'timeout': {
        const minutes = Math.round((this.#options.timeoutMs / 60_000) * 10) / 10;
        const message = `Stopped after ${minutes} minutes, its time limit`;
        return { outcome: 'failed', errorClass: 'TIMEOUT', message };
      }
      case 'close':
        return { ...stopped, as: 'release', reason: 'The lane was closed' };
      case 'lost':
        return { outcome: 'settled', alive };
      case 'unrecorded':
        return { ...stopped, as: 'release', reason: 'Its process could not be put on record' };
    }
  }

  /** What it had produced is on disk before its end is recorded; a failed save is said, too. */
  async #saveEnd(end: AttemptEnd): Promise<void> {
    this.#transcript?.append(endEvent(end));
    const saved = await this.#transcript?.close();
    if (saved?.saved === false) this.#options.onTrouble(saved.error.message);
  }
}

function wantsMore(before: StopCause, after: StopCause): boolean {
  if (before.type !== 'asked' || after.type !== 'asked') return false;
  return before.stop.then === 'preempt' || after.stop.then === 'cancel';
}

function endEvent(end: AttemptEnd): TranscriptEvent {
  switch (end.outcome) {
    case 'completed':
      return { type: 'complete', result: end.result };
    case 'failed':
      return { type: 'error', errorClass: end.errorClass, message: end.message };
    case 'invalid':
    case 'stopped':
      return { type: 'interrupted', message: end.reason };
    case 'settled':
      return { type: 'complete', result: null };
  }
}

function errorClassOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'PROGRAM_ERROR';
}
