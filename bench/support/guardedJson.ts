/**
 * A JSON file behind `proper-lockfile`, as people keep shared state without a database: lock, read,
 * change, write a new file, put it in place, unlock.
 */
import { closeSync, fdatasyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';

interface LockOptions {
  readonly retries: {
    readonly retries: number;
    readonly minTimeout: number;
    readonly maxTimeout: number;
    readonly randomize: boolean;
  };
}
type Lock = (file: string, options: LockOptions) => Promise<() => Promise<void>>;

// It has no types of its own, and one function of it is used.
const { lock } = createRequire(import.meta.url)('proper-lockfile') as { readonly lock: Lock };

const retries = { retries: 10_000, minTimeout: 5, maxTimeout: 100, randomize: true };

/** Changes what is in `file` by `change`, durably; where that answers undefined, nothing is written. */
export async function changeGuarded<Result>(
  file: string,
  change: (state: unknown) => Result | undefined,
): Promise<Result | undefined> {
  const unlock = await lock(file, { retries });
  try {
    const state = JSON.parse(readFileSync(file, 'utf8')) as unknown;
    const result = change(state);
    if (result !== undefined) replace(file, JSON.stringify(state));
    return result;
  } finally {
    await unlock();
  }
}

function replace(file: string, text: string): void {
  const made = `${file}.${process.pid}`;
  const fd = openSync(made, 'w');
  writeSync(fd, text);
  fdatasyncSync(fd);
  closeSync(fd);
  renameSync(made, file);
}
