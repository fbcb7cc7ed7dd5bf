/**
 * The living processes that work in a folder, found without asking the product.
 *
 * Linux only, as are the tests that use it: macOS has no `/proc`.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Ids of the processes whose working directory is `folder`, this one's children or not. */
export function processesIn(folder: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && worksIn(pid, folder));
}

function worksIn(pid: number, folder: string): boolean {
  try {
    if (readlinkSync(`/proc/${pid}/cwd`) !== folder) return false;
    // Ended and not collected: it does nothing any more.
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    // It ended meanwhile, or is another user's.
    return false;
  }
}
