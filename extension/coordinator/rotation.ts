/**
 * Keeps the log quick to open: from the newest snapshot that there is, and with a new one in time.
 *
 * Knows when, and what a snapshot holds; how a segment is sealed and gone on from is the store's.
 */
import type { LogRecord, SealReason } from '../core/event.ts';
import type { Instant } from '../core/ids.ts';
import type { Queue, QueueDraft } from '../core/queue.ts';
import { newQueue } from '../core/queue.ts';
import { decodeSnapshot, encodeSnapshot, snapshotVersion } from '../core/snapshot.ts';
import { rotatingFormat } from '../protocol/record.ts';
import type { Batch, TaskStore } from '../store/taskStore.ts';

/** Records that a command reads in less time than a snapshot of a small queue takes to write. */
const leastTail = 1_000;

export class Rotation {
  readonly #store: TaskStore;
  /** Position from which on a command like this one has to fold records. */
  #opensAfter = 0;

  constructor(store: TaskStore) {
    this.#store = store;
  }

  /** The queue as the newest snapshot has it, or an empty one. */
  open(): QueueDraft {
    const opening = this.#store.takeOpening();
    if (opening === null) return newQueue();
    try {
      const queue = decodeSnapshot(opening.state);
      this.#opensAfter = opening.end;
      return queue;
    } catch {
      // Not a state of this build, whatever it says: the records say the same.
      return newQueue();
    }
  }

  /** Takes in a record that was folded. */
  note(record: LogRecord): void {
    if (record.event !== 'SNAPSHOT' || record.data.version !== snapshotVersion) return;
    this.#opensAfter = record.seq;
  }

  /** Whether so much came after the newest snapshot that opening without a newer one is slow. */
  isDue(queue: Queue): boolean {
    // To write a snapshot of many tasks costs as much as to fold half as many records.
    const tail = queue.end - this.#opensAfter;
    return tail > Math.max(leastTail, queue.tasks.size / 2) && this.#store.level >= rotatingFormat;
  }

  /** Makes the snapshot that must follow the seal which `queue` ends with. */
  finish(queue: Queue): Promise<void> {
    return this.#store.continueAfter(queue.end, encodeSnapshot(queue));
  }
}

const messages: Readonly<Record<SealReason, string>> = {
  size: 'Went on in a new segment: this one had grown long',
  audit: 'Rotated the audit file',
  upgrade: 'Raised the format of the log',
  sync: 'Went on in another file: the disk failed to keep this one',
  move: 'Moved the log to another store',
};

/** The event that ends a segment, as a command of its own. */
export function sealOf(
  why: SealReason,
  command: { readonly id: string; readonly by: string | null },
  at: Instant,
): Batch {
  return {
    commandId: command.id,
    at,
    events: [
      {
        event: 'SEALED',
        task: null,
        agent: command.by,
        message: messages[why],
        status: null,
        data: { why },
      },
    ],
  };
}
