/**
 * Opens the log of a workspace, or makes one where that is asked for and none ever was.
 *
 * Knows which engines there are. Finding the workspace is the caller's.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { FileStore } from './file/fileStore.ts';
import type { FileStoreOptions } from './file/fileStore.ts';
import { listSegments } from './file/segments.ts';
import { beginLog } from './file/newSegment.ts';
import { checkDirectory, makeDirectory } from './file/paths.ts';
import { appendMode, fileSystemAt, positionMode } from './file/storageGate.ts';
import type { FileSystemType } from './file/storageGate.ts';
import { WitnessKeeper } from './file/witness.ts';
import { StoreError } from './taskStore.ts';

export interface OpenOptions extends Omit<
  FileStoreOptions,
  'root' | 'logDir' | 'locksDir' | 'fileSystem'
> {
  /** The workspace's root. Nothing from it down to the log may be a link. */
  readonly workspaceDir: string;
  /** Name of the state directory in it: `AI` or `.signalbox`. */
  readonly stateName?: string;
  /** Whether to begin a log where none is. */
  readonly create: boolean;
  /** Tells file systems apart; the operating system unless given. */
  readonly fileSystemType?: FileSystemType;
}

/**
 * Opens the log. One that is damaged opens too, so that it can be inspected and recovered: reading
 * and writing then fail.
 *
 * @throws {StoreError} `NO_LOG`, `UNSAFE_PATH`, `STORE_UNAVAILABLE`, `FORMAT_TOO_NEW` where the log
 *   is kept in a way that this build does not know, or `WRONG_FILE_SYSTEM` where it may not be kept
 *   as it is on the file system that it is on by now.
 */
export function openFileStore(options: OpenOptions): FileStore {
  const { workspaceDir, stateName = 'AI', create, fileSystemType, ...rest } = options;
  const stateDir = join(workspaceDir, stateName);
  const logDir = join(stateDir, 'log');
  const there = checkDirectory(workspaceDir, logDir) && listSegments(logDir).length > 0;
  if (!there && !wasThere(logDir, options)) {
    if (!create) {
      throw new StoreError(
        'NO_LOG',
        `There is no log in ${logDir}. Run \`signalbox init\` to prepare the workspace.`,
      );
    }
    makeDirectory(workspaceDir, logDir);
    const at = (options.clock ?? Date.now)();
    const { mode } = fileSystemAt(logDir, fileSystemType);
    const { writer } = options;
    beginLog(logDir, { id: randomUUID(), commandId: randomUUID(), writer, at, mode });
  }
  const fileSystem = fileSystemAt(there ? logDir : workspaceDir, fileSystemType);
  const store = new FileStore({
    ...rest,
    root: workspaceDir,
    logDir,
    locksDir: join(stateDir, 'locks'),
    fileSystem,
  });
  const { mode } = store;
  if (mode !== undefined && mode !== appendMode && mode !== positionMode) {
    throw new StoreError(
      'FORMAT_TOO_NEW',
      `The log in ${logDir} is kept in the mode ${mode}, which this build does not know. ` +
        'Update Signalbox to use it.',
    );
  }
  // The other way round is safe everywhere: only slower.
  if (mode === appendMode && fileSystem.mode !== appendMode) {
    throw new StoreError(
      'WRONG_FILE_SYSTEM',
      `The log in ${logDir} was begun on a local disk and is appended to, but is on ` +
        `${fileSystem.name} now, where appends by several processes overwrite one another. ` +
        'Nothing was read or written. Move the workspace back to a local disk; or, to begin a ' +
        'queue that may stand here, run `signalbox export FILE` there, put the state directory ' +
        'aside, and run `signalbox init` and `signalbox import FILE` here.',
    );
  }
  return store;
}

/** Whether a witness tells of a log: then its absence is damage, and no reason to begin another. */
function wasThere(logDir: string, { gitCopyPath }: OpenOptions): boolean {
  return new WitnessKeeper({ logDir, gitCopyPath, pace: 'each' }).read().length > 0;
}
