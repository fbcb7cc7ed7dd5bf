/**
 * The states that snapshots of a log hold: found for opening, written for going on, purged when two
 * newer ones are there.
 *
 * Knows no queue: a state is a text to it.
 */
import type { LogRecord } from '../../core/event.ts';
import { snapshotVersion } from '../../core/snapshot.ts';
import { StoreError } from '../taskStore.ts';
import type { Opening } from '../taskStore.ts';
import { position } from '../../core/ids.ts';
import type { Blobs } from './blobs.ts';
import { LogReader } from './logReader.ts';
import { planScan, snapshotsBack } from './segments.ts';

/** A longer state is kept beside the log. */
const maxInlineBytes = 16 * 1024;
/** So that one that is lost or damaged costs a longer tail and not a whole replay. */
const keptStates = 2;

export class SnapshotStates {
  readonly #logDir: string;
  readonly #blobs: Blobs;

  constructor(logDir: string, blobs: Blobs) {
    this.#logDir = logDir;
    this.#blobs = blobs;
  }

  /**
   * Reads the log from its newest snapshot that can be used, or from its beginning.
   *
   * @param atMost only a snapshot of the state at this position or an earlier one will do
   */
  open(atMost = Infinity): { readonly reader: LogReader; readonly opening: Opening | null } {
    let opening: Opening | null = null;
    const plan = planScan(this.#logDir, ({ record, after }) => {
      if (after.seq > atMost) return false;
      const state = this.#load(record);
      if (state !== null) opening = { end: position(after.seq), state };
      return state !== null;
    });
    return { reader: LogReader.scan(this.#logDir, plan), opening };
  }

  /** What the data of a snapshot's line say of `state`, which is durable then. */
  write(state: string): Pick<LogRecord<'SNAPSHOT'>['data'], 'state' | 'blob'> {
    const bytes = Buffer.byteLength(state);
    if (bytes <= maxInlineBytes) return { state: JSON.parse(state) as unknown };
    return { blob: { blob: this.#blobs.put(state), bytes } };
  }

  /** Gives back the space of states that newer ones have superseded. */
  purge(): void {
    let kept = 0;
    for (const { record } of snapshotsBack(this.#logDir)) {
      const { blob } = record.data;
      if (blob === undefined || kept++ < keptStates) continue;
      // Those before it went when it was the oldest that was kept.
      if (!this.#blobs.purge(blob.blob)) return;
    }
  }

  #load({ data }: LogRecord<'SNAPSHOT'>): string | null {
    if (data.version !== snapshotVersion) return null;
    if (data.blob === undefined) return JSON.stringify(data.state);
    try {
      return this.#blobs.get(data.blob.blob, { again: false });
    } catch (error) {
      // Lost or damaged: an older snapshot, or all the lines, say the same.
      if (error instanceof StoreError && error.code === 'STORE_UNAVAILABLE') return null;
      throw error;
    }
  }
}
