/**
 * Append and accept as a state machine: writers that read, write, look again, sync, tell the witness
 * and answer, in any order, with crashes and damage between any two steps.
 *
 * Only says what may happen next; `search` goes through all of it and `laws` judges.
 *
 * A writer is in one of these phases, and a crash in any of them leads back to the first, under the
 * same command id:
 *
 *     read      look how far the log goes, and whether the witness agrees
 *     write     append all lines of the command, with one write
 *     look      read again: do these lines count? if not, read
 *     sync      make them durable
 *     witness   note outside the log how far it goes, and answer
 *     done      answered
 *     halted    the log is damaged or was rewound; nothing is written any more
 *
 * Steps that nothing can tell apart are one: a sync, where no power can fail any more; reading
 * again after a lost race, where no past can change any more.
 */
import type { Faults, LogOfModel, Reading } from './reading.ts';
import { half, newline } from './reading.ts';

export type Phase = 'read' | 'write' | 'look' | 'sync' | 'witness' | 'done' | 'halted';

export interface Writer {
  readonly phase: Phase;
  /** The end of the log as this process has read it; 0 for one that has read nothing. */
  readonly end: number;
  readonly endHash: string;
  readonly tailIsOpen: boolean;
  /** The last write was cut short, and this process knows it. */
  readonly cutShort: boolean;
  /** Position and hash of the last line of the command; 0 before it was written. */
  readonly seq: number;
  readonly hash: string;
  /** How often the command was begun anew, which only matters where that is not recognised. */
  readonly tries: number;
}

/** How much may go wrong in one history. */
export interface Budget {
  readonly crashes: number;
  /** Writes that take fewer bytes than they were given, and say so. */
  readonly shortWrites: number;
  /** Losses of power: what was not synced may be gone, and every process is. */
  readonly powerLosses: number;
  /** The file is cut back to an earlier line, as by `git checkout`. */
  readonly rewinds: number;
  /** A line becomes unreadable. */
  readonly rots: number;
  /** So does one that others were written after, which the log alone must show. */
  readonly innerRots: number;
}

export interface World {
  readonly file: string;
  /** How much of the file survives a loss of power. */
  readonly synced: number;
  readonly witness: { readonly seq: number; readonly hash: string } | null;
  readonly writers: readonly Writer[];
  readonly left: Budget;
  /** The file was changed by something else than an append. */
  readonly isTampered: boolean;
}

export interface Step {
  readonly label: string;
  readonly to: World;
}

const fresh: Omit<Writer, 'tries'> = {
  phase: 'read',
  end: 0,
  endHash: '',
  tailIsOpen: false,
  cutShort: false,
  seq: 0,
  hash: '',
};

export class Model {
  readonly #log: LogOfModel;
  readonly #faults: Faults;
  /** Lines of each writer's command. */
  readonly #batches: readonly number[];

  constructor(log: LogOfModel, faults: Faults, batches: readonly number[]) {
    this.#log = log;
    this.#faults = faults;
    this.#batches = batches;
  }

  start(left: Budget): World {
    const file = this.#log.begin();
    const writers = this.#batches.map(() => ({ ...fresh, tries: 0 }));
    return { file, synced: file.length, witness: null, writers, left, isTampered: false };
  }

  *next(world: World): Generator<Step> {
    for (const { label, to } of this.#steps(world))
      yield { label, to: this.#essence(to, world.file) };
  }

  /** The same world without what cannot matter any more, so that fewer of them are looked at. */
  #essence(world: World, before: string): World {
    const knowsTries = this.#faults.noCommandId === true;
    const writers = world.writers.map((writer): Writer => {
      const { phase, seq, hash } = writer;
      const tries = knowsTries ? writer.tries : 0;
      if (phase === 'done') return { ...fresh, phase, seq, hash, tries };
      if (phase === 'halted') return { ...fresh, phase, tries };
      const tailIsOpen = phase === 'write' && writer.tailIsOpen;
      return { ...writer, tailIsOpen, tries };
    });
    if (world.left.powerLosses > 0) return { ...world, writers };
    const file = world.file === before ? before : withoutNonsense(world.file);
    return { ...world, file, synced: file.length, writers };
  }

  *#steps(world: World): Generator<Step> {
    for (const index of world.writers.keys()) {
      yield* this.#go(world, index);
      yield* this.#crash(world, index);
    }
    yield* this.#powerLoss(world);
    yield* this.#tamper(world);
  }

  *#go(world: World, index: number): Generator<Step> {
    const writer = world.writers[index]!;
    const label = `${index} ${writer.phase}`;
    const move = (change: Partial<Writer>, others: Partial<World> = {}): Step => ({
      label,
      to: { ...world, ...others, writers: world.writers.with(index, { ...writer, ...change }) },
    });
    const { phase } = writer;
    if (phase === 'read') yield move(this.#read(world, index, writer));
    else if (phase === 'write') yield* this.#write(world, index, writer);
    else if (phase === 'look') yield move(this.#look(world, index, writer));
    else if (phase === 'sync') yield move({ phase: 'witness' }, { synced: world.file.length });
    else if (phase === 'witness') yield move({ phase: 'done' }, this.#tell(world, writer));
  }

  #tell({ witness }: World, { seq, hash }: Writer): Partial<World> {
    return (witness?.seq ?? 0) > seq ? {} : { witness: { seq, hash } };
  }

  #read(world: World, index: number, writer: Writer): Partial<Writer> {
    const reading = this.#log.read(world.file);
    if (this.#isUnsound(world, writer, reading)) return { phase: 'halted' };
    const { end, endHash, tailIsOpen } = reading;
    const view = { end, endHash, tailIsOpen };
    const commandId = this.#commandId(index, writer);
    const own = reading.accepted.findLast((line) => line.commandId === commandId);
    if (own === undefined) return { ...view, phase: 'write' };
    const mustSync = world.left.powerLosses > 0 && this.#faults.alreadyUnsynced !== true;
    return { ...view, phase: mustSync ? 'sync' : 'witness', seq: own.seq, hash: own.hash };
  }

  #isUnsound({ witness }: World, { end, endHash }: Writer, reading: Reading): boolean {
    if (reading.isDamaged) return true;
    const asked = this.#faults.noWitness === true ? null : witness;
    // What this process has read is a witness as well.
    const isForgotten = end > 0 && !reading.accepted.some(({ hash }) => hash === endHash);
    return isForgotten || (asked !== null && reading.contradicts(asked));
  }

  *#write(world: World, index: number, writer: Writer): Generator<Step> {
    const { left } = world;
    const of = this.#batches[index]!;
    const commandId = this.#commandId(index, writer);
    const mustEnd = writer.cutShort || writer.tailIsOpen;
    let text = mustEnd ? newline : '';
    let prev = writer.endHash;
    for (let part = 1; part <= of; part++) {
      const seq = writer.end + part;
      prev = this.#log.code({ writer: index, commandId, seq, part, of, prev });
      text += prev + newline;
    }
    const to = (taken: string, change: Partial<Writer>, budget = left): World => ({
      ...world,
      file: world.file + taken,
      writers: world.writers.with(index, { ...writer, ...change }),
      left: budget,
    });
    const seq = writer.end + of;
    const phase = this.#faults.noSecondLook === true ? 'witness' : 'look';
    const whole = { phase, seq, hash: prev, cutShort: false } as const;
    yield { label: `${index} writes`, to: to(text, whole) };
    for (const taken of cuts(text)) {
      const part = `${taken.length} of ${text.length}`;
      const again = { ...fresh, tries: writer.tries + 1 };
      if (left.shortWrites > 0) {
        const budget = { ...left, shortWrites: left.shortWrites - 1 };
        const { end, endHash } = writer;
        const change = { ...again, end, endHash, cutShort: true };
        yield { label: `${index} writes only ${part}`, to: to(taken, change, budget) };
      }
      if (left.crashes > 0 && taken !== '') {
        const budget = { ...left, crashes: left.crashes - 1 };
        yield { label: `${index} dies having written ${part}`, to: to(taken, again, budget) };
      }
    }
  }

  #look(world: World, index: number, writer: Writer): Partial<Writer> {
    const { left } = world;
    const reading = this.#log.read(world.file);
    const { end, endHash, tailIsOpen } = reading;
    const asksAgain = this.#faults.witnessAskedOnce !== true;
    if (asksAgain && this.#isUnsound(world, writer, reading)) return { phase: 'halted' };
    const counts = reading.accepted.some(({ hash }) => hash === writer.hash);
    if (!counts) {
      const lost = { ...writer, phase: 'read', end, endHash, seq: 0, hash: '' } as const;
      const mayDiffer = left.rewinds > 0 || left.rots > 0 || left.innerRots > 0;
      return mayDiffer ? lost : { ...lost, ...this.#read(world, index, lost) };
    }
    const mustSync = left.powerLosses > 0 && this.#faults.answersUnsynced !== true;
    return { phase: mustSync ? 'sync' : 'witness', end, endHash, tailIsOpen };
  }

  *#crash(world: World, index: number): Generator<Step> {
    const { left } = world;
    const writer = world.writers[index]!;
    // Before it has written anything, dying changes nothing.
    const mayMatter = !['read', 'write', 'done', 'halted'].includes(writer.phase);
    if (left.crashes === 0 || !mayMatter) return;
    const writers = world.writers.with(index, { ...fresh, tries: writer.tries + 1 });
    const to = { ...world, writers, left: { ...left, crashes: left.crashes - 1 } };
    yield { label: `${index} dies before ${writer.phase}`, to };
    if (writer.phase !== 'witness') return;
    yield { label: `${index} dies unheard`, to: { ...to, ...this.#tell(world, writer) } };
  }

  *#powerLoss(world: World): Generator<Step> {
    const { file, synced, left } = world;
    if (left.powerLosses === 0) return;
    const writers = world.writers.map((writer) =>
      ['done', 'halted'].includes(writer.phase) ? writer : { ...fresh, tries: writer.tries + 1 },
    );
    const budget = { ...left, powerLosses: left.powerLosses - 1 };
    const kept = [file, ...cuts(file.slice(synced)).map((some) => file.slice(0, synced) + some)];
    for (const survivor of kept) {
      // The witness is never synced, so it may be lost with the rest.
      for (const witness of world.witness === null ? [null] : [null, world.witness]) {
        const to = { ...world, file: survivor, synced: survivor.length, witness, writers };
        const label = `the power fails, ${survivor.length} of ${file.length} survive`;
        yield { label, to: { ...to, left: budget } };
      }
    }
  }

  /**
   * The past changes behind everyone's back: not in the instant between a writer's second look and
   * its answer, in which nothing could notice it.
   */
  *#tamper(world: World): Generator<Step> {
    const { file, left } = world;
    const isAnswering = ({ phase }: Writer) => ['sync', 'witness'].includes(phase);
    if (world.writers.some(isAnswering)) return;
    if (left.rewinds > 0) {
      const budget = { ...left, rewinds: left.rewinds - 1 };
      for (let end = file.indexOf(newline) + 1; end < file.length; end++) {
        if (file[end - 1] !== newline) continue;
        const back = { ...world, file: file.slice(0, end), left: budget, isTampered: true };
        yield { label: `the file is cut back to ${end}`, to: { ...back, synced: end } };
      }
    }
    if (left.rots > 0) {
      const budget = { ...left, rots: left.rots - 1 };
      for (let at = 0; at < file.length; at++) yield* rot(world, at, budget);
    }
    if (left.innerRots > 0) {
      const budget = { ...left, innerRots: left.innerRots - 1 };
      const { accepted } = this.#log.read(file);
      const last = accepted.at(-1)?.commandId;
      for (const { hash, commandId } of accepted) {
        if (commandId !== last) yield* rot(world, file.indexOf(hash), budget);
      }
    }
  }

  #commandId(index: number, { tries }: Writer): string {
    return this.#faults.noCommandId === true ? `${index}, try ${tries}` : `${index}`;
  }
}

/**
 * The file with one half line in the place of any number of ended lines that are broken or empty: no
 * reader takes one for more than the other.
 */
function withoutNonsense(file: string): string {
  const pieces = file.split(newline);
  const tail = pieces.pop() ?? '';
  const lines: string[] = [];
  for (const piece of pieces) {
    const isWhole = piece.length === 1 && piece !== half;
    if (isWhole) lines.push(piece);
    else if (lines.at(-1) !== half) lines.push(half);
  }
  return [...lines, tail.length > 1 ? half : tail].join(newline);
}

function* rot(world: World, at: number, left: Budget): Generator<Step> {
  const { file } = world;
  if (file[at] === newline || file[at] === half) return;
  const rotten = file.slice(0, at) + half + file.slice(at + 1);
  const to = { ...world, file: rotten, left, isTampered: true };
  yield { label: `the line at ${at} rots`, to };
}

/** Every way to lose the end of `text`: after each character, and within each line. */
function cuts(text: string): readonly string[] {
  const found: string[] = [];
  for (let length = 0; length < text.length; length++) {
    found.push(text.slice(0, length));
    const lost = text[length]!;
    if (lost !== newline && lost !== half) found.push(text.slice(0, length) + half);
  }
  return found;
}
