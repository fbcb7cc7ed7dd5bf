/**
 * Texts too long for a line, each in a file named after its SHA-256.
 *
 * A text is durable before `put` answers, so a line may name it then. A purged text leaves a
 * tombstone beside where it was, so that its absence is known to be meant.
 */
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { StoreError } from '../taskStore.ts';
import {
  checkDirectory,
  exists,
  makeDirectory,
  publishFile,
  readSmallFile,
  removeFile,
  replaceFile,
  unsafePath,
} from './paths.ts';

const tombstoneSuffix = '.purged';
const digestPattern = /^[0-9a-f]{64}$/;
/** More than any text that a queue should carry; a file this large is not one of ours. */
const maxBytes = 256 * 1024 * 1024;

export class Blobs {
  readonly #root: string;
  readonly #directory: string;

  constructor(root: string, logDir: string) {
    this.#root = root;
    this.#directory = join(logDir, 'blob');
  }

  put(text: string): string {
    const bytes = Buffer.from(text);
    const digest = hash('sha256', bytes, 'hex');
    makeDirectory(this.#root, this.#directory);
    // Written again even where it is there: the writer before may have died before its sync.
    replaceFile(join(this.#directory, digest), bytes, { durable: true });
    return digest;
  }

  /** Gives back the space of a text that nobody needs any more; false where that was done before. */
  purge(digest: string): boolean {
    const path = this.#pathOf(digest);
    const tombstone = `${path}${tombstoneSuffix}`;
    if (!checkDirectory(this.#root, this.#directory) || exists(tombstone)) return false;
    // First the tombstone: a text that is missing without one is a loss.
    publishFile(tombstone, '');
    removeFile(path);
    return true;
  }

  get(digest: string): string | null {
    const path = this.#pathOf(digest);
    const there = checkDirectory(this.#root, this.#directory);
    const bytes = there ? readSmallFile(path, maxBytes) : null;
    if (bytes === null) {
      if (there && exists(`${path}${tombstoneSuffix}`)) return null;
      throw new StoreError(
        'STORE_UNAVAILABLE',
        `The text ${path} that the log names is missing. Put it back from a copy of the directory.`,
      );
    }
    if (hash('sha256', bytes, 'hex') !== digest) {
      throw new StoreError(
        'STORE_UNAVAILABLE',
        `The text ${path} is not what the log names: it was changed or is damaged. ` +
          'Put it back from a copy of the directory.',
      );
    }
    return bytes.toString('utf8');
  }

  #pathOf(digest: string): string {
    const path = join(this.#directory, digest);
    if (!digestPattern.test(digest)) throw unsafePath(path, 'its name is no SHA-256');
    return path;
  }
}
