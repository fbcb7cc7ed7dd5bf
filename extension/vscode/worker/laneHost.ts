/**
 * This window's lane: started and stopped by a person, run here unless another process owns it.
 *
 * A start stands until a stop: while another process owns the lane this window stands by, and takes
 * over once that process is gone. What may run and when is the lane's business.
 */
import { isSameProcess } from '../../core/lease.ts';
import { laneAttempt } from '../../core/queue.ts';
import type { Rejection } from '../../core/rejection.ts';
import type { Position } from '../../core/ids.ts';
import type { Holder } from '../../core/task.ts';
import { homeFolder } from '../../coordinator/approvals.ts';
import type { Desk } from '../../coordinator/desk.ts';
import { findFarewell } from '../../coordinator/farewells.ts';
import { ownHolder } from '../../platform/holder.ts';
import type { Outcome } from '../../protocol/webview.ts';
import { findAgentCommand, parseAgents } from '../../runner/agentCommands.ts';
import { Lane } from '../../runner/lane.ts';
import type { LaneEvent } from '../../runner/lane.ts';
import { laneSetup } from '../../runner/laneSetup.ts';
import type { WorkerEvent, WorkerOptions } from './contract.ts';
import type { ApprovedTasks } from '../../view/approvedTasks.ts';
import type { SessionLane } from '../../view/sessionLane.ts';
import type { PermissionRow } from '../../view/viewInput.ts';
import { Questions } from './questions.ts';

export interface LaneHostOptions {
  readonly desk: Desk;
  readonly worker: Pick<WorkerOptions, 'supervisorPath' | 'agents'>;
  readonly approved: Pick<ApprovedTasks, 'read'>;
  readonly emit: (event: WorkerEvent) => void;
  /** The lane's ownership or this window's start changed. */
  readonly onChange: () => void;
}

/** An editor that closes waits for nobody long. */
const closingLadder = { askMs: 700, terminateMs: 400 };

export class LaneHost implements SessionLane {
  readonly ownLabel = 'VS Code';
  readonly inbox: Questions;
  readonly #options: LaneHostOptions;
  readonly #self: Holder = ownHolder();
  #lane: Lane | null = null;
  #running: Promise<void> = Promise.resolve();
  #opening: Promise<Rejection | null> | null = null;
  #started = false;
  #isClosing = false;
  /** Whether the lane was told to end from here. */
  #isEnding = false;
  #lastTrouble = '';

  constructor(options: LaneHostOptions) {
    this.#options = options;
    this.inbox = new Questions(() => options.desk.now(), options.onChange);
  }

  /** Whether a person's start stands. */
  get isStarted(): boolean {
    return this.#started;
  }

  /** Whether this process owns the lane. */
  get owns(): boolean {
    return this.#lane !== null;
  }

  get sweeps(): boolean {
    return this.#started;
  }

  get questions(): readonly PermissionRow[] {
    return this.inbox.rows;
  }

  withdraw(token?: Position): void {
    this.inbox.cancel(token);
  }

  /** Whether the lane's owner can be taken over from: it is gone, or an earlier thread of ours. */
  isGone(holder: Holder): boolean {
    if (isSameProcess(holder, this.#self)) return !this.owns;
    return this.#options.desk.isGone(holder);
  }

  /** @returns the refusal where another process owns the lane; the start stands all the same */
  async start(): Promise<Outcome> {
    if (this.#isClosing) return refusal('lane-held', 'This window is closing.');
    this.#setStarted(true, null);
    if (this.owns) return { ok: true };
    let rejection: Rejection | null;
    try {
      rejection = await this.#open();
    } catch (error) {
      this.#setStarted(false, null);
      throw error;
    }
    if (rejection === null) return { ok: true };
    const message = `${rejection.message} This window takes over when that one ends.`;
    return refusal(rejection.reason, message);
  }

  /** What runs goes on to its end; then the lane is anyone's. */
  stop(): void {
    this.#setStarted(false, null);
    if (this.#lane?.attempt === null) this.#endLane();
  }

  /** Something may have changed: the log, an approval, whether the lane's owner lives. */
  nudge(): void {
    this.#lane?.nudge();
    if (this.#started && !this.owns && this.#isFree()) void this.#tryAgain();
  }

  /** Ends what a lane left behind whose process is gone, without starting anything. */
  async settleLeftovers(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    const { queue } = this.#options.desk;
    const { owner } = queue.lane;
    if (this.owns || laneAttempt(queue) === null || (owner !== null && !this.#isFree())) return;
    const lane = this.#makeLane();
    if ((await lane.open((holder) => this.isGone(holder))) !== null) return;
    lane.close();
    await lane.run({ untilEmpty: true });
  }

  /** Gives the running attempt back, and the lane. Resolves when both are recorded. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#started = false;
    // A lane that is being opened just now would otherwise begin to work after this.
    await this.#opening?.catch(() => undefined);
    this.#endLane();
    await this.#running;
  }

  #isFree(): boolean {
    const { owner } = this.#options.desk.queue.lane;
    return owner === null || this.isGone(owner.holder);
  }

  #open(): Promise<Rejection | null> {
    this.#opening ??= this.#openNow().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #openNow(): Promise<Rejection | null> {
    const lane = this.#makeLane();
    const rejection = await lane.open((holder) => this.isGone(holder));
    if (rejection !== null) return rejection;
    this.#lane = lane;
    this.#running = this.#run(lane);
    // A stop or a close while it was being opened found no lane to tell.
    if (!this.#started) this.#endLane();
    this.#options.onChange();
    return null;
  }

  async #run(lane: Lane): Promise<void> {
    try {
      await lane.run({ untilEmpty: false });
    } catch (error) {
      this.#trouble(error);
    }
    const wasAsked = this.#isEnding;
    this.#isEnding = false;
    this.#lane = null;
    this.#options.onChange();
    if (!this.#started) return;
    // Started again while it was ending: then it begins anew.
    if (wasAsked) return this.#tryAgain();
    this.#setStarted(true, 'The lane ended here, and this window stands by to run it again.');
  }

  #endLane(): void {
    this.#isEnding = this.#lane !== null;
    this.#lane?.close();
  }

  async #tryAgain(): Promise<void> {
    if (!this.#started || this.owns || this.#opening !== null) return;
    try {
      const rejection = await this.#open();
      if (rejection === null) this.#setStarted(true, 'This window runs the lane now.');
    } catch (error) {
      this.#trouble(error);
    }
  }

  #setStarted(started: boolean, message: string | null): void {
    const { emit, onChange } = this.#options;
    if (this.#started === started && message === null) return;
    this.#started = started;
    emit({ type: 'lane', started, message });
    onChange();
  }

  #makeLane(): Lane {
    const { desk, approved } = this.#options;
    return new Lane({
      queue: desk,
      holder: this.#self,
      label: this.ownLabel,
      mayRun: (task) => this.#started && approved.read()(task),
      ladder: () => (this.#isClosing ? closingLadder : desk.ladder),
      report: (event) => this.#hear(event),
      setUp: this.#setUp(),
    });
  }

  #setUp() {
    const { desk, worker } = this.#options;
    const { paths, env } = desk;
    const { supervisorPath, agents } = worker;
    return laneSetup({
      workspaceDir: paths.root,
      outputDir: paths.output,
      supervisorPath,
      env,
      now: () => desk.now(),
      textOf: (text) => desk.textOf(text),
      ask: (...question) => this.inbox.ask(...question),
      agentOf: (name) => {
        // Read with each task, so that a mistake in one agent's settings is that task's failure.
        const configured = parseAgents(agents, 'The setting signalbox.agents');
        return findAgentCommand(name, { home: homeFolder(env), env, configured });
      },
      farewellOf: (name) => findFarewell(name, env),
    });
  }

  #hear(event: LaneEvent): void {
    if (event.type === 'trouble') {
      this.#trouble(event.message);
      return;
    }
    if (event.type !== 'ended') return;
    this.#lastTrouble = '';
    const token = event.task.lastClaim?.token;
    if (token !== undefined) this.inbox.cancel(token);
    if (!this.#started) this.#endLane();
  }

  /** The lane says the same with each of its tries; once is enough. */
  #trouble(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (message === this.#lastTrouble) return;
    this.#lastTrouble = message;
    this.#options.emit({ type: 'log', level: 'warn', message });
  }
}

function refusal(reason: string, message: string): Outcome {
  return { ok: false, reason, message };
}
