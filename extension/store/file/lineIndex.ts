/**
 * Where each accepted line lies, what it hashes to, and how many bytes came before it.
 *
 * Holds no content: a long log would not fit into memory twice.
 */
import type { Position } from '../../core/ids.ts';

export interface LinePlace {
  readonly segment: number;
  /** First position of the command that has a file of its own; 0: in the segment's own file. */
  readonly file: number;
  readonly offset: number;
  /** Its newline included. */
  readonly lengthBytes: number;
}

/** What comes before the lines of an index. */
export interface IndexStart {
  readonly seq: number;
  readonly bytes: number;
}

export class LineIndex {
  readonly #seqs: number[] = [];
  readonly #hashes: string[] = [];
  readonly #segments: number[] = [];
  readonly #files: number[] = [];
  readonly #offsets: number[] = [];
  /** Bytes of all accepted lines up to and with this one. */
  readonly #totals: number[] = [];
  readonly #after: IndexStart;

  /** @param after where the first line that is added follows */
  constructor(after: IndexStart = { seq: 0, bytes: 0 }) {
    this.#after = after;
  }

  get size(): number {
    return this.#seqs.length;
  }

  add(seq: number, hash: string, place: LinePlace): void {
    this.#totals.push((this.#totals.at(-1) ?? this.#after.bytes) + place.lengthBytes);
    this.#seqs.push(seq);
    this.#hashes.push(hash);
    this.#segments.push(place.segment);
    this.#files.push(place.file);
    this.#offsets.push(place.offset);
  }

  hashAt(seq: Position): string | undefined {
    const next = this.indexAfter(seq);
    return this.#seqs[next - 1] === seq ? this.#hashes[next - 1] : undefined;
  }

  bytesUpTo(seq: Position): number {
    return this.#totals[this.indexAfter(seq) - 1] ?? this.#after.bytes;
  }

  /** Index of the first line whose position is above `seq`. */
  indexAfter(seq: Position): number {
    // Positions leave no gap but at the start of an epoch, so the first guess is nearly always it.
    const guess = seq - this.#after.seq;
    if (guess <= 0) return 0;
    if (this.#seqs[guess - 1] === seq) return guess;
    let low = 0;
    let high = this.#seqs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#seqs[middle] ?? 0) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  at(index: number): (LinePlace & { readonly hash: string; readonly seq: number }) | undefined {
    const seq = this.#seqs[index];
    const hash = this.#hashes[index];
    const segment = this.#segments[index];
    const file = this.#files[index];
    const offset = this.#offsets[index];
    const total = this.#totals[index];
    if (
      seq === undefined ||
      hash === undefined ||
      segment === undefined ||
      file === undefined ||
      offset === undefined ||
      total === undefined
    ) {
      return undefined;
    }
    return {
      seq,
      hash,
      segment,
      file,
      offset,
      lengthBytes: total - (this.#totals[index - 1] ?? this.#after.bytes),
    };
  }
}
