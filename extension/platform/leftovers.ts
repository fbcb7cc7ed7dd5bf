/**
 * Temporary files whose makers were killed before they could put them in place.
 *
 * Removes what is old and of a process that is gone, and nothing else: where a folder is shared by
 * machines, a process that is not seen here may still be at work there.
 */
import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { isAlive } from './processIdentity.ts';

/** To put a file in place takes milliseconds, on the slowest share some seconds. */
const oldMs = 3_600_000;
/** The number of the maker, then what tells its files apart. */
const temporary = /\.(\d+)\.[0-9a-z]+\.tmp$/;

/** Removes the leftovers in `folder` and the folders in it; answers with their paths. Never fails. */
export function removeLeftovers(folder: string, now: number = Date.now()): readonly string[] {
  const inner = entriesOf(folder).filter((entry) => entry.isDirectory());
  return [folder, ...inner.map(({ name }) => path.join(folder, name))].flatMap((each) =>
    entriesOf(each).flatMap(({ name }) => {
      const pid = temporary.exec(name)?.[1];
      const file = path.join(each, name);
      return pid !== undefined && isLeft(file, Number(pid), now) && isRemoved(file) ? [file] : [];
    }),
  );
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Not there, or not to be read: then nothing can be removed either.
    return [];
  }
}

function isLeft(file: string, pid: number, now: number): boolean {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats?.isFile() !== true || now - stats.mtimeMs < oldMs) return false;
  return !isAlive({ pid, startTime: '' });
}

function isRemoved(file: string): boolean {
  try {
    unlinkSync(file);
    return true;
  } catch {
    // Someone else did, or nobody may: it harms nothing where it is.
    return false;
  }
}
