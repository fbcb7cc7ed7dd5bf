/**
 * Goes through every history of the model, and says which law the first bad one breaks, and how it
 * came to that.
 *
 * Exhaustive: nothing is drawn by chance, and the same question always has the same answer.
 */
import type { Budget, Step, World } from './model.ts';
import { Model } from './model.ts';
import type { Accepted, Faults } from './reading.ts';
import { LogOfModel } from './reading.ts';

export interface Question {
  /** For each writer, how many lines its one command has. */
  readonly batches: readonly number[];
  readonly mayHappen: Partial<Budget>;
  readonly faults?: Faults;
}

export interface Answer {
  readonly states: number;
  /** The law that does not hold, or null where all do. */
  readonly broken: string | null;
  /** The steps to where it broke. */
  readonly history: readonly string[];
}

const nothing: Budget = {
  crashes: 0,
  shortWrites: 0,
  powerLosses: 0,
  rewinds: 0,
  rots: 0,
  innerRots: 0,
};

/** So long a file needs more lost writes than there are reasons to lose one. */
const endlessLength = 60;

export function search({ batches, mayHappen, faults = {} }: Question): Answer {
  const log = new LogOfModel(faults);
  const model = new Model(log, faults, batches);
  const start = model.start({ ...nothing, ...mayHappen });
  const seen = new Set([keyOf(start)]);
  const path: { readonly label: string; readonly world: World; readonly rest: Iterator<Step> }[] = [
    { label: 'begin', world: start, rest: model.next(start) },
  ];
  while (path.length > 0) {
    const here = path.at(-1)!;
    const step = here.rest.next();
    if (step.done === true) {
      path.pop();
      continue;
    }
    const { label, to } = step.value;
    const key = keyOf(to);
    if (seen.has(key)) continue;
    seen.add(key);
    const broken = brokenLaw(log, here.world, to, batches);
    if (broken !== null) {
      return { states: seen.size, broken, history: [...path.map((one) => one.label), label] };
    }
    path.push({ label, world: to, rest: model.next(to) });
  }
  return { states: seen.size, broken: null, history: [] };
}

/** What two worlds share that have the same future. */
function keyOf({ file, synced, witness, writers, left }: World): string {
  const parts: (string | number)[] = [file, synced, witness === null ? '' : witness.hash];
  for (const { phase, end, endHash, tailIsOpen, cutShort, seq, hash, tries } of writers) {
    const flags = (tailIsOpen ? 1 : 0) + (cutShort ? 2 : 0);
    parts.push(phase, end, endHash, flags, seq, hash, tries);
  }
  const { crashes, shortWrites, powerLosses, rewinds, rots, innerRots } = left;
  parts.push(crashes, shortWrites, powerLosses, rewinds, rots, innerRots);
  return parts.join('|');
}

function brokenLaw(
  log: LogOfModel,
  before: World,
  { file, synced, writers, left, isTampered }: World,
  batches: readonly number[],
): string | null {
  const { accepted, isDamaged } = log.read(file);
  if (file !== before.file) {
    if (isDamaged && !isTampered) return 'a log that nobody tampered with is damaged';
    if (!isChain(accepted)) return 'the accepted lines are no chain of whole commands';
    if (repeats(accepted, batches)) return 'a command was recorded twice';
    if (file.length > endlessLength) return 'the log grows, and somebody never gets in';
  }

  const answered = writers.flatMap(({ phase, seq, hash }, index) =>
    phase === 'done' ? [{ index, hash, last: seq, first: seq - batches[index]! + 1 }] : [],
  );
  for (const one of answered) {
    for (const other of answered) {
      const isShared = one.first <= other.last && other.first <= one.last;
      if (isShared && one !== other) return 'a position was issued twice';
    }
    const isThere = accepted.some(({ hash }) => hash === one.hash);
    if (!isThere && !isTampered) return 'an acknowledged line is lost';
  }

  const isAppend = left.powerLosses === before.left.powerLosses;
  if (isAppend && !isTampered && file !== before.file) {
    const known = log.read(before.file).accepted;
    const isKept = known.every(({ hash }, index) => accepted[index]?.hash === hash);
    if (!isKept) return 'readers disagree: what was accepted once is not any more';
  }
  const isStuck = writers.some(({ phase }) => phase === 'halted') && !isTampered;
  if (isStuck) return 'a writer halted though nobody tampered with the log';
  return synced > file.length ? 'the model is wrong' : null;
}

function isChain(accepted: readonly Accepted[]): boolean {
  return accepted.every(({ seq, part, of, prev, commandId }, index) => {
    const before = accepted[index - 1];
    const after = accepted[index + 1];
    if (seq !== index + 1) return false;
    if (before !== undefined && prev !== before.hash) return false;
    if (part > 1 && (before?.commandId !== commandId || before.part !== part - 1)) return false;
    return part === of || after?.commandId === commandId;
  });
}

function repeats(accepted: readonly Accepted[], batches: readonly number[]): boolean {
  return batches.some((_lines, writer) => {
    const own = accepted.filter((line) => line.writer === writer && line.part === 1);
    return own.length > 1;
  });
}
