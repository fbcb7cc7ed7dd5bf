/**
 * The lane: the one loop that starts programs, one at a time.
 *
 * Everything reaches it through the log: what waits, what is to be stopped, whether it is paused.
 * A nudge only says "look again", so a lost nudge costs time and never a task. Rules are `core`'s,
 * programs are the port's; this file sequences.
 *
 * Phases:
 *
 *     closed   does not own the lane
 *     idle     owns it and waits for a task that may start
 *     running  one attempt is under way; nothing else starts
 *     held     something of a stopped program is still alive; nothing starts
 *     closing  gives its attempt back, then the lane, and ends
 */
import { randomUUID } from 'node:crypto';
import type { Command, CommandBody } from '../core/command.ts';
import type { Instant, Position, TaskId } from '../core/ids.ts';
import { formatTaskId } from '../core/ids.ts';
import { isSameProcess } from '../core/lease.ts';
import { nextDueAt, pickForLane } from '../core/pick.ts';
import { shouldInterrupt } from '../core/preempt.ts';
import type { Queue } from '../core/queue.ts';
import { describeTask, findTask, laneAttempt } from '../core/queue.ts';
import type { Rejection } from '../core/rejection.ts';
import type { Rules } from '../core/rules.ts';
import type { Claim, Holder, Task } from '../core/task.ts';
import { claimOf } from '../core/task.ts';
import { Attempt } from './attempt.ts';
import type { AttemptEnd, AttemptSetup } from './attempt.ts';
import { endTree, isQuiet } from './processTree.ts';
import type { StopLadder } from './program.ts';
import { Wake } from './wake.ts';

/** What the lane asks of the queue; the coordinator is one. */
export interface LaneQueue {
  readonly queue: Queue;
  readonly rules: Rules;
  refresh(): Promise<unknown>;
  execute(
    command: Command,
  ): Promise<
    | { readonly ok: true; readonly task: TaskId | null }
    | { readonly ok: false; readonly rejection: Rejection }
  >;
  now(): Instant;
  beat(task: TaskId, token: Position): Promise<void>;
}

export interface LaneOptions {
  readonly queue: LaneQueue;
  /** The process that owns the lane, by which others see whether it lives. */
  readonly holder: Holder;
  /** For people: `signalbox run`, `VS Code`. */
  readonly label: string;
  /** Whether a person on this machine let the task's program run as it is. */
  readonly mayRun: (task: Task) => boolean;
  readonly ladder: () => StopLadder;
  readonly setUp: AttemptSetup;
  /** Hears what happens, after it was recorded. */
  readonly report: (event: LaneEvent) => void;
}

export type LaneEvent =
  | { readonly type: 'started'; readonly task: Task }
  | { readonly type: 'ended'; readonly task: Task; readonly end: AttemptEnd }
  /** Something that a person should know and that the lane goes on trying. */
  | { readonly type: 'trouble'; readonly message: string };

/** Safety net for lost nudges, and the pace of retries while the log cannot be written. */
const idlePollMs = 1_000;
const heldPollMs = 500;

export class Lane {
  readonly #options: LaneOptions;
  readonly #wake = new Wake();
  #token: Position | null = null;
  #attempt: Attempt | null = null;
  #isClosing = false;
  #untilEmpty = false;
  #lastBeatAt = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Says that the log, the approvals or the settings may have changed. */
  nudge(): void {
    this.#wake.now();
  }

  /** The attempt under way, for whoever shows its output. */
  get attempt(): Attempt | null {
    return this.#attempt;
  }

  /**
   * Takes the lane, after its last owner's attempt was settled where that owner is gone.
   *
   * @returns the refusal where another living process owns it
   */
  async open(isOwnerGone: (holder: Holder) => boolean): Promise<Rejection | null> {
    const { queue, holder, label } = this.#options;
    await queue.refresh();
    const { owner } = queue.queue.lane;
    // This process as owner means an earlier lane of its own, which ended without a word; no owner
    // but an attempt, that its end could not be recorded.
    const isLeft =
      owner === null
        ? laneAttempt(queue.queue) !== null
        : isSameProcess(owner.holder, holder) || isOwnerGone(owner.holder);
    if (isLeft) await this.#settleLeftovers(owner?.token ?? null);
    const outcome = await this.#execute({ type: 'laneAcquire', holder, label });
    if (!outcome.ok) return outcome.rejection;
    this.#token = queue.queue.lane.owner?.token ?? null;
    return null;
  }

  /** Works until `close`, or, with `untilEmpty`, until nothing can start. */
  async run({ untilEmpty }: { readonly untilEmpty: boolean }): Promise<void> {
    this.#untilEmpty = untilEmpty;
    try {
      while (await this.#turn());
    } finally {
      if (this.#token !== null) await this.#giveUp(this.#token);
      this.#token = null;
    }
  }

  /** Gives the running attempt back and ends `run`. */
  close(): void {
    this.#isClosing = true;
    this.#wake.now();
  }

  /** One turn of the loop. False: it is over. */
  async #turn(): Promise<boolean> {
    const { queue } = this.#options;
    try {
      await queue.refresh();
    } catch (error) {
      // Closing needs no log: what runs is stopped, whether or not that can be recorded.
      if (this.#isClosing) this.#attempt?.stop({ type: 'close' });
      return this.#troubled(error);
    }
    if (this.#attempt !== null) return this.#tend(this.#attempt);
    if (this.#isClosing || queue.queue.lane.owner?.token !== this.#token) return false;
    if (queue.queue.lane.alive.length > 0) return this.#waitForQuiet();
    const task = this.#pick();
    if (task !== null) return this.#start(task);
    if (this.#untilEmpty) return false;
    const dueAt = nextDueAt(queue.queue, queue.now());
    await this.#wake.wait(Math.min(idlePollMs, dueAt === null ? idlePollMs : dueAt - queue.now()));
    return true;
  }

  /** The next task, as if `leaving` were given up already. */
  #pick(leaving?: TaskId): Task | null {
    const { queue, mayRun } = this.#options;
    const context = { now: queue.now(), rules: queue.rules };
    return pickForLane(
      queue.queue,
      mayRun,
      leaving === undefined ? context : { ...context, leaving },
    );
  }

  /** Proof of ownership: a lane that was taken over in the meantime reports and settles nothing. */
  #owned(): { readonly lane?: Position } {
    return this.#token === null ? {} : { lane: this.#token };
  }

  async #start(task: Task): Promise<boolean> {
    const { queue, holder, setUp, report, ladder } = this.#options;
    const lane = this.#token;
    if (lane === null) return false;
    const agent = setUp.agentFor(task);
    const claim = { type: 'laneClaim', task: task.id, agent, lane, holder } as const;
    try {
      const outcome = await this.#execute(claim);
      // Someone was faster: paused it, cancelled it, or took the lane. Look again.
      if (!outcome.ok) return true;
    } catch (error) {
      return this.#troubled(error);
    }
    const started = findTask(queue.queue, task.id);
    const held = started === undefined ? null : claimOf(started);
    if (started === undefined || held === null) return true;
    this.#attempt = new Attempt(started, held, {
      setUp,
      ladder,
      recordStart: (process) => this.#recordStart(held.token, process),
      recordCheckpoint: (checkpoint) => void this.#recordCheckpoint(started, held, checkpoint),
      onEnd: () => this.#wake.now(),
      onTrouble: (message) => report({ type: 'trouble', message }),
      timeoutMs: timeoutOf(started, queue.rules),
    });
    report({ type: 'started', task: started });
    this.#attempt.start();
    return true;
  }

  async #recordStart(
    token: Position,
    process: { readonly pid: number; readonly startTime: string; readonly cookie: string },
  ): Promise<boolean> {
    const data = { action: 'started', token, process } as const;
    try {
      const outcome = await this.#execute({ type: 'laneReport', data, ...this.#owned() });
      return outcome.ok;
    } catch (error) {
      // What is not on record must not start: the task goes back, through no fault of its own.
      this.#trouble(error);
      return false;
    }
  }

  async #recordCheckpoint(
    { id: task }: Task,
    { token, agent }: Claim,
    checkpoint: unknown,
  ): Promise<void> {
    const caller = { token, agent, process: null, place: this.#options.holder };
    try {
      await this.#execute({ type: 'checkpoint', task, checkpoint, caller });
    } catch (error) {
      // Without it the next attempt starts over, which is what it would do anyway.
      this.#trouble(error);
    }
  }

  /** Looks after the running attempt: stops it where that was asked, settles it once it ended. */
  async #tend(attempt: Attempt): Promise<boolean> {
    const { queue } = this.#options;
    const { stop } = queue.queue.lane;
    const { token } = attempt.claim;
    if (attempt.end !== null) return this.#settle(attempt, attempt.end);

    if (laneAttempt(queue.queue)?.claim.token !== token) attempt.stop({ type: 'lost' });
    else if (this.#isClosing) attempt.stop({ type: 'close' });
    else if (stop?.token === token) attempt.stop({ type: 'asked', stop });
    else await this.#preemptFor(attempt);

    await this.#beat(attempt);
    // An end in the meantime has rung already, so this returns at once.
    await this.#wake.wait(idlePollMs);
    return true;
  }

  /** Asks for the running attempt's stop where something more urgent waits; the log carries it. */
  async #preemptFor(attempt: Attempt): Promise<void> {
    const { queue } = this.#options;
    const candidate = this.#pick(attempt.task.id);
    if (candidate === null || !queue.rules.preempt) return;
    if (!shouldInterrupt(attempt.task, candidate, queue.queue.focus)) return;
    const reason = `Makes way for ${describeTask(candidate)}`;
    const task = attempt.task.id;
    try {
      await this.#execute({ type: 'interrupt', then: 'preempt', task, reason });
    } catch (error) {
      this.#trouble(error);
    }
  }

  async #beat({ task, claim }: Attempt): Promise<void> {
    const { queue } = this.#options;
    if (queue.now() - this.#lastBeatAt < queue.rules.retry.heartbeatMs) return;
    this.#lastBeatAt = queue.now();
    try {
      await queue.beat(task.id, claim.token);
    } catch (error) {
      this.#trouble(error);
    }
  }

  /** Records how the attempt ended; until that is possible, the lane stays with it. */
  async #settle(attempt: Attempt, end: AttemptEnd): Promise<boolean> {
    const { queue, setUp, report } = this.#options;
    try {
      if ('alive' in end && end.alive.length > 0) {
        const data = { action: 'held', pids: end.alive } as const;
        await this.#execute({ type: 'laneReport', data, ...this.#owned() });
      }
      // A refusal means that someone settled it already: one outcome is all there may be.
      const settlement = this.#settlement(attempt, end);
      if (settlement !== null) await this.#execute(settlement);
    } catch (error) {
      return this.#troubled(error);
    }
    this.#attempt = null;
    report({ type: 'ended', task: findTask(queue.queue, attempt.task.id) ?? attempt.task, end });
    const farewell = end.outcome === 'stopped' ? end.farewell : undefined;
    if (farewell !== undefined) await setUp.sayFarewell(farewell);
    return true;
  }

  /** The command that records `end`, or null where it is on record already. */
  #settlement(attempt: Attempt, end: AttemptEnd): CommandBody | null {
    const { id: task } = attempt.task;
    const { token } = attempt.claim;
    const { holder } = this.#options;
    const caller = { token, agent: attempt.claim.agent, process: null, place: holder };
    const owned = this.#owned();
    switch (end.outcome) {
      case 'completed':
        return { type: 'complete', task, result: end.result, caller };
      case 'failed':
        return { type: 'fail', task, errorClass: end.errorClass, message: end.message, caller };
      case 'invalid':
        return { type: 'laneSettle', task, token, as: 'skip', reason: end.reason, ...owned };
      case 'stopped':
        return { type: 'laneSettle', task, token, as: end.as, reason: end.reason, ...owned };
      case 'settled':
        return null;
    }
  }

  async #waitForQuiet(): Promise<boolean> {
    const { queue, setUp } = this.#options;
    const { alive } = queue.queue.lane;
    if (alive.some((pid) => setUp.isPidAlive(pid))) {
      await this.#wake.wait(heldPollMs);
      return !this.#isClosing;
    }
    await this.#execute({ type: 'laneReport', data: { action: 'quiet' }, ...this.#owned() });
    return true;
  }

  /** Settles what a dead owner left: first its program must be silent, then its lease ends. */
  async #settleLeftovers(lane: Position | null): Promise<void> {
    const { queue, ladder, report } = this.#options;
    const { running } = queue.queue.lane;
    const attempt = laneAttempt(queue.queue);
    if (running !== null && !(await isQuiet(running.process))) {
      const stopped = await endTree(running.process, ladder().terminateMs);
      if (!stopped.quiet) {
        const pids = stopped.alive.join(', ');
        report({ type: 'trouble', message: `Still alive of an earlier program: ${pids}` });
        await this.#execute({ type: 'laneReport', data: { action: 'held', pids: stopped.alive } });
      }
    }
    const evidence = 'the process that ran the lane is gone';
    if (attempt !== null) {
      const { task, claim } = attempt;
      await this.#execute({ type: 'expire', task: task.id, token: claim.token, evidence });
      report({ type: 'trouble', message: `Settled ${formatTaskId(task.id)}: ${evidence}` });
    }
    if (lane !== null) await this.#execute({ type: 'laneExpire', lane, evidence });
  }

  async #giveUp(lane: Position): Promise<void> {
    try {
      await this.#execute({ type: 'laneRelease', lane });
    } catch (error) {
      // Whoever comes next sees that this process is gone.
      this.#trouble(error);
    }
  }

  async #troubled(error: unknown): Promise<boolean> {
    this.#trouble(error);
    // While a stop is under way, or none can be recorded, nothing else may start.
    await this.#wake.wait(idlePollMs);
    return !(this.#isClosing && this.#attempt?.end !== null);
  }

  #trouble(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#options.report({ type: 'trouble', message });
  }

  #execute(body: CommandBody) {
    // Spelled out, the union of all bodies is more than the compiler can represent.
    const command: unknown = { ...body, id: randomUUID(), by: 'lane' };
    return this.#options.queue.execute(command as Command);
  }
}

const minuteMs = 60_000;

/** The time limit of an attempt: the task's own, where it is shorter than everyone's. */
function timeoutOf(task: Task, rules: Rules): number {
  const own = task.content.limit?.minutes;
  return Math.min(rules.retry.timeoutMs, own === undefined ? Infinity : own * minuteMs);
}
