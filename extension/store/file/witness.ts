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
import { dirname, join, relative } from 'node:path';
import { readSmallFile, replaceFile } from './paths.ts';

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
   * How far the files may lag behind the appends of this process: `each` writes them with every
   * append, `lazy` after `lazyAppends` of them or `lazyMs`, whichever comes first.
   */
  readonly pace: 'each' | 'lazy';
}

const fileName = 'witness.json';
/** Name of the copy in a git common directory. */
export const gitCopyName = 'signalbox-witness.json';
const maxBytes = 1024 * 1024;
const lazyAppends = 50;
const lazyMs = 50;

export class WitnessKeeper {
  readonly path: string;
  readonly gitCopyPath: string | undefined;
  readonly #entry: string;
  readonly #pace: WitnessOptions['pace'];
  #unwritten: Witness | null = null;
  #appendsSince = 0;
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
    const own = asWitness(parseJson(readSmallFile(this.path, maxBytes)));
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
    this.#appendsSince++;
    if (this.#pace === 'each' || this.#appendsSince >= lazyAppends) {
      this.flush();
      return;
    }
    this.#timer ??= setTimeout(() => this.flush(), lazyMs).unref();
  }

  /** Writes what was not written yet. Never throws: the log does not depend on it. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#appendsSince = 0;
    const witness = this.#unwritten;
    if (witness === null) return;
    this.#unwritten = null;
    writeQuietly(() => {
      const known = asWitness(parseJson(readSmallFile(this.path, maxBytes)));
      if (!isAhead(known, witness)) replaceFile(this.path, toJson(witness), { durable: false });
    });
    const { gitCopyPath } = this;
    if (gitCopyPath === undefined) return;
    writeQuietly(() => {
      const copies = readCopies(gitCopyPath);
      if (isAhead(asWitness(copies[this.#entry]), witness)) return;
      replaceFile(gitCopyPath, toJson({ ...copies, [this.#entry]: witness }), { durable: false });
    });
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

function toJson(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
