/**
 * The one door to the queue: decides each command on the newest state and records what came of it
 * before answering.
 *
 * Knows the interface of the store, not the engine. Holds no rules: those are `core/decide`.
 */
import { randomUUID } from 'node:crypto';
import { decide } from '../core/decide.ts';
import type { Command } from '../core/command.ts';
import type { DecideContext } from '../core/decision.ts';
import type { LogRecord, SealReason } from '../core/event.ts';
import { evolve } from '../core/evolve.ts';
import type { Position } from '../core/ids.ts';
import { position } from '../core/ids.ts';
import type { Queue, QueueDraft } from '../core/queue.ts';
import { newQueue } from '../core/queue.ts';
import type { Rules } from '../core/rules.ts';
import type { RelayedOutcome } from '../protocol/relay.ts';
import { StoreError } from '../store/taskStore.ts';
import type { TaskStore } from '../store/taskStore.ts';
import type { ClaimLocks } from './claimLocks.ts';
import { CommandLocks } from './commandLocks.ts';
import { recordable } from './recordable.ts';
import type { Relay } from './relay/relay.ts';
import { Rotation, sealOf } from './rotation.ts';

const nothingRead: Queue = newQueue();

/** Losing more races than this for one command is a bug in the fold or the store, not load. */
const maxLostRaces = 1_000;
/** How long after others were met at the same work they are reckoned with. */
const crowdMs = 1_000;

/** What came of a command, here or where it was handed to. */
export type Outcome = RelayedOutcome;

export interface CoordinatorOptions {
  readonly store: TaskStore;
  /** Read anew for each command, so that a changed file counts at once. */
  readonly rules: () => Rules;
  /** The visible lock directories of claims; absent where the log is not in a workspace. */
  readonly locks?: ClaimLocks | undefined;
  readonly random: () => number;
  /** Where commands can be handed to another process while many are at work; null where nowhere. */
  readonly relay?: () => Relay | null;
  /** Called after each change that this process recorded or read. */
  readonly onChange?: (queue: Queue, records: readonly LogRecord[]) => void;
}

interface RaceOptions {
  /** Gives up where another process is met that may do it. */
  readonly isAlone?: boolean;
  readonly sync?: 'later';
}

export class Coordinator {
  readonly store: TaskStore;
  readonly #options: CoordinatorOptions;
  readonly #rotation: Rotation;
  #queue: QueueDraft | null = null;
  /** Until then others are taken to be at the same work, on the clock of `performance.now`. */
  #crowdedUntilMs = -Infinity;

  constructor(options: CoordinatorOptions) {
    this.store = options.store;
    this.#options = options;
    this.#rotation = new Rotation(options.store);
  }

  /** The queue as last read. It changes in place with the next `refresh` or `execute`. */
  get queue(): Queue {
    return this.#queue ?? nothingRead;
  }

  get rules(): Rules {
    return this.#options.rules();
  }

  /** Reads what others recorded since the last time, and answers with it. */
  async refresh(): Promise<readonly LogRecord[]> {
    this.#queue ??= this.#rotation.open();
    const records = await this.store.read(this.#queue.end);
    // Another call may have folded some of these while this one was waiting for the store.
    const unseen = records.filter(({ seq }) => seq > this.queue.end);
    this.#fold(unseen);
    return unseen;
  }

  /**
   * Goes on in a new segment of the log, because of `why`. With `audit` the audit file begins anew.
   *
   * @param level raises the format of the log to this one
   * @returns the position that the old segment ends with
   */
  async rotate(
    command: { readonly id: string; readonly by: string | null },
    why: SealReason,
    level?: number,
  ): Promise<Position> {
    for (let lost = 0; lost < maxLostRaces; lost++) {
      await this.refresh();
      const done = this.queue.commands.get(command.id);
      if (this.queue.sealed) await this.#rotation.finish(this.queue);
      // The snapshot that follows a seal belongs to the same command.
      else if (done !== undefined) return position(done.seq - 1);
      else {
        const batch = sealOf(why, command, this.store.now());
        const appended = await this.store.append(batch, this.queue.end, level ? { level } : {});
        if (appended.ok) this.#fold(appended.records);
      }
    }
    throw new Error(`Could not rotate the log: lost ${maxLostRaces} races for it`);
  }

  /** Reads on, and makes the snapshot that a seal waits for: its author may be gone. */
  async settle(): Promise<void> {
    await this.refresh();
    if (!this.queue.sealed) return;
    await this.#rotation.finish(this.queue);
    await this.refresh();
  }

  /**
   * Decides `command` on the newest state and records the outcome before answering.
   *
   * Losing a race is not an error: the command is decided again on the state that won. What looks
   * like a secret is replaced before, and long texts go beside the log.
   *
   * @throws {StoreError} where nothing could be recorded, or where that is not known: a repetition
   *   with the same command id is then safe.
   */
  async execute(command: Command): Promise<Outcome> {
    const clean = await recordable(command, this.store);
    const relay = this.#options.relay?.() ?? null;
    if (relay === null) {
      using _turn = await this.store.takeTurn();
      return await this.carryOut(clean);
    }
    const isAlone = performance.now() >= this.#crowdedUntilMs;
    const outcome = isAlone ? await this.#carryOut(clean, 'alone') : null;
    return outcome ?? (await this.#handOver(clean, relay));
  }

  /** As `execute`, in this process, at once, and without another look for secrets. */
  async carryOut(command: Command): Promise<Outcome> {
    const outcome = await this.#carryOut(command, 'anyway');
    if (outcome === null) throw new Error(`Gave up on ${command.type} without a reason`);
    return outcome;
  }

  /**
   * As `carryOut`, each after the one before, waiting for the disk once.
   *
   * @returns null for each of which it is not known whether it was recorded
   */
  async carryOutAll(commands: readonly Command[]): Promise<readonly (Outcome | null)[]> {
    const locks = commands.map((command) => new CommandLocks(this.#options.locks, command));
    const outcomes: (Outcome | null)[] = [];
    try {
      for (const [index, command] of commands.entries()) {
        outcomes.push(await this.#unsynced(command, locks[index]));
      }
      await this.#makeDurable(randomUUID(), this.store.now());
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome?.ok === true) locks[index]?.keep(outcome.records);
      }
      return outcomes;
    } catch {
      // Each of those who asked finds out by its own try.
      return commands.map(() => null);
    } finally {
      for (const each of locks) each.dropUnused();
    }
  }

  async #unsynced(command: Command, locks?: CommandLocks): Promise<Outcome | null> {
    try {
      return locks === undefined ? null : await this.#race(command, locks, { sync: 'later' });
    } catch {
      // The others need not suffer for it.
      return null;
    }
  }

  /** Null where another process that was met is to do it. */
  async #carryOut(command: Command, how: 'alone' | 'anyway'): Promise<Outcome | null> {
    const locks = new CommandLocks(this.#options.locks, command);
    try {
      const outcome = await this.#race(command, locks, { isAlone: how === 'alone' });
      if (outcome?.ok === true) locks.keep(outcome.records);
      return outcome;
    } finally {
      locks.dropUnused();
    }
  }

  /** Has `command` carried out by the process that does so for all, and here where nobody does. */
  async #handOver(command: Command, relay: Relay): Promise<Outcome> {
    const before = this.queue.end;
    const answer = await relay.ask(command);
    if (answer?.outcome == null) {
      using _turn = await this.store.takeTurn();
      const outcome = await this.carryOut(command);
      if (!outcome.ok || outcome.records.length > 0) return outcome;
      // It may be so already because whoever was asked did it and was lost before it could say so.
      const records = (await this.store.read(before)).filter((r) => r.commandId === command.id);
      return { ...outcome, records };
    }
    if (answer.crowd) this.#meetOthers();
    await this.refresh();
    return answer.outcome;
  }

  #meetOthers(): void {
    this.#crowdedUntilMs = performance.now() + crowdMs;
  }

  async #race(
    command: Command,
    locks: CommandLocks,
    { isAlone = false, sync }: RaceOptions = {},
  ): Promise<Outcome | null> {
    for (let lost = 0; lost < maxLostRaces; lost++) {
      await this.refresh();
      if (this.queue.sealed) {
        // Another process began this and may be gone; nothing can be written before it is finished.
        await this.#rotation.finish(this.queue);
        continue;
      }
      const context = this.#context(locks);
      const decision = decide(this.queue, command, context);
      const answer: Outcome = decision.ok
        ? { ok: true, task: decision.task, records: [] }
        : { ok: false, rejection: decision.rejection };
      const { events } = decision;
      if (events.length === 0) {
        if (command.type === 'claimNext' && locks.lookAgain()) continue;
        // "It is so already" may rest on lines that another process has not made durable yet.
        const isPromised = answer.ok && answer.task !== null;
        if (isPromised && sync !== 'later') await this.#makeDurable(command.id, context.now);
        return answer;
      }
      if (!(await locks.takeFor(events, context.now))) {
        this.#meetOthers();
        if (isAlone) return null;
        await this.store.takeTurn(true);
        continue;
      }

      const batch = { commandId: command.id, at: context.now, events };
      const appended = await this.store.append(batch, this.queue.end, sync ? { sync } : {});
      if (!appended.ok) {
        this.#meetOthers();
        if (isAlone) return null;
        continue;
      }
      this.#fold(appended.records.filter(({ seq }) => seq > this.queue.end));
      await this.#rotateWhereLong();
      return answer.ok ? { ...answer, records: appended.records } : answer;
    }
    throw new Error(`Gave up on ${command.type} after losing ${maxLostRaces} races for the log`);
  }

  /** An append of nothing only syncs what is there. */
  async #makeDurable(commandId: string, at: DecideContext['now']): Promise<void> {
    await this.store.append({ commandId, at, events: [] }, this.queue.end);
  }

  #context(locks: CommandLocks): DecideContext {
    const { rules, random } = this.#options;
    return {
      now: this.store.now(),
      rules: rules(),
      random: random(),
      locked: locks.heldByOthers,
      taken: locks.taken,
      leave: locks.countToLeave(),
    };
  }

  /** Nobody waits for it to succeed: what was asked for is recorded, and the next one tries again. */
  async #rotateWhereLong(): Promise<void> {
    if (!this.#rotation.isDue(this.queue)) return;
    try {
      const batch = sealOf('size', { id: randomUUID(), by: null }, this.store.now());
      const appended = await this.store.append(batch, this.queue.end);
      if (!appended.ok) return;
      this.#fold(appended.records);
      await this.#rotation.finish(this.queue);
      await this.refresh();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  #fold(records: readonly LogRecord[]): void {
    const queue = this.#queue;
    if (queue === null || records.length === 0) return;
    for (const record of records) {
      evolve(queue, record);
      this.#rotation.note(record);
    }
    this.#options.onChange?.(queue, records);
  }
}
