/**
 * Reads a file that the projector may be replacing at this moment, as every reader of it should.
 *
 * Not for files that a test takes to be at rest: there, one that is missing is what it looks for.
 */
import { readFileSync } from 'node:fs';

const patienceMs = 20_000;
const nobody = new Int32Array(new SharedArrayBuffer(4));

/** A projection is away for some microseconds while it is replaced: readers look again. */
export function readReplaced(file: string): string {
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || Date.now() > until) throw error;
      Atomics.wait(nobody, 0, 0, 1);
    }
  }
}
