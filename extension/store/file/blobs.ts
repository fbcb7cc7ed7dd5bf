/**
 * Texts too long for a line, each in a file named after its SHA-256.
 *
 * A text is durable before `put` answers, so a line may name it then. A purged text leaves a
 * tombstone beside where it was, so that its absence is known to be meant.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../platform/sha256.ts';
import { StoreError } from '../taskStore.ts';
import { CheckedBlob, readStamped } from './checkedBlob.ts';
import {
  checkDirectory,
  exists,
  makeDirectory,
  publishFile,
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
  readonly #checked: CheckedBlob;

  constructor(root: string, logDir: string) {
    this.#root = root;
    this.#directory = join(logDir, 'blob');
    this.#checked = new CheckedBlob(logDir);
  }

  put(text: string): string {
    const bytes = Buffer.from(text);
    const digest = sha256(bytes);
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

  /**
   * @param options `again` hashes it even where that very file was hashed before
   * @returns null where it was purged
   * @throws {StoreError} `STORE_UNAVAILABLE` where it is missing or not what the log names
   */
  get(digest: string, { again }: { readonly again: boolean }): string | null {
    const path = this.#pathOf(digest);
    const there = checkDirectory(this.#root, this.#directory);
    const found = there ? readStamped(path, maxBytes) : null;
    if (found === null) {
      if (there && exists(`${path}${tombstoneSuffix}`)) return null;
      throw new StoreError(
        'STORE_UNAVAILABLE',
        `The text ${path} that the log names is missing. Put it back from a copy of the directory.`,
      );
    }
    const { bytes } = found;
    if (!again && this.#checked.isKnown(digest, found)) return bytes.toString('utf8');
    if (sha256(bytes) !== digest) {
      throw new StoreError(
        'STORE_UNAVAILABLE',
        `The text ${path} is not what the log names: it was changed or is damaged. ` +
          'Put it back from a copy of the directory.',
      );
    }
    if (!again) this.#checked.note(digest, found);
    return bytes.toString('utf8');
  }

  /** The digests of all texts that are or were kept here. */
  names(): readonly string[] {
    if (!checkDirectory(this.#root, this.#directory)) return [];
    const names = readdirSync(this.#directory).map((name) =>
      name.endsWith(tombstoneSuffix) ? name.slice(0, -tombstoneSuffix.length) : name,
    );
    return [...new Set(names.filter((name) => digestPattern.test(name)))].sort();
  }

  #pathOf(digest: string): string {
    const path = join(this.#directory, digest);
    if (!digestPattern.test(digest)) throw unsafePath(path, 'its name is no SHA-256');
    return path;
  }
}
