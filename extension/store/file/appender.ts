/**
 * Writes the lines of one command: all of them with one write, then looks whether they count.
 *
 * Takes no lock. Two writers may both append; which one was first is read from the file afterwards,
 * the same by everyone. Deciding again after a lost race is the caller's part.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueEvent } from '../../core/event.ts';
import type { Position } from '../../core/ids.ts';
import { instant, position } from '../../core/ids.ts';
import { monotonicMs } from '../../platform/clock.ts';
import { highestFormat, rotatingFormat } from '../../protocol/record.ts';
import { encodeBatch } from '../encodeBatch.ts';
import { StoreError } from '../taskStore.ts';
import type { Appended, AppendOptions, Batch } from '../taskStore.ts';
import { publishCommand, syncCommands } from './commandFiles.ts';
import type { LogView } from './logView.ts';
import type { OpenFile } from './paths.ts';
import {
  appendOnly,
  isStillAt,
  openFile,
  segmentPath,
  storeError,
  syncDirectory,
} from './paths.ts';
import type { Rotation } from './rotation.ts';
import { positionMode } from './storageGate.ts';
import { Turn } from './turn.ts';
import type { WitnessKeeper } from './witness.ts';

/** A log that is replaced or moves on to a new segment this often at once is not usable. */
const maxOpens = 10;
const maxBackoffMs = 100;
/** After so many lost rounds in a row, writers take turns. */
const roundsBeforeTurns = 3;
/** How long after others were met at the same work they are reckoned with. */
const crowdMs = 1_000;

export interface AppenderOptions {
  readonly logDir: string;
  readonly view: LogView;
  readonly keeper: WitnessKeeper;
  readonly rotation: Rotation;
  /** Who writes, for whoever reads the log. */
  readonly writer: string;
  readonly random: () => number;
  /** Makes an open file durable. */
  readonly sync: (fd: number) => void;
}

interface EncodedBatch {
  readonly text: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lastHash: string;
}

export class Appender {
  readonly #options: AppenderOptions;
  readonly #turn: Turn;
  #lostRounds = 0;
  /** Whether the last write was cut short, so that what follows must begin on a line of its own. */
  #cutShort = false;
  /** Until then others are taken to be at the same work, on the clock of `monotonicMs`. */
  #crowdedUntilMs = -Infinity;
  /**
   * The segment that the disk failed to keep, and why. Nobody knows what of it is on the disk, and
   * asking again proves nothing: its lines are written once more, elsewhere, before anything counts.
   */
  #failed: { readonly segment: number; readonly cause: unknown } | null = null;
  /** The segment whose name in the directory is known to be durable. */
  #syncedName = 0;
  /** Lines that count and that the next sync makes durable. */
  #unsynced: EncodedBatch | null = null;

  constructor(options: AppenderOptions) {
    this.#options = options;
    this.#turn = new Turn(options.logDir);
  }

  async append(
    batch: Batch,
    expectedEnd: Position,
    options: AppendOptions = {},
  ): Promise<Appended> {
    let appended: Appended;
    try {
      appended = this.#tryOnce(batch, expectedEnd, options);
    } catch (error) {
      this.#turn.drop();
      throw error;
    }
    if (appended.ok) {
      this.#lostRounds = 0;
      this.#turn.drop();
    } else {
      await this.#giveWay();
    }
    return appended;
  }

  /** Waits for the turn while there is a crowd: who looks before its turn looks in vain. */
  async takeTurn(met: boolean): Promise<Disposable> {
    if (met) this.#meetOthers();
    if (monotonicMs() < this.#crowdedUntilMs && (await this.#turn.take())) this.#meetOthers();
    return { [Symbol.dispose]: () => this.#turn.drop() };
  }

  dispose(): void {
    this.#turn.drop();
  }

  #tryOnce(batch: Batch, expectedEnd: Position, { level, sync }: AppendOptions): Appended {
    const { view } = this.#options;
    if (this.#failed !== null) this.#leaveFailed();
    const { file, path } = this.#open();
    try {
      view.assertWritable();
      if (batch.events.length === 0) {
        this.#sync(file, path);
        return { ok: true, records: [] };
      }
      const { seal } = view.reader.acceptance;
      if (view.end !== expectedEnd || seal !== null) return { ok: false };
      const encoded = this.#encode(batch, expectedEnd, level);
      if (!this.#add(encoded, file, path)) {
        return { ok: false };
      }
      // What counts by now needs no order any more: the next writer need not wait for the disk.
      this.#turn.drop();
      this.#unsynced = encoded;
      if (sync !== 'later') this.#sync(file, path);
      const records = view.newest(position(expectedEnd + 1), position(encoded.lastSeq));
      return { ok: true, records };
    } finally {
      closeSync(file.fd);
    }
  }

  /** Writes the lines, and says whether they count. */
  #add({ text, firstSeq, lastSeq, lastHash }: EncodedBatch, file: OpenFile, path: string): boolean {
    const { logDir, view } = this.#options;
    const { acceptance, currentSegment } = view.reader;
    if (acceptance.mode !== positionMode) this.#write(file, path, text);
    // Where the position is taken, what is read next says by whom.
    else publishCommand(logDir, currentSegment, firstSeq, text);
    // By path: a line in a file that is no longer the log's does not count. The witnesses are asked
    // again: a log that was rewound while this process stood still gave the position to another.
    view.refresh(isStillAt(file, path) ? file : undefined);
    view.assertSound();
    return view.hashAt(position(lastSeq)) === lastHash;
  }

  /** Opens the segment that the next line belongs into, and reads to its end. */
  #open(): { readonly file: OpenFile; readonly path: string } {
    const { logDir, view } = this.#options;
    for (let opens = 0; opens < maxOpens; opens++) {
      const path = segmentPath(logDir, Math.max(view.reader.currentSegment, 1));
      const file = openFile(path, appendOnly);
      try {
        view.refresh(file ?? undefined);
        if (file !== null && view.reader.isCurrent(file)) return { file, path };
      } catch (error) {
        if (file !== null) closeSync(file.fd);
        throw error;
      }
      // Something else is there by now: a new segment, a replaced file, or nothing.
      if (file !== null) closeSync(file.fd);
      view.assertSound();
    }
    throw new StoreError(
      'STORE_UNAVAILABLE',
      `Could not append to the log in ${logDir}: its newest file was replaced ${maxOpens} times ` +
        'while it was being opened. Nothing was written. Find out what keeps replacing it.',
    );
  }

  #encode(batch: Batch, expectedEnd: Position, raised = 0): EncodedBatch {
    const { view, writer } = this.#options;
    const { logId, epoch, endHash } = view.reader.acceptance;
    // A newer build may have raised the log above what this one knows.
    const level = Math.min(highestFormat, Math.max(view.reader.acceptance.level, raised));
    if (logId === undefined) throw new Error('A sound log has an id');
    const sealed = batch.events.some(({ event }) => event === 'SEALED');
    if (sealed && level < rotatingFormat) throw this.#tooOld(level);
    const end = { log: logId, epoch, seq: expectedEnd, hash: endHash, level, writer };
    const lines = encodeBatch(batch, end);
    const last = lines.at(-1);
    return {
      text: lines.map(({ text }) => text).join(''),
      firstSeq: expectedEnd + 1,
      lastSeq: last?.seq ?? expectedEnd,
      lastHash: last?.hash ?? endHash,
    };
  }

  #write(file: OpenFile, path: string, text: string): void {
    const begin = this.#cutShort || this.#options.view.reader.tailIsOpen ? '\n' : '';
    const bytes = Buffer.from(begin + text);
    let written: number;
    this.#cutShort = true;
    try {
      written = writeSync(file.fd, bytes);
    } catch (error) {
      throw storeError(error, 'append to', path);
    }
    if (written < bytes.length) {
      throw new StoreError(
        'STORE_UNAVAILABLE',
        `Could not append to ${path}: only ${written} of ${bytes.length} bytes were taken, so the ` +
          'disk is probably full. Nothing of it counts; make room, then try again.',
      );
    }
    this.#cutShort = false;
  }

  #sync(file: OpenFile, path: string): void {
    const { logDir, view, sync } = this.#options;
    const segment = view.reader.currentSegment;
    try {
      if (view.reader.acceptance.mode === positionMode) syncCommands(logDir, segment);
      else sync(file.fd);
      // Whoever made the segment may have died before its name was durable.
      if (this.#syncedName !== segment) syncDirectory(logDir);
      this.#syncedName = segment;
    } catch (error) {
      this.#failed = { segment, cause: storeError(error, 'sync', path) };
      this.#leaveFailed();
    }
    if (this.#unsynced !== null) this.#advanceWitness(this.#unsynced);
    this.#unsynced = null;
  }

  /**
   * Seals the segment that the disk failed to keep, and keeps its lines in a new one: then what was
   * written counts after all. A snapshot follows before anyone writes on.
   *
   * @throws {StoreError} `STORE_UNAVAILABLE` where the disk takes that no better
   */
  #leaveFailed(): void {
    const { view, rotation } = this.#options;
    const { segment = 0, cause } = this.#failed ?? {};
    try {
      for (let tries = 0; tries < maxOpens; tries++) {
        view.refresh();
        view.assertWritable();
        const { reader } = view;
        if (reader.currentSegment !== segment) {
          this.#failed = null;
          return;
        }
        if (reader.acceptance.level < rotatingFormat) break;
        if (reader.acceptance.seal !== null) rotation.copy();
        else this.#addSeal();
      }
    } catch (error) {
      if (error instanceof StoreError && error.code === 'STORE_HALTED') throw error;
      throw this.#readOnlyNow(cause);
    }
    throw this.#readOnlyNow(cause);
  }

  #addSeal(): void {
    const { view } = this.#options;
    const event: QueueEvent<'SEALED'> = {
      event: 'SEALED',
      task: null,
      agent: null,
      message: 'Went on in another file: the disk failed to keep this one',
      status: null,
      data: { why: 'sync' },
    };
    const at = instant(Date.now());
    const { file, path } = this.#open();
    try {
      const batch = { commandId: randomUUID(), at, events: [event] };
      this.#add(this.#encode(batch, view.end), file, path);
    } finally {
      closeSync(file.fd);
    }
  }

  #readOnlyNow(cause: unknown): StoreError {
    return new StoreError(
      'STORE_UNAVAILABLE',
      `The disk failed to keep what was written to ${this.#options.logDir}, and did not take it ` +
        'elsewhere either, so nothing more is written. Check the disk, then try again; what was ' +
        'acknowledged before is not affected.',
      { cause },
    );
  }

  #tooOld(level: number): StoreError {
    return new StoreError(
      'FORMAT_TOO_OLD',
      `The log in ${this.#options.logDir} is of format ${level}, in which it cannot be rotated. ` +
        'Run `signalbox store upgrade`; builds that are older than this one can then no longer ' +
        'write to it.',
    );
  }

  #advanceWitness({ lastSeq, lastHash }: EncodedBatch): void {
    const { keeper, view } = this.#options;
    const { logId = '', epoch } = view.reader.acceptance;
    keeper.advance({ log: logId, epoch, seq: lastSeq, hash: lastHash });
  }

  #meetOthers(): void {
    this.#crowdedUntilMs = monotonicMs() + crowdMs;
  }

  async #giveWay(): Promise<void> {
    this.#lostRounds++;
    this.#meetOthers();
    // Whoever has the turn tries again at once: all who lost as often are waiting for it.
    if (this.#turn.isHeld) return;
    if (this.#lostRounds >= roundsBeforeTurns) await this.#turn.take();
    else await sleep(this.#options.random() * Math.min(maxBackoffMs, 2 ** this.#lostRounds));
  }
}
