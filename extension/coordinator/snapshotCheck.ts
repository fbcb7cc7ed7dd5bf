/** Whether each snapshot of a log holds what the events before it amount to. Only compares. */
import { createHash } from 'node:crypto';
import type { LogRecord } from '../core/event.ts';
import { evolve } from '../core/evolve.ts';
import type { Position } from '../core/ids.ts';
import { newQueue } from '../core/queue.ts';
import { encodeSnapshot, snapshotVersion } from '../core/snapshot.ts';
import type { TaskStore } from '../store/taskStore.ts';

export interface SnapshotsChecked {
  /** Snapshots that were compared; those of other builds' versions cannot be. */
  readonly compared: number;
  readonly damage: { readonly seq: Position; readonly message: string } | null;
}

/** @param records all of them, from the first on */
export async function checkSnapshots(
  records: readonly LogRecord[],
  store: Pick<TaskStore, 'getBlob'>,
): Promise<SnapshotsChecked> {
  const queue = newQueue();
  let compared = 0;
  for (const record of records) {
    if (record.event === 'SNAPSHOT' && record.data.version === snapshotVersion) {
      compared++;
      const message = await differenceOf(record, encodeSnapshot(queue), store);
      if (message !== null) return { compared, damage: { seq: record.seq, message } };
    }
    evolve(queue, record);
  }
  return { compared, damage: null };
}

async function differenceOf(
  { data }: LogRecord<'SNAPSHOT'>,
  expected: string,
  store: Pick<TaskStore, 'getBlob'>,
): Promise<string | null> {
  const another = 'the snapshot holds another queue than the events before it amount to';
  if (data.blob === undefined) return JSON.stringify(data.state) === expected ? null : another;
  const digest = createHash('sha256').update(expected).digest('hex');
  if (digest !== data.blob.blob) return another;
  try {
    // Purged, or what the line says: the store checks that.
    await store.getBlob(digest);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
