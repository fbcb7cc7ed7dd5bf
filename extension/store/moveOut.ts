/**
 * Moves the log of a workspace from its own files into a PostgreSQL database.
 *
 * The seal is the switch: until it stands in the files they are in charge, and the copy takes no
 * appends; from then on the copy is, and whoever finds the seal puts it in charge. Broken off
 * anywhere, it is done by doing it again.
 */
import { randomUUID } from 'node:crypto';
import { sha256 } from '../platform/sha256.ts';
import type { Queue } from '../core/queue.ts';
import { fold } from '../core/evolve.ts';
import { encodeSnapshot } from '../core/snapshot.ts';
import { position } from '../core/ids.ts';
import { movingFormat } from '../protocol/record.ts';
import type { FileStore } from './file/fileStore.ts';
import type { PostgresTarget } from './postgres/target.ts';
import { StoreError } from './taskStore.ts';
import type { QueueEvent } from '../core/event.ts';

/** The log that is moved, with the queue that it amounts to. */
export interface MovedLog {
  readonly store: FileStore;
  /** Brings the queue to the end of the log, past any rotation that was begun. */
  readonly refresh: () => Promise<Queue>;
}

export interface Copied {
  /** Up to where all is there. */
  readonly seq: number;
  readonly hash: string;
  /** Of the queue that the lines amount to, the same on both sides. */
  readonly stateHash: string;
  readonly lines: number;
  readonly blobs: number;
}

/** Copying takes a while, and others go on appending; more rounds mean that it never gets ahead. */
const maxRounds = 200;

/**
 * Brings `target` to the end of the log, and sees that both amount to the same.
 *
 * @throws {StoreError} `STORE_UNAVAILABLE` where `target` is taken or cannot be written,
 *   `STORE_HALTED` where it does not hold what was written
 */
export async function copyLog(log: MovedLog, target: PostgresTarget): Promise<Copied> {
  const { store } = log;
  let end = await target.begin(store.logId, (seq) => store.hashAt(position(seq)));
  for (let round = 0; round < maxRounds; round++) {
    const queue = await log.refresh();
    // After the lines were read and before they count: each names texts that were there by then.
    const blobs = await copyBlobs(store, target);
    const missing = store.lines(position(end.seq));
    end = await target.add(end, missing);
    if (end.seq < queue.end) continue;
    const records = await target.readBack(store.logId);
    const stateHash = hashOf(queue);
    const last = records.at(-1);
    if (last?.seq !== queue.end || end.hash !== store.hashAt(queue.end)) continue;
    if (hashOf(fold(records)) !== stateHash) {
      throw new StoreError(
        'STORE_HALTED',
        `The copy in ${target.name} does not amount to the same queue as the log at position ` +
          `${queue.end}. The log stays where it is, and the copy takes no appends. Please report this.`,
      );
    }
    return { seq: end.seq, hash: end.hash, stateHash, lines: records.length, blobs };
  }
  throw new StoreError(
    'STORE_UNAVAILABLE',
    `The log grows faster than it can be copied to ${target.name}. Let those who work with it ` +
      'pause (`signalbox pause --queue`), then try again.',
  );
}

/**
 * Seals the log at `at`, up to where it was copied; false where it has grown meanwhile.
 *
 * @param name of the store that it goes on in, without credentials
 */
export async function sealFor(
  store: FileStore,
  name: string,
  { seq }: Pick<Copied, 'seq'>,
  command: { readonly id?: string; readonly by: string | null },
): Promise<boolean> {
  const event: QueueEvent<'SEALED'> = {
    event: 'SEALED',
    task: null,
    agent: command.by,
    message: `Moved the log to ${name}`,
    status: null,
    data: { why: 'move', next: name },
  };
  const batch = { commandId: command.id ?? randomUUID(), at: store.now(), events: [event] };
  const appended = await store.append(batch, position(seq), { level: movingFormat });
  return appended.ok;
}

function hashOf(queue: Queue): string {
  return sha256(encodeSnapshot(queue));
}

async function copyBlobs(store: FileStore, target: PostgresTarget): Promise<number> {
  const there = await target.blobs();
  const wanted = store.blobNames();
  for (const digest of wanted) {
    const text = await store.getBlob(digest);
    const isThere = there.get(digest);
    // A text that was purged meanwhile goes there too.
    if (isThere !== (text === null)) await target.putBlob(digest, text);
  }
  return wanted.length;
}
