/**
 * One opened log where it is shown: follows it, and knows all that the view's model is made of.
 *
 * Until a person does something here it only reads. What they may ask for, and who runs the lane, is
 * the business of the front ends.
 */
import type { Desk } from '../coordinator/desk.ts';
import { checkHealth } from '../coordinator/health.ts';
import { originOf } from './history.ts';
import { nextDueAt } from '../core/pick.ts';
import { laneAttempt } from '../core/queue.ts';
import { claimOf } from '../core/task.ts';
import type { Approver } from '../coordinator/approvals.ts';
import { ApprovedTasks } from './approvedTasks.ts';
import type { ViewEvent } from './events.ts';
import { Outputs } from './outputs.ts';
import { watchQueueFile } from './queueFileWatch.ts';
import type { SessionLane } from './sessionLane.ts';
import type { HealthRow, ViewInput } from './viewInput.ts';
import { long } from './words.ts';

export interface SessionOptions<Lane extends SessionLane> {
  readonly desk: Desk;
  /** This person, as in the log. */
  readonly by: string;
  /** Whose approvals hold for programs that wait here. */
  readonly approvers: readonly Approver[];
  readonly makeLane: (desk: Desk, approved: ApprovedTasks, onChange: () => void) => Lane;
  readonly emit: (event: ViewEvent) => void;
  /** What is shown may be another. */
  readonly onChange: () => void;
  /** Hears of each try to read the log: null, or why it failed. */
  readonly onRead: (error: unknown) => void;
}

const projectionLagMs = 100;
const sweepMs = 5_000;
const healthMs = 30_000;
/** Checks that are not shown elsewhere in the view. */
const shownChecks = new Set(['tasks', 'files', 'settings', 'disk', 'clock']);

export class Session<Lane extends SessionLane = SessionLane> {
  readonly desk: Desk;
  readonly approved: ApprovedTasks;
  readonly lane: Lane;
  readonly #options: SessionOptions<Lane>;
  readonly #outputs: Outputs;
  readonly #follower: Disposable;
  readonly #watch: Disposable;
  #reading: Promise<void> | null = null;
  #readAgain = false;
  #seenEnd = -1;
  #isTouched = false;
  #signature = '';
  #sweptAt = 0;
  #health: readonly HealthRow[] = [];
  #healthAt = Number.NEGATIVE_INFINITY;
  #dueAt: number | null = null;

  constructor(options: SessionOptions<Lane>) {
    const { desk, emit, onChange } = options;
    this.#options = options;
    this.desk = desk;
    this.approved = new ApprovedTasks(desk.approvals, options.approvers);
    this.#outputs = new Outputs({ outputDir: desk.paths.output, emit });
    this.lane = options.makeLane(desk, this.approved, onChange);
    this.#follower = desk.store.follow(() => void this.read());
    this.#watch = watchQueueFile(desk.paths.queueFile, () => void this.#takeIn());
    void this.#takeIn();
    this.#changed();
  }

  /** Something is changed from here: from now on this process keeps the projections. */
  touch(): Desk {
    this.#isTouched = true;
    this.desk.keepProjecting(projectionLagMs);
    return this.desk;
  }

  /** Takes in what others recorded. Never rejects: `onRead` hears of it. */
  async read(): Promise<void> {
    this.#readAgain = true;
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null;
    });
    await this.#reading;
  }

  /** Looks at what no change of the log tells: time, processes, files beside it. Every few seconds. */
  tick(): void {
    const nowMs = performance.now();
    this.lane.nudge();
    if (this.lane.sweeps && nowMs - this.#sweptAt >= sweepMs) {
      this.#sweptAt = nowMs;
      this.touch()
        .sweep()
        .catch((error: unknown) => this.#warn(error));
    }
    const isDue = this.#dueAt !== null && this.desk.now() >= this.#dueAt;
    const healthIsOld = nowMs - this.#healthAt >= healthMs;
    const signature = this.#signatureNow();
    if (!isDue && !healthIsOld && signature === this.#signature) return;
    this.#signature = signature;
    this.#dueAt = nextDueAt(this.desk.queue, this.desk.now());
    if (healthIsOld) this.#lookAtHealth();
    this.#options.onChange();
  }

  /** What the view's model is made of, as of now. */
  input(shown: Pick<ViewInput, 'store' | 'rows' | 'dismissed'>): ViewInput {
    const { desk, lane, approved } = this;
    const { by } = this.#options;
    const context = desk.pickContext();
    return {
      ...shown,
      now: context.now,
      queue: desk.queue,
      context,
      kinds: desk.current.kinds,
      workspaceDir: desk.paths.root,
      self: by,
      ownLabel: lane.ownLabel,
      started: lane.isStarted,
      ownsLane: lane.owns,
      isGone: (holder) => lane.isGone(holder),
      isApproved: approved.read(),
      digestOf: (task) => approved.digestOf(task),
      originOf: (task) => originOf(task, by),
      live: this.#outputs.live,
      questions: lane.questions,
      health: this.#health,
    };
  }

  /** Gives back what runs here, and lets go of the log. */
  async close(): Promise<void> {
    this.#follower[Symbol.dispose]();
    this.#watch[Symbol.dispose]();
    this.lane.withdraw();
    await this.lane.close();
    this.#outputs.follow(null);
    // Whoever only looked leaves everything as it was.
    if (this.#isTouched) await this.desk.close();
    else await this.desk.store[Symbol.asyncDispose]();
  }

  /** What someone saved in the queue file is a change like any other, whoever made it. */
  async #takeIn(): Promise<void> {
    try {
      const end = this.desk.queue.end;
      const notes = await this.desk.takeIn();
      for (const { text, reasons } of notes) {
        this.#options.emit({ type: 'edit', message: text, reasons });
      }
      if (notes.length === 0 && this.desk.queue.end === end) return;
      await this.touch().project();
      this.#changed();
    } catch (error) {
      // A log that cannot be read or written; the save is taken in once it can.
      this.#warn(error);
    }
  }

  async #readAll(): Promise<void> {
    while (this.#readAgain) {
      this.#readAgain = false;
      try {
        await this.desk.refresh();
        this.#options.onRead(null);
        this.#changed();
      } catch (error) {
        this.#options.onRead(error);
      }
    }
  }

  #changed(): void {
    const { queue } = this.desk;
    if (queue.end === this.#seenEnd) return;
    this.#seenEnd = queue.end;
    const running = laneAttempt(queue);
    this.#outputs.follow(
      running === null
        ? null
        : {
            task: running.task.id,
            token: running.claim.token,
            attempt: running.task.attempts,
          },
    );
    // An agent that is to stop must not be let go on by a late click.
    if (queue.lane.stop !== null) this.lane.withdraw(queue.lane.stop.token);
    this.#dueAt = nextDueAt(queue, this.desk.now());
    this.lane.nudge();
    this.#options.onChange();
  }

  #warn(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#options.emit({ type: 'log', level: 'warn', message });
  }

  #signatureNow(): string {
    const { owner } = this.desk.queue.lane;
    const ownerIsGone = owner !== null && this.lane.isGone(owner.holder);
    const holders = [...this.desk.queue.held].map((key) => {
      const task = this.desk.queue.tasks.get(key);
      const holder = task === undefined ? null : (claimOf(task)?.holder ?? null);
      return holder !== null && this.lane.isGone(holder) ? 'gone' : 'there';
    });
    return [ownerIsGone, this.approved.stamp, ...holders].join(' ');
  }

  #lookAtHealth(): void {
    this.#healthAt = performance.now();
    this.#health = checkHealth(this.desk)
      .filter(({ name, verdict }) => verdict !== 'ok' && shownChecks.has(name))
      .map(({ name, verdict, message }) => ({
        type: 'health',
        check: name,
        severity: verdict === 'fail' ? 'error' : 'warning',
        text: long(message),
      }));
  }
}
