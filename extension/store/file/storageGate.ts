/**
 * How a log may be kept on which file system: by appending where that is atomic for all who share
 * it, else in one file for each command.
 *
 * Only looks and names. A mode is fixed when a log begins; see `newSegment`.
 */
import { statfsSync } from 'node:fs';

/** Lines are added by `O_APPEND` writes to a segment. */
export const appendMode = 'append';
/** Each command is a file named by its first position, made by `link`, next to its segment. */
export const positionMode = 'positions';
export type LogMode = typeof appendMode | typeof positionMode;

export interface FileSystem {
  /** For people: `ext4`, `NFS`, `unknown (0x1234)`. */
  readonly name: string;
  /** How a log that begins here is kept. */
  readonly mode: LogMode;
}

/** The number by which the operating system tells file systems apart, for the one at `path`. */
export type FileSystemType = (path: string) => number;

/** By the numbers of Linux, see statfs(2). All others are kept in one file for each command. */
const local = new Map([
  [0xef53, 'ext2/ext3/ext4'],
  [0x58465342, 'XFS'],
  [0x9123683e, 'Btrfs'],
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlayfs'],
]);
/** Several machines or kernels may write here, and none sees how the others' appends fall. */
const shared = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x65735546, 'FUSE or virtiofs'],
  [0x01021997, '9p'],
]);

const typeOf: FileSystemType = (path) => statfsSync(path).type;

export function fileSystemAt(path: string, type: FileSystemType = typeOf): FileSystem {
  if (type === typeOf && process.platform !== 'linux') {
    // Their numbers mean other things; APFS and NTFS are believed to append as they should.
    return { name: `that of ${process.platform}`, mode: appendMode };
  }
  const number = numberOf(path, type);
  const known = number === null ? undefined : local.get(number);
  if (known !== undefined) return { name: known, mode: appendMode };
  const name = number === null ? 'unknown' : (shared.get(number) ?? `unknown (0x${hex(number)})`);
  return { name, mode: positionMode };
}

function numberOf(path: string, type: FileSystemType): number | null {
  try {
    // Some numbers are negative where they have 32 bits.
    return type(path) >>> 0;
  } catch {
    // It cannot be told, so nothing is taken for granted.
    return null;
  }
}

function hex(number: number): string {
  return number.toString(16);
}
