/**
 * Brings a log from a PostgreSQL database into the files of a workspace.
 *
 * The seal on the server is the switch. All that follows from it is made aside before, so that
 * whoever opens the log in this workspace can put it in place if the mover is gone.
 */
import { randomUUID } from 'node:crypto';
import type { QueueEvent } from '../core/event.ts';
import { evolve, fold } from '../core/evolve.ts';
import { position } from '../core/ids.ts';
import type { Queue } from '../core/queue.ts';
import { decodeSnapshot, encodeSnapshot, snapshotVersion } from '../core/snapshot.ts';
import { movingFormat } from '../protocol/record.ts';
import { Blobs } from './file/blobs.ts';
import type { FileStore } from './file/fileStore.ts';
import { arriveHome, discard, stage } from './file/homecoming.ts';
import { sealLine } from './file/seal.ts';
import { SnapshotStates } from './file/snapshotStates.ts';
import { fileSystemAt } from './file/storageGate.ts';
import type { EncodedLine } from './encodeBatch.ts';
import type { PostgresStore } from './postgres/postgresStore.ts';
import { fileScheme } from './storeUrl.ts';
import { StoreError } from './taskStore.ts';
import type { Batch } from './taskStore.ts';

export interface Home {
  readonly root: string;
  readonly logDir: string;
  /** The log as it was when it left; null where it never was in these files. */
  readonly old: FileStore | null;
}

export interface BroughtHome {
  readonly seq: number;
  readonly hash: string;
  /** Lines that were not here yet. */
  readonly lines: number;
  readonly blobs: number;
}

/**
 * One try to move all that `store` holds, whose queue is `queue`.
 *
 * @returns null where others recorded something meanwhile: to be tried again
 * @throws {StoreError} `STORE_HALTED` where the files are no earlier part of the log
 */
export async function bringHome(
  store: PostgresStore,
  queue: Queue,
  home: Home,
  command: { readonly id: string; readonly by: string | null },
): Promise<BroughtHome | null> {
  const { root, logDir } = home;
  const start = home.old?.end ?? position(0);
  await store.read(position(0));
  if (home.old !== null && store.hashAt(start) !== home.old.hashAt(start)) {
    throw new StoreError(
      'STORE_HALTED',
      `The files in ${logDir} are no earlier part of the log in ${store.name}: they differ at ` +
        `position ${start}. Put ${logDir} aside, or bring the log home into another folder.`,
    );
  }
  const blobs = new Blobs(root, logDir);
  const count = await copyTexts(store, blobs);
  const batch = sealOf(`${fileScheme}${root}`, store, command);
  const [seal] = store.preview(batch, movingFormat);
  if (seal?.seq !== queue.end + 1) return null;
  const lines = store.lines(start);
  const snapshot = snapshotAfter(seal, queue, store, { logDir, blobs });
  const staged = stage(root, logDir, [...lines, Buffer.from(seal.text), snapshot], seal.hash);
  const records = staged.reader.takeAccepted().filter(({ seq }) => seq <= queue.end);
  if (encodeSnapshot(fold(records)) !== encodeSnapshot(queue)) {
    discard(staged);
    throw new StoreError(
      'STORE_HALTED',
      `The copy in ${logDir} does not amount to the same queue as the log at position ` +
        `${queue.end}. The log stays where it is. Please report this.`,
    );
  }
  const appended = await store.append(batch, queue.end, { level: movingFormat });
  if (!appended.ok) {
    discard(staged);
    return null;
  }
  arriveHome(logDir, seal.hash);
  return { seq: seal.seq, hash: seal.hash, lines: lines.length, blobs: count };
}

function sealOf(
  next: string,
  store: PostgresStore,
  { id, by }: { readonly id: string; readonly by: string | null },
): Batch {
  const event: QueueEvent<'SEALED'> = {
    event: 'SEALED',
    task: null,
    agent: by,
    message: `Moved the log to ${next}`,
    status: null,
    data: { why: 'move', next },
  };
  return { commandId: id === '' ? randomUUID() : id, at: store.now(), events: [event] };
}

/** The line that the log goes on with here: every field follows from the seal and the queue. */
function snapshotAfter(
  seal: EncodedLine,
  queue: Queue,
  store: PostgresStore,
  { logDir, blobs }: { readonly logDir: string; readonly blobs: Blobs },
): Buffer {
  const sealed = decodeSnapshot(encodeSnapshot(queue));
  evolve(sealed, seal.record);
  const states = new SnapshotStates(logDir, blobs);
  const event: QueueEvent<'SNAPSHOT'> = {
    event: 'SNAPSHOT',
    task: null,
    agent: null,
    message: `The queue at position ${seal.seq}`,
    status: null,
    data: {
      version: snapshotVersion,
      store: fileSystemAt(logDir).mode,
      bytesBefore: store.bytesUpTo(queue.end) + Buffer.byteLength(seal.text),
      ...states.write(encodeSnapshot(sealed)),
    },
  };
  const line = sealLine(event, {
    level: movingFormat,
    log: store.logId,
    epoch: store.epoch,
    seq: seal.seq + 1,
    at: seal.record.at,
    commandId: seal.record.commandId,
    part: 1,
    of: 1,
    writer: store.writer,
    prev: seal.hash,
  });
  return Buffer.from(line.text);
}

async function copyTexts(store: PostgresStore, blobs: Blobs): Promise<number> {
  const here = new Set(blobs.names());
  const wanted = await store.blobNames();
  for (const [digest, isPurged] of wanted) {
    if (isPurged) blobs.purge(digest);
    else if (!here.has(digest)) blobs.put((await store.getBlob(digest)) ?? '');
  }
  return wanted.size;
}
