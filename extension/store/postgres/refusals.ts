/** Why a log on a server cannot be used, in words that say what to do. */
import { StoreError } from '../taskStore.ts';

/** That the log in `name` is not the one that was read before. */
export function forked(name: string, seq: number): StoreError {
  return new StoreError(
    'STORE_HALTED',
    `The log in ${name} no longer holds position ${seq}, which was read from it before: ` +
      'the database was put back to an older state, or another server took over that had not ' +
      'received everything. Nothing was written. Bring the newer state back; or, to go on after ' +
      'what is there, run `signalbox store recover`.',
  );
}

/** The log which was in a database is elsewhere now. */
export class LogLeft extends StoreError {
  /** Of the seal that it left with; null where only that it left is known. */
  readonly hash: string | null;

  constructor(
    name: string,
    {
      seq,
      hash,
      next,
    }: { readonly seq: string; readonly hash: string | null; readonly next: string | null },
  ) {
    super(
      'STORE_MOVED',
      `The log in ${name} was moved to ${next ?? 'another store'} at position ${seq}. Work with it ` +
        'there: unset SIGNALBOX_STORE, or set it to the URL of that store.',
    );
    this.hash = hash;
  }
}

/** That a move into the database was begun, and nobody may work with the copy. */
export function notInCharge(name: string): StoreError {
  return new StoreError(
    'STORE_UNAVAILABLE',
    `A log is being moved to ${name}, which is not in charge yet. If the move was broken off, run ` +
      'it again where the log was, or any command there once it says that the log was moved.',
  );
}
