/**
 * Opens the log of a workspace wherever it is: in its own files, or in the store that it was moved
 * to or that the person names.
 *
 * The only place that knows all engines. An engine that is not used is not loaded.
 */
import { join } from 'node:path';
import type { FileStore } from './file/fileStore.ts';
import type { Recovered } from './file/recover.ts';
import { arriveHome, finishArriving } from './file/homecoming.ts';
import { checkDirectory, makeDirectory, readSmallFile, replaceFile } from './file/paths.ts';
import { listSegments } from './file/segments.ts';
import { openFileStore } from './openStore.ts';
import type { OpenOptions } from './openStore.ts';
import type { Arrival, PostgresOptions } from './postgres/openPostgres.ts';
import type { PostgresStore } from './postgres/postgresStore.ts';
import { rememberedUrl } from './rememberedStores.ts';
import { parseStoreUrl } from './storeUrl.ts';
import type { StoreUrl } from './storeUrl.ts';
import { StoreError } from './taskStore.ts';
import { position } from '../core/ids.ts';

export interface LogOptions extends OpenOptions {
  /** As `$SIGNALBOX_STORE` has it; undefined or empty: the workspace's own files, or where they say. */
  readonly url: string | undefined;
  /** Where this person's own things are kept on this machine. */
  readonly home: string;
}

export type Log = FileStore | PostgresStore;

/** Below the log's directory: what this workspace knows of a log that is on a server. */
const remoteFolder = 'remote';
const placeFile = 'place.json';
const maxPlaceBytes = 64 * 1024;

interface Place {
  readonly log: string;
  readonly name: string;
}

/**
 * @throws {StoreError} `NO_LOG`, `UNSUPPORTED_STORE`; `STORE_MOVED` where the log went to a store
 *   whose URL is not known here; and all that the engines throw
 */
export async function openLog(options: LogOptions): Promise<Log> {
  const named = options.url ? parseStoreUrl(options.url) : null;
  const logDir = logDirOf(options);
  finishArriving(logDir);
  const hasOwn = checkDirectory(options.workspaceDir, logDir) && listSegments(logDir).length > 0;
  if (!hasOwn) {
    if (named?.kind === 'postgres') return takePart(options, named);
    const place = named === null ? placeOf(logDir) : null;
    if (place !== null) return takePart(options, knownUrl(options, place));
  }
  const own = openFileStore(options);
  if (own.movedTo === null) {
    if (named?.kind !== 'postgres') return own;
    await own[Symbol.asyncDispose]();
    throw new StoreError(
      'STORE_UNAVAILABLE',
      `The workspace has its own log in ${logDir}, and SIGNALBOX_STORE names ${named.name}. A ` +
        'workspace has one log. Unset SIGNALBOX_STORE to use the one in the workspace; to take it ' +
        'there, run `signalbox store move URL` without it.',
    );
  }
  try {
    const { logId, movedTo } = own;
    const url = named ?? knownUrl(options, { log: logId, name: movedTo });
    if (url.kind === 'file') throw movedAway(movedTo);
    return await openRemote(options, url, arrivalOf(own));
  } finally {
    await own[Symbol.asyncDispose]();
  }
}

/**
 * Ends the halt of a log on a server that no longer holds what this workspace has seen of it.
 *
 * @throws {StoreError} as `openLog`; `NO_LOG` where the log is in the workspace's own files
 */
export async function recoverRemote(options: LogOptions): Promise<Recovered> {
  const logDir = logDirOf(options);
  const own = openOwnFiles(options);
  await own?.[Symbol.asyncDispose]();
  const named = options.url ? parseStoreUrl(options.url) : null;
  const place = own?.movedTo == null ? placeOf(logDir) : { log: own.logId, name: own.movedTo };
  const url = named ?? (place === null ? null : knownUrl(options, place));
  if (url?.kind !== 'postgres' || (own !== null && own.movedTo === null)) {
    throw new StoreError('NO_LOG', `The log of ${options.workspaceDir} is not on a server.`);
  }
  const { recoverPostgres } = await import('./postgres/recover.ts');
  return recoverPostgres(url, join(logDir, remoteFolder), options.writer);
}

/** The workspace's own files, whether the log is in them or left; null where none are there. */
export function openOwnFiles(options: LogOptions): FileStore | null {
  const logDir = logDirOf(options);
  const isThere = checkDirectory(options.workspaceDir, logDir) && listSegments(logDir).length > 0;
  return isThere ? openFileStore(options) : null;
}

/** Where the log of the workspace is kept, whichever it is. */
function logDirOf({ workspaceDir, stateName = 'AI' }: OpenOptions): string {
  return join(workspaceDir, stateName, 'log');
}

/** What shows that the log that a seal sent away has arrived: its last line. */
function arrivalOf(own: FileStore): Arrival {
  const { end, logId } = own;
  const [line] = own.lines(position(end - 1));
  const hash = own.hashAt(end);
  if (line === undefined || hash === undefined) throw new Error('A log that was moved has a seal');
  return { logId, seq: end, hash, line, bytes: own.bytesUpTo(end), epoch: own.epoch };
}

/** A workspace without a log of its own, which takes part in one on a server. */
async function takePart(options: LogOptions, url: StoreUrl): Promise<Log> {
  const logDir = logDirOf(options);
  if (url.kind === 'file') return openFileStore(options);
  if (!options.create && !checkDirectory(options.workspaceDir, logDir)) {
    throw new StoreError(
      'NO_LOG',
      `${options.workspaceDir} is no workspace yet. Run \`signalbox init\` in it to work with the ` +
        `log in ${url.name} from there.`,
    );
  }
  return openRemote(options, url, null);
}

async function openRemote(
  options: LogOptions,
  url: Extract<StoreUrl, { readonly kind: 'postgres' }>,
  arrival: Arrival | null,
): Promise<Log> {
  const { openPostgres } = await import('./postgres/openPostgres.ts');
  const { writer, create, workspaceDir } = options;
  const witnessDir = join(logDirOf(options), remoteFolder);
  const asked: PostgresOptions = { store: url, writer, create: create && arrival === null };
  let store: PostgresStore;
  try {
    store = await openPostgres({ ...asked, witnessDir, arrival });
  } catch (error) {
    // It came home, and whoever brought it did not come to putting it in place.
    const hash = error instanceof StoreError && 'hash' in error ? error.hash : null;
    if (typeof hash !== 'string' || !arriveHome(logDirOf(options), hash)) throw error;
    return openFileStore(options);
  }
  try {
    makeDirectory(workspaceDir, witnessDir);
    note(witnessDir, { log: store.logId, name: url.name });
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
  return store;
}

function knownUrl({ home, url }: LogOptions, { log, name }: Place): StoreUrl {
  const remembered = url ? undefined : rememberedUrl(home, log);
  const known = remembered === undefined ? null : parseStoreUrl(remembered);
  // It may have gone on from where this person took it.
  if (known?.kind !== 'postgres' || known.name !== name) throw movedAway(name);
  return known;
}

function movedAway(name: string): StoreError {
  return new StoreError(
    'STORE_MOVED',
    `The log of this workspace is in ${name}, and nothing is recorded here any more. Set ` +
      'SIGNALBOX_STORE to that URL with the password, and try again.',
  );
}

function placeOf(logDir: string): Place | null {
  const bytes = readSmallFile(join(logDir, remoteFolder, placeFile), maxPlaceBytes);
  if (bytes === null) return null;
  try {
    const { log, name } = JSON.parse(bytes.toString('utf8')) as Partial<Place>;
    return typeof log === 'string' && typeof name === 'string' ? { log, name } : null;
  } catch {
    // Cut short: the person names the store, and it is written anew.
    return null;
  }
}

function note(folder: string, place: Place): void {
  const text = `${JSON.stringify(place)}\n`;
  const file = join(folder, placeFile);
  if (readSmallFile(file, maxPlaceBytes)?.toString('utf8') === text) return;
  replaceFile(file, text, { durable: true });
}
