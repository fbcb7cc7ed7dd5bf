/**
 * What writers of one log were told: which positions they were given, and for what.
 *
 * Only remembers and compares; a log that breaks a promise shows in `twice` and `missingIn`.
 */
import { position } from '../../extension/core/ids.ts';
import type { FileStore } from '../../extension/store/file/fileStore.ts';
import { StoreError } from '../../extension/store/taskStore.ts';
import { endOf } from './fileLog.ts';
import { notes } from './storeNotes.ts';

export class Ledger {
  /** The message that was acknowledged at each position. */
  readonly acknowledged = new Map<number, string>();
  /** Positions that were given out more than once. */
  readonly twice: number[] = [];

  /** Appends a note; answers what came of it. */
  async append(store: FileStore, message: string): Promise<'acknowledged' | 'halted'> {
    try {
      const end = await endOf(store);
      const appended = await store.append(notes(message), end);
      if (!appended.ok) throw new Error('Lost a race that nobody else ran');
      for (const { seq } of appended.records) this.note(seq, message);
      return 'acknowledged';
    } catch (error) {
      if (error instanceof StoreError && error.code === 'STORE_HALTED') return 'halted';
      throw error;
    }
  }

  note(seq: number, message: string): void {
    if (this.acknowledged.has(seq)) this.twice.push(seq);
    this.acknowledged.set(seq, message);
  }

  /** What was acknowledged and is not there. */
  async missingIn(store: FileStore): Promise<readonly string[]> {
    const records = await store.read(position(0));
    const there = new Map(records.map(({ seq, message }) => [Number(seq), message]));
    return [...this.acknowledged].flatMap(([seq, message]) =>
      there.get(seq) === message ? [] : [`${seq} ${message}`],
    );
  }
}
