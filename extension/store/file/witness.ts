/**
 * The newest position that the log is known to have reached, kept outside the log itself, so that a
 * log that was rewound, replaced or deleted is noticed before anything is written.
 *
 * Only remembers; `fileStore` compares. The copies may lag behind the log, never run ahead of it: a
 * witness is written after its line was made durable. Writing one never fails an append.
 *
 * The copy in a git directory survives `git clean` and the deletion of the whole state directory. It
 * has one entry for each log directory, since a repository may hold several workspaces.
 */
import { closeSync, constants, writeSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { monotonicMs } from '../../platform/clock.ts';
import { sha256 } from '../../platform/sha256.ts';
import { openFile, readSmallFile, replaceFile } from './paths.ts';

export interface Witness {
  readonly log: string;
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
}

export interface WitnessOptions {
  readonly logDir: string;
  /** A file in the git common directory, where the workspace is in a repository. */
  readonly gitCopyPath: string | undefined;
  /**
   * How far the own file may lag behind the appends of this process: `each` writes it with every
   * append, `lazy` after `lazyAppends` of them or `lazyMs`, whichever comes first. The copy lags by
   * at most `copyMs` of appends, and by none once the process has ended orderly.
   */
  readonly pace: 'each' | 'lazy';
}

const fileName = 'witness.json';
/** Name of the copy in a git common directory. */
export const gitCopyName = 'signalbox-witness.json';
const maxBytes = 1024 * 1024;
const lazyAppends = 50;
const lazyMs = 50;
const copyMs = 100;
/**
 * Positions that a process may have been given without any witness of it, if the log itself is lost:
 * the lag of every process that appended then, with room to spare.
 */
export const maxLagPositions = 1_000;

/** Longer than any witness: the file keeps its size, so that it can be written over in place. */
const recordBytes = 320;
/** A reader may see half of a write; the next look sees all of it. */
const looks = 3;

export class WitnessKeeper {
  readonly path: string;
  readonly gitCopyPath: string | undefined;
  readonly #entry: string;
  readonly #pace: WitnessOptions['pace'];
  /** The newest witness that is not in the own file, or not in the copy. */
  #unwritten: Witness | null = null;
  #uncopied: Witness | null = null;
  #appendsSince = 0;
  #copiedAtMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WitnessOptions) {
    this.path = join(options.logDir, fileName);
    this.gitCopyPath = options.gitCopyPath;
    this.#pace = options.pace;
    this.#entry =
      options.gitCopyPath === undefined
        ? ''
        : relative(dirname(options.gitCopyPath), options.logDir).replaceAll('\\', '/');
  }

  /**
   * The witnesses on disk, each with the path it was found at. A file that is not one, as a crash
   * may leave it, counts as none.
   *
   * @throws {StoreError} `UNSAFE_PATH` for a link in the log's own directory.
   */
  read(): readonly (Witness & { readonly path: string })[] {
    const found: (Witness & { readonly path: string })[] = [];
    const own = this.#readOwn();
    if (own !== undefined) found.push({ ...own, path: this.path });
    if (this.gitCopyPath !== undefined) {
      const copy = asWitness(readCopies(this.gitCopyPath)[this.#entry]);
      if (copy !== undefined) found.push({ ...copy, path: this.gitCopyPath });
    }
    return found;
  }

  /** Takes in that the log durably reached `witness`. */
  advance(witness: Witness): void {
    this.#unwritten = witness;
    this.#uncopied = witness;
    this.#appendsSince++;
    if (this.#pace === 'each' || this.#appendsSince >= lazyAppends) this.#writeOwn();
    else this.#timer ??= setTimeout(() => this.flush(), lazyMs).unref();
    if (monotonicMs() - this.#copiedAtMs >= copyMs) this.#writeCopy();
  }

  /** Writes what was not written yet. Never throws: the log does not depend on it. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writeOwn();
    this.#writeCopy();
  }

  #readOwn(): Witness | undefined {
    for (let look = 0; look < looks; look++) {
      const bytes = readSmallFile(this.path, maxBytes);
      if (bytes === null) return undefined;
      const value = parseJson(bytes);
      const witness = asWitness(value);
      if (witness !== undefined && isObject(value) && value['check'] === checkOf(witness)) {
        return witness;
      }
    }
    return undefined;
  }

  #writeOwn(): void {
    const witness = this.#unwritten;
    this.#unwritten = null;
    this.#appendsSince = 0;
    if (witness === null) return;
    writeQuietly(() => {
      if (isAhead(this.#readOwn(), witness)) return;
      const text = JSON.stringify({ ...witness, check: checkOf(witness) });
      const record = `${text.padEnd(recordBytes - 1)}\n`;
      // Over the old one: to put a new file in its place costs the next sync several times as much.
      if (!overwrite(this.path, record)) replaceFile(this.path, record, { durable: false });
    });
  }

  #writeCopy(): void {
    const { gitCopyPath } = this;
    const witness = this.#uncopied;
    this.#uncopied = null;
    if (witness === null || gitCopyPath === undefined) return;
    this.#copiedAtMs = monotonicMs();
    writeQuietly(() => {
      const copies = readCopies(gitCopyPath);
      if (isAhead(asWitness(copies[this.#entry]), witness)) return;
      const all = { ...copies, [this.#entry]: witness };
      replaceFile(gitCopyPath, `${JSON.stringify(all)}\n`, { durable: false });
    });
  }
}

/** Tells a whole witness from the halves of two. */
function checkOf({ log, epoch, seq, hash: lineHash }: Witness): string {
  return sha256(`${log} ${epoch} ${seq} ${lineHash}`).slice(0, 16);
}

/** False where there is no file of that size to write over. */
function overwrite(path: string, record: string): boolean {
  const bytes = Buffer.from(record);
  const file = openFile(path, constants.O_WRONLY);
  if (file === null) return false;
  try {
    if (file.sizeBytes !== bytes.length) return false;
    writeSync(file.fd, bytes, 0, bytes.length, 0);
    return true;
  } finally {
    closeSync(file.fd);
  }
}

/** Whether `known` is of the same log and further on: then another process wrote it meanwhile. */
function isAhead(known: Witness | undefined, witness: Witness): boolean {
  return known?.log === witness.log && known.epoch >= witness.epoch && known.seq > witness.seq;
}

function readCopies(path: string): Readonly<Record<string, unknown>> {
  try {
    const copies = parseJson(readSmallFile(path, maxBytes));
    return isObject(copies) ? copies : {};
  } catch {
    // The copy is a second line of defence in a directory that is not ours.
    return {};
  }
}

function writeQuietly(write: () => void): void {
  try {
    write();
  } catch {
    // A full disk or a read-only git directory: the next append tries again, and the line that this
    // is about is durable already.
  }
}

function parseJson(bytes: Buffer | null): unknown {
  if (bytes === null) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // Written without a sync, so a loss of power may leave half of it.
    return undefined;
  }
}

function asWitness(value: unknown): Witness | undefined {
  if (!isObject(value)) return undefined;
  const { log, epoch, seq, hash } = value;
  if (typeof log !== 'string' || typeof hash !== 'string') return undefined;
  if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(seq)) return undefined;
  return { log, epoch: epoch as number, seq: seq as number, hash };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
