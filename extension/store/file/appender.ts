/**
 * Writes the lines of one command: all of them with one write, then looks whether they count.
 *
 * Takes no lock. Two writers may both append; which one was first is read from the file afterwards,
 * the same by everyone. Deciding again after a lost race is the caller's part.
 */
import { closeSync, fdatasyncSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Position } from '../../core/ids.ts';
import { position } from '../../core/ids.ts';
import { maxLineBytes, parseLine } from '../../protocol/record.ts';
import { StoreError } from '../taskStore.ts';
import type { Appended, Batch } from '../taskStore.ts';
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
import { sealLine } from './seal.ts';
import { Turn } from './turn.ts';
import type { WitnessKeeper } from './witness.ts';

/** A log that is replaced or moves on to a new segment this often at once is not usable. */
const maxOpens = 10;
const maxBackoffMs = 100;
/** After so many lost rounds in a row, writers take turns. */
const roundsBeforeTurns = 3;

export interface AppenderOptions {
  readonly logDir: string;
  readonly view: LogView;
  readonly keeper: WitnessKeeper;
  /** Who writes, for whoever reads the log. */
  readonly writer: string;
  readonly random: () => number;
}

interface EncodedBatch {
  readonly text: string;
  readonly lastSeq: number;
  readonly lastHash: string;
}

export class Appender {
  readonly #options: AppenderOptions;
  readonly #turn: Turn;
  #lostRounds = 0;
  /** Whether the last write was cut short, so that what follows must begin on a line of its own. */
  #cutShort = false;
  /** After a failed sync nobody knows what is on the disk, and asking again proves nothing. */
  #failedSync: unknown;
  /** The segment whose name in the directory is known to be durable. */
  #syncedName = 0;

  constructor(options: AppenderOptions) {
    this.#options = options;
    this.#turn = new Turn(options.logDir);
  }

  async append(batch: Batch, expectedEnd: Position): Promise<Appended> {
    let appended: Appended;
    try {
      appended = this.#tryOnce(batch, expectedEnd);
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

  dispose(): void {
    this.#turn.drop();
  }

  #tryOnce(batch: Batch, expectedEnd: Position): Appended {
    const { view } = this.#options;
    if (this.#failedSync !== undefined) throw this.#readOnlyNow();
    const { file, path } = this.#open();
    try {
      view.assertWritable();
      if (batch.events.length === 0) {
        this.#sync(file, path);
        return { ok: true, records: [] };
      }
      if (view.end !== expectedEnd) return { ok: false };
      const encoded = this.#encode(batch, expectedEnd);
      this.#write(file, path, encoded.text);
      // By path: a line in a file that is no longer the log's does not count. The witnesses are asked
      // again: a log that was rewound while this process stood still gave the position to another.
      view.refresh(isStillAt(file, path) ? file : undefined);
      view.assertSound();
      if (view.reader.index.hashAt(position(encoded.lastSeq)) !== encoded.lastHash) {
        return { ok: false };
      }
      // What counts by now needs no order any more: the next writer need not wait for the disk.
      this.#turn.drop();
      this.#sync(file, path);
      this.#advanceWitness(encoded);
      const records = view.newest(position(expectedEnd + 1), position(encoded.lastSeq));
      return { ok: true, records };
    } finally {
      closeSync(file.fd);
    }
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

  #encode(batch: Batch, expectedEnd: Position): EncodedBatch {
    const { view, writer } = this.#options;
    const { logId, epoch, endHash } = view.reader.acceptance;
    if (logId === undefined) throw new Error('A sound log has an id');
    let text = '';
    let prev = endHash;
    let seq: number = expectedEnd;
    for (const [index, event] of batch.events.entries()) {
      seq++;
      const line = sealLine(event, {
        log: logId,
        epoch,
        seq,
        at: batch.at,
        commandId: batch.commandId,
        part: index + 1,
        of: batch.events.length,
        writer,
        prev,
      });
      const sizeBytes = Buffer.byteLength(line.text);
      if (sizeBytes > maxLineBytes) {
        throw new StoreError(
          'LINE_TOO_LONG',
          `The event ${event.event} takes ${sizeBytes} bytes, and a line of the log has at most ` +
            `${maxLineBytes}. Nothing was written. Shorten its texts.`,
        );
      }
      // A line that no reader would accept stops the log for everyone, so it is read before it is
      // written.
      if (parseLine(line.text)?.record == null) {
        throw new TypeError(`An event ${event.event} of this shape could not be read back`);
      }
      text += line.text;
      prev = line.hash;
    }
    return { text, lastSeq: seq, lastHash: prev };
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
    const { logDir, view } = this.#options;
    try {
      fdatasyncSync(file.fd);
      // Whoever made the segment may have died before its name was durable.
      if (this.#syncedName !== view.reader.currentSegment) syncDirectory(logDir);
      this.#syncedName = view.reader.currentSegment;
    } catch (error) {
      this.#failedSync = storeError(error, 'sync', path);
      throw this.#readOnlyNow();
    }
  }

  #readOnlyNow(): StoreError {
    return new StoreError(
      'STORE_UNAVAILABLE',
      `The disk failed to keep what was written to ${this.#options.logDir}, so this process writes ` +
        'no more. Check the disk, then start again; what was acknowledged before is not affected.',
      { cause: this.#failedSync },
    );
  }

  #advanceWitness({ lastSeq, lastHash }: EncodedBatch): void {
    const { keeper, view } = this.#options;
    const { logId = '', epoch } = view.reader.acceptance;
    keeper.advance({ log: logId, epoch, seq: lastSeq, hash: lastHash });
  }

  async #giveWay(): Promise<void> {
    this.#lostRounds++;
    // Whoever has the turn tries again at once: all who lost as often are waiting for it.
    if (this.#turn.isHeld) return;
    if (this.#lostRounds >= roundsBeforeTurns) await this.#turn.take();
    else await sleep(this.#options.random() * Math.min(maxBackoffMs, 2 ** this.#lostRounds));
  }
}
