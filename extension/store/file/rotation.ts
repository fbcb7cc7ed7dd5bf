/**
 * Goes on in a new segment after a seal: with a snapshot of the state, or first with a copy of the
 * lines, where the disk failed to keep them in the old one.
 *
 * Each step appears whole or not at all and is the same whoever does it, so that any process
 * finishes what another began. Writes no seals, and knows no queue.
 */
import { closeSync } from 'node:fs';
import type { QueueEvent } from '../../core/event.ts';
import { position } from '../../core/ids.ts';
import { snapshotVersion } from '../../core/snapshot.ts';
import { removeLeftovers } from '../../platform/leftovers.ts';
import type { Seal } from './acceptance.ts';
import type { LogView } from './logView.ts';
import { syncCommands } from './commandFiles.ts';
import { openFile, publishFile, readOnly, segmentPath, syncDirectory } from './paths.ts';
import { sealLine } from './seal.ts';
import { appendMode, positionMode } from './storageGate.ts';
import type { SnapshotStates } from './snapshotStates.ts';
import type { WitnessKeeper } from './witness.ts';

export interface RotationOptions {
  readonly logDir: string;
  readonly view: LogView;
  readonly states: SnapshotStates;
  readonly keeper: WitnessKeeper;
  readonly sync: (fd: number) => void;
}

export class Rotation {
  readonly #options: RotationOptions;

  constructor(options: RotationOptions) {
    this.#options = options;
  }

  /** Makes `state`, the state at the seal that the log ends with, the snapshot that follows. */
  finish(seal: Seal, state: string): void {
    const { logDir, view, states, keeper } = this.#options;
    const { acceptance } = view.reader;
    if (!acceptance.isCopy && (seal.why === 'sync' || !this.#isKept())) this.copy();
    const event: QueueEvent<'SNAPSHOT'> = {
      event: 'SNAPSHOT',
      task: null,
      agent: null,
      message: `The queue at position ${seal.frame.seq}`,
      status: null,
      data: {
        version: snapshotVersion,
        store: acceptance.mode ?? appendMode,
        bytesBefore: view.bytesUpTo(position(seal.frame.seq)),
        ...states.write(state),
      },
    };
    // Every field follows from the seal: whoever finishes this rotation writes the same bytes.
    const { v, log, epoch, seq, commandId, writer } = seal.frame;
    const line = sealLine(event, {
      level: v,
      log,
      epoch,
      seq: seq + 1,
      at: seal.at,
      commandId,
      part: 1,
      of: 1,
      writer,
      prev: acceptance.endHash,
    });
    publishFile(segmentPath(logDir, view.reader.currentSegment + 1), line.text);
    view.advance();
    if (view.hashAt(position(seq + 1)) !== line.hash) return;
    keeper.advance({ log, epoch, seq: seq + 1, hash: line.hash });
    states.purge();
    removeLeftovers(logDir);
  }

  /** Keeps the lines of the sealed segment once more, in a file of which the disk says it has it. */
  copy(): void {
    const { logDir, view } = this.#options;
    const { reader } = view;
    const lines = reader.lines(position(reader.currentStart));
    publishFile(segmentPath(logDir, reader.currentSegment + 1), Buffer.concat(lines));
    view.advance();
  }

  /** Whether the disk has all of the sealed segment: the past must not be lost behind a snapshot. */
  #isKept(): boolean {
    const { logDir, view, sync } = this.#options;
    const file = openFile(segmentPath(logDir, view.reader.currentSegment), readOnly);
    if (file === null) return false;
    try {
      sync(file.fd);
      syncDirectory(logDir);
      if (view.reader.acceptance.mode === positionMode) {
        syncCommands(logDir, view.reader.currentSegment);
      }
      return true;
    } catch {
      // What it failed to keep is copied, and the copy fails aloud.
      return false;
    } finally {
      closeSync(file.fd);
    }
  }
}
