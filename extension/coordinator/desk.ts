/**
 * One workspace as a front end works on it: its queue, its log, its settings.
 *
 * Wires the parts together for one store, whichever it is, and shapes tasks and records for output.
 * Rules are elsewhere.
 */
import type { Command } from '../core/command.ts';
import type { LogRecord } from '../core/event.ts';
import type { Instant, Position, TaskId } from '../core/ids.ts';
import { instant, position } from '../core/ids.ts';
import type { PickContext } from '../core/pick.ts';
import { findTask } from '../core/queue.ts';
import type { Queue } from '../core/queue.ts';
import type { Rules } from '../core/rules.ts';
import { isSamePlace } from '../core/lease.ts';
import type { Sighting } from '../core/lease.ts';
import { claimOf } from '../core/task.ts';
import type { BlobRef, Claim, Holder, Task, TaskContent } from '../core/task.ts';
import { isAlive, ownPlace } from '../platform/processIdentity.ts';
import { sha256 } from '../platform/sha256.ts';
import { isLaneDescendant } from '../platform/laneDescendant.ts';
import type { QueueFileForm } from '../protocol/queueFile.ts';
import { taskToWords } from '../protocol/queueFile.ts';
import type { Settings } from '../protocol/settings.ts';
import { withLines } from '../store/taskStore.ts';
import type { LineSource, TaskStore } from '../store/taskStore.ts';
import { Approvals, homeFolder } from './approvals.ts';
import { Coordinator } from './coordinator.ts';
import type { Outcome } from './coordinator.ts';
import { isOtherBoot, LeaseWatch } from './leases.ts';
import { holdsMore } from './projector/auditFile.ts';
import { LockDirs } from './projector/lockDirs.ts';
import type { ScriptLock } from './projector/lockDirs.ts';
import { Projector } from './projector/projector.ts';
import { mayHoldEdits } from './projector/queueFileStamp.ts';
import type { EditNote } from './editedDesk.ts';
import type { Relay } from './relay/relay.ts';
import { SettingsFiles } from './settingsFiles.ts';
import type { WorkspacePaths } from './workspace.ts';

/** Each round takes in a save that came at the very moment of a projection. */
const maxRounds = 5;

export class Desk {
  readonly paths: WorkspacePaths;
  readonly store: TaskStore & LineSource;
  readonly env: NodeJS.ProcessEnv;
  readonly settings: SettingsFiles;
  readonly #coordinator: Coordinator;
  readonly #projector: Projector;
  readonly #locks: LockDirs;
  readonly #leases: LeaseWatch;
  /** Digests of queue files whose changes are in the log. */
  readonly #takenIn = new Set<string>();
  #takingIn: Promise<unknown> = Promise.resolve();
  #wake: () => void = () => undefined;
  /** Null: the projections are brought up to date once, by `close`. */
  #lagMs: number | null = null;
  #projecting: NodeJS.Timeout | null = null;
  #relay: Relay | null = null;

  constructor(paths: WorkspacePaths, store: TaskStore & LineSource, env: NodeJS.ProcessEnv) {
    this.paths = paths;
    this.store = store;
    this.env = env;
    this.settings = new SettingsFiles(paths);
    this.#locks = new LockDirs(paths.locks, {
      now: () => store.now(),
      queue: () => this.queue,
      lockTimeoutMs: this.rules.lockTimeoutMs,
    });
    this.#coordinator = new Coordinator({
      store,
      rules: () => this.rules,
      locks: this.#locks,
      random: Math.random,
      relay: () => this.#relay,
      onChange: () => this.#projectSoon(),
    });
    this.#projector = new Projector({
      paths,
      lines: store,
      locks: this.#locks,
      form: () => this.queueFileForm,
    });
    this.#leases = new LeaseWatch(this.#coordinator, paths.locks);
  }

  get queue(): Queue {
    return this.#coordinator.queue;
  }

  get rules(): Rules {
    return this.current.rules;
  }

  get current(): Settings {
    return this.settings.current();
  }

  /** How `TASK_QUEUE.json` is written. */
  get queueFileForm(): QueueFileForm {
    return this.current.track ? 'tracked' : 'live';
  }

  get ladder() {
    return this.current.interrupt;
  }

  now(): Instant {
    return this.store.now();
  }

  refresh(): Promise<readonly LogRecord[]> {
    return this.#coordinator.refresh();
  }

  async execute(command: Command): Promise<Outcome> {
    const outcome = await this.#coordinator.execute(command);
    if (outcome.ok && (command.type === 'progress' || command.type === 'checkpoint')) {
      await this.renew(command.task);
    }
    return outcome;
  }

  /** Goes on in a new segment of the log; see `Coordinator.rotate`. */
  rotate(
    command: { readonly id: string; readonly by: string | null },
    why: 'audit' | 'upgrade',
    level?: number,
  ): Promise<Position> {
    return this.#coordinator.rotate(command, why, level);
  }

  /** Reads on, past a rotation that was begun and not finished. */
  settle(): Promise<void> {
    return this.#coordinator.settle();
  }

  /** Takes a word of the holder of `task` for a sign of life. */
  async renew(id: TaskId): Promise<void> {
    const task = findTask(this.queue, id);
    const claim = task === undefined ? null : claimOf(task);
    if (task !== undefined && claim !== null) await this.#leases.renew(task, claim);
  }

  /** Frees what the dead hold. */
  sweep(only?: TaskId): Promise<readonly TaskId[]> {
    return this.#leases.sweep(only);
  }

  /** What can be seen from here of the holder of `claim`. */
  sighting(task: Task, claim: Claim): Promise<Sighting> {
    return this.#leases.sighting(task, claim);
  }

  /** Lock directories that plain scripts made; one at a time can be given up with `dropScriptLock`. */
  scriptLocks(): readonly ScriptLock[] {
    return this.#locks.scripts();
  }

  dropScriptLock(task: TaskId): void {
    this.#locks.dropScript(task);
  }

  /** Whether the process of a holder is provably gone. */
  isGone(holder: Holder): boolean {
    return isSamePlace(holder, ownPlace()) ? !isAlive(holder) : isOtherBoot(holder, ownPlace());
  }

  beat(task: TaskId, token: Position): Promise<void> {
    return this.store.beat(task, token);
  }

  pickContext(): PickContext {
    return { now: this.now(), rules: this.rules, locked: this.#locks.scriptLocks() };
  }

  /** When the lease may end if nothing more is heard of its holder; a living one keeps it. */
  leaseEnd(claim: Claim): Instant {
    const { lockTimeoutMs, retry } = this.rules;
    return instant(
      Math.max(claim.claimedAt, this.now()) + Math.max(lockTimeoutMs, retry.timeoutMs),
    );
  }

  /** Resolves with what others recorded meanwhile, or with nothing after `maxMs`. */
  async waitForChange(maxMs: number): Promise<readonly LogRecord[]> {
    using _follower = this.store.follow(() => this.wake());
    const waited = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const seen = await this.refresh();
    if (seen.length > 0) return seen;
    const longest = Math.min(maxMs, 1_000);
    const timer = setTimeout(() => this.wake(), longest);
    await waited;
    clearTimeout(timer);
    return await this.refresh();
  }

  /** Ends the current wait. */
  wake(): void {
    this.#wake();
  }

  // --- Texts that are kept beside the log ---

  /** Whether the text is kept here, whole. */
  async hasText({ blob }: BlobRef): Promise<boolean> {
    try {
      return (await this.store.getBlob(blob)) !== null;
    } catch {
      // Missing or damaged: whoever reads it is told which.
      return false;
    }
  }

  /** The whole text; says so where it was purged. */
  async textOf(text: string | BlobRef | null): Promise<string | null> {
    if (text === null || typeof text === 'string') return text;
    return (
      (await this.store.getBlob(text.blob)) ?? `(a text of ${text.bytes} bytes that was purged)`
    );
  }

  // --- Approvals ---

  get approvals(): Approvals {
    return new Approvals(homeFolder(this.env), this.paths.root);
  }

  /**
   * What a person types on the command line may run in a lane that they start there: `task`, where
   * each of its commands stands in `typed` or was approved before. A program of the lane gives no
   * such leave: agents choose among configured programs, they name no new one.
   */
  approveTyped(task: Task, typed: Partial<TaskContent>, before?: Task): void {
    if (task.content.program === undefined || isLaneDescendant(this.env)) return;
    const isApproved = before !== undefined && this.approvals.read(['cli', 'person'])(before);
    const isKnown = (name: 'program' | 'accept' | 'validIf') =>
      task.content[name] === typed[name] ||
      (isApproved && task.content[name] === before.content[name]);
    if (isKnown('program') && isKnown('accept') && isKnown('validIf')) {
      this.approvals.approve(task, 'cli');
    }
  }

  // --- Shapes for output ---

  taskJson(task: Task): Record<string, unknown> {
    return taskToWords(task);
  }

  /** With the texts that are kept beside the log. */
  async fullTaskJson(task: Task): Promise<Record<string, unknown>> {
    const { content, state, checkpoint } = task;
    const description = await this.textOf(content.description);
    const whole = { ...task, content: { ...content, description } };
    const words = taskToWords(
      state.status === 'completed'
        ? { ...whole, state: { ...state, result: await this.textOf(state.result) } }
        : whole,
    );
    return checkpoint === undefined ? words : { ...words, checkpoint };
  }

  /**
   * The accepted records after `after`, up to the end of the queue, read for this call: what a command
   * can learn from the queue, it need not ask the whole past for.
   */
  async history(after: Position = position(0)): Promise<readonly LogRecord[]> {
    const { end } = this.queue;
    const records = await this.store.read(after);
    // What came meanwhile is told by the next `refresh`, and must not be told twice.
    return (records.at(-1)?.seq ?? 0) > end ? records.filter(({ seq }) => seq <= end) : records;
  }

  /** The lines of `records`, which stand in the order of the log, byte for byte as they are in it. */
  lineTexts(records: readonly LogRecord[]): readonly string[] {
    const first = records[0];
    if (first === undefined) return [];
    const before = position(first.seq - 1);
    const decoder = new TextDecoder();
    const texts: string[] = [];
    let passedBytes = this.store.bytesUpTo(before);
    for (const line of this.store.lines(before)) {
      passedBytes += line.byteLength;
      const next = records[texts.length];
      if (next === undefined) break;
      if (this.store.bytesUpTo(next.seq) === passedBytes)
        texts.push(decoder.decode(line).trimEnd());
    }
    return texts;
  }

  // --- What others wrote into the projections ---

  /**
   * Takes in what people and scripts wrote; costs a look at two names where nobody did.
   *
   * @param options `adoptBy` takes in a whole queue file that was there before the log, in that name
   * @returns what to tell the person
   * @throws {StoreError} where nothing can be recorded
   */
  async takeIn({ adoptBy }: { readonly adoptBy?: string } = {}): Promise<readonly EditNote[]> {
    const hasLines = await withLines(() => holdsMore(this.paths, this.store, this.queue.end));
    if (!hasLines && !mayHoldEdits(this.paths)) return [];
    const taken = this.#takingIn.then(async () => {
      const { takeInQueueFiles } = await import('./queueFileSync.ts');
      const notes = await takeInQueueFiles(this, { adoptBy: adoptBy ?? null });
      // Puts what others wrote into the audit file aside, where it is read.
      if (hasLines) {
        await this.#projector.project(this.queue, { isTakenIn: this.#isTakenIn });
      }
      const { takeInAuditLines } = await import('./auditNotes.ts');
      return [...notes, ...(await takeInAuditLines(this))];
    });
    this.#takingIn = taken.catch(() => undefined);
    return taken;
  }

  /** The log has all that `bytes` change, so they need not be kept. */
  noteTakenIn(bytes: Uint8Array): void {
    this.#takenIn.add(sha256(bytes));
  }

  /**
   * Brings the projections past every change, and takes in what stood in their way.
   *
   * @returns what to tell the person
   */
  async project({ thorough = false } = {}): Promise<readonly string[]> {
    const messages: string[] = [];
    const isTakenIn = this.#isTakenIn;
    for (let round = 0; round < maxRounds; round++) {
      const { warnings, kept } = await this.#projector.project(this.queue, { thorough, isTakenIn });
      messages.push(...warnings);
      if (kept.length === 0) break;
      messages.push(...(await this.takeIn()).map(({ text }) => text));
    }
    return messages;
  }

  /** As `project`, for whoever goes on anyway: `again` is called where another process is at it. */
  async #projectOr(again: () => void): Promise<void> {
    const isTakenIn = this.#isTakenIn;
    const projected = await this.#projector.projectUnlessBusy(this.queue, { isTakenIn });
    if (projected === null) again();
    else if (projected.kept.length > 0) {
      await this.takeIn();
      await this.project();
    }
  }

  readonly #isTakenIn = (bytes: Uint8Array) =>
    this.#takenIn.size > 0 && this.#takenIn.has(sha256(bytes));

  /** From now on the projections follow every change, within `lagMs`. */
  keepProjecting(lagMs = 200): void {
    this.#lagMs = lagMs;
  }

  /**
   * From now on this process shares the work with others of the same `build`: while many are at work,
   * one of them carries out the commands of all.
   */
  async joinRelay(build: string): Promise<void> {
    const { Relay } = await import('./relay/relay.ts');
    this.#relay = new Relay({
      logDir: this.paths.log,
      logId: this.store.logId,
      build,
      execute: (commands) => this.#coordinator.carryOutAll(commands),
    });
  }

  /** Brings the projections past every change and lets go of the log; answers with warnings. */
  async close(): Promise<readonly string[]> {
    await this.#relay?.[Symbol.asyncDispose]();
    this.#relay = null;
    if (this.#projecting !== null) clearTimeout(this.#projecting);
    this.#lagMs = null;
    const messages = await this.project();
    await this.store[Symbol.asyncDispose]();
    return messages;
  }

  #projectSoon(): void {
    if (this.#lagMs === null || this.#projecting !== null) return;
    // At random within the lag, so that of many processes one does the work for all.
    const inMs = (this.#lagMs * (1 + Math.random())) / 2;
    this.#projecting = setTimeout(() => {
      this.#projecting = null;
      // A projection that fails is made again with the next change, and says so at the close.
      void this.#projectOr(() => this.#projectSoon());
    }, inMs);
  }
}
