import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { soundLength } from '../../extension/store/file/inspection.ts';
import { LogReader } from '../../extension/store/file/logReader.ts';
import { SimulatedLog, read } from '../support/simulatedLog.ts';
import type { Faults, Reading, Step } from '../support/simulatedLog.ts';
import { newWorkspace } from '../support/workspace.ts';

const writers = 3;
const runs = process.env['SIGNALBOX_LONG'] === '1' ? 20_000 : 200;

const anyWriter = fc.nat(writers - 1);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('look' as const), writer: anyWriter }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      writer: anyWriter,
      lines: fc.integer({ min: 1, max: 3 }),
      share: fc.oneof(
        { weight: 3, arbitrary: fc.constant(1) },
        { weight: 2, arbitrary: fc.double({ min: 0, max: 0.999, noNaN: true }) },
        // Cut at, before and after a newline, where it matters most.
        { weight: 1, arbitrary: fc.constantFrom(0.334, 0.333, 0.499, 0.5, 0.501, 0.667, 0.998) },
      ),
    }),
  },
);
const anyHistory = fc.array(anyStep, { maxLength: 24 });

/** Seeds are fixed, so that a mutant that is caught once is always caught. */
function holds(law: fc.IProperty<[readonly Step[], ...unknown[]]>): boolean {
  return !fc.check(law, { numRuns: 1_000, seed: 4711 }).failed;
}

/** Each position once and in order, each line after the one before, and groups whole. */
function isChain({ accepted }: Reading): boolean {
  return accepted.every((line, index) => {
    const before = accepted[index - 1];
    if (line.seq !== index + 1) return false;
    if (before !== undefined && line.prev !== before.hash) return false;
    if (line.part > 1) {
      const follows = before?.commandId === line.commandId && before.part === line.part - 1;
      if (!follows || line.line !== before.line + 1) return false;
    }
    if (line.part < line.of) return accepted[index + 1]?.commandId === line.commandId;
    return true;
  });
}

const laws = {
  /** Whatever writers do, and wherever they die, the log is never damaged by it. */
  noFalseAlarm: (faults: Faults) =>
    fc.property(anyHistory, (history) => {
      const log = new SimulatedLog(writers, faults);
      for (const step of history) log.step(step);
      const found = read(log.file, faults);
      return found.flaw === null && isChain(found);
    }),

  /** What a writer was told to be accepted is there, once, and nobody else has its position. */
  nothingAcknowledgedIsLost: (faults: Faults) =>
    fc.property(anyHistory, (history) => {
      const log = new SimulatedLog(writers, faults);
      for (const step of history) log.step(step);
      const { accepted } = read(log.file, faults);
      const taken = log.acknowledged.flatMap(({ seqs }) => seqs);
      return (
        new Set(taken).size === taken.length &&
        log.acknowledged.every(
          (own) => accepted.filter(({ hash }) => hash === own.hash).length === 1,
        )
      );
    }),

  /** After anything that happened, a writer who is alone gets its line in. */
  alwaysGoesOn: (faults: Faults) =>
    fc.property(anyHistory, (history) => {
      const log = new SimulatedLog(writers, faults);
      for (const step of history) log.step(step);
      // By ending an open tail it may complete the line of another, and loses to that one.
      const ended = read(Buffer.concat([log.file, Buffer.from('\n')]), faults);
      const needed = ended.accepted.length > read(log.file, faults).accepted.length ? 2 : 1;
      const before = log.acknowledged.length;
      for (let tries = 0; tries < needed; tries++) {
        log.step({ do: 'look', writer: 0 });
        log.step({ do: 'write', writer: 0, lines: 2, share: 1 });
      }
      log.step({ do: 'look', writer: 0 });
      return log.acknowledged.length > before;
    }),

  /** What was accepted stays accepted as the file grows. */
  acceptedForEver: (faults: Faults) =>
    fc.property(anyHistory, (history) => {
      const log = new SimulatedLog(writers, faults);
      let before = read(log.file, faults).accepted;
      return history.every((step) => {
        log.step(step);
        const after = read(log.file, faults).accepted;
        const kept = before.every((line, index) => after[index]?.hash === line.hash);
        before = after;
        return kept;
      });
    }),

  /** Lines that were lost, swapped or doubled never make anything but a chain. */
  nothingButAChain: (faults: Faults) =>
    fc.property(
      anyHistory,
      fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom('drop', 'swap', 'double', 'gap')), {
        minLength: 1,
        maxLength: 4,
      }),
      (history, tampering) => {
        const log = new SimulatedLog(writers, faults);
        for (const step of history) log.step(step);
        const lines = log.file.toString('latin1').split(/(?<=\n)/);
        for (const [one, other, how] of tampering) tamper(lines, one, other, how);
        return isChain(read(Buffer.from(lines.join(''), 'latin1'), faults));
      },
    ),

  /**
   * A flipped bit costs nothing that counts, or it is noticed with the help of the witness; and what
   * is then taken as sound was accepted before. Behind the last command it takes no witness, unless
   * a line that had lost its race fills the place.
   */
  rotIsNoticed: (faults: Faults) =>
    fc.property(anyHistory, fc.nat(), (history, where) => {
      const log = new SimulatedLog(writers, faults);
      for (const step of history) log.step(step);
      const rotten = Buffer.from(log.file);
      const bit = where % (rotten.length * 8);
      rotten[bit >> 3]! ^= 1 << (bit & 7);
      const before = read(log.file, faults);
      const after = read(rotten, faults);
      const witness = before.accepted.at(-1)!;
      const isSame = hashes(after.accepted) === hashes(before.accepted);
      const atWitness = after.accepted.find(({ seq }) => seq === witness.seq);
      const isNoticed = after.flaw !== null || atWitness?.hash !== witness.hash;
      const sound = after.accepted.slice(0, soundLength(after.accepted, after, [witness]));
      const lost = before.accepted.length - after.accepted.length;
      const isShortened = hashes(before.accepted).startsWith(hashes(after.accepted));
      const mustShow = isShortened && lost > witness.of;
      return (
        isSame ||
        (isNoticed &&
          hashes(before.accepted).startsWith(hashes(sound)) &&
          (after.flaw !== null || !mustShow))
      );
    }),
};

function hashes(lines: readonly { readonly hash: string }[]): string {
  return lines.map(({ hash }) => hash).join();
}

function tamper(lines: string[], one: number, other: number, how: string): void {
  const from = one % lines.length;
  const to = other % lines.length;
  const [line = '', second = ''] = [lines[from], lines[to]];
  if (how === 'drop') lines.splice(from, 1);
  else if (how === 'double') lines.splice(to, 0, line);
  else if (how === 'gap') lines.splice(from, 0, '\n');
  else [lines[from], lines[to]] = [second, line];
}

describe.each(Object.entries(laws))('the law %s', (_name, law) => {
  test('holds', () => {
    fc.assert(law({}) as fc.IProperty<[readonly Step[], ...unknown[]]>, { numRuns: runs });
  });
});

describe('each law catches the faults that break it', () => {
  test.each([
    ['halfBatches', 'noFalseAlarm'],
    ['openTails', 'acceptedForEver'],
    ['damageSkipped', 'rotIsNoticed'],
    ['prevUnchecked', 'nothingButAChain'],
    ['looseGroups', 'nothingButAChain'],
    ['orphansJudged', 'noFalseAlarm'],
    ['noSecondLook', 'nothingAcknowledgedIsLost'],
    ['tailsLeftOpen', 'alwaysGoesOn'],
  ] as const)('%s breaks %s', (fault, law) => {
    const property = laws[law]({ [fault]: true });
    expect(holds(property as fc.IProperty<[readonly Step[], ...unknown[]]>)).toBe(false);
  });
});

test('reading what is new, wherever the file was cut, gives what reading it whole gives', () => {
  const workspace = newWorkspace();
  let run = 0;
  fc.assert(
    fc.property(
      anyHistory,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
      (history, shares) => {
        const log = new SimulatedLog(writers);
        for (const step of history) log.step(step);
        const { file } = log;
        const logDir = join(workspace, String(run++));
        mkdirSync(logDir);
        const path = join(logDir, 'seg-1.jsonl');
        // The first line is there from the start: segments appear with it.
        const first = file.indexOf(10) + 1;
        const cuts = shares
          .map((share) => first + Math.floor((file.length - first) * share))
          .sort((one, other) => one - other);
        writeFileSync(path, file.subarray(0, first));
        const reader = LogReader.scan(logDir);
        const records = reader.takeAccepted();
        let done = first;
        for (const cut of [...cuts, file.length]) {
          appendFileSync(path, file.subarray(done, cut));
          done = cut;
          expect(reader.advance()).toBe('ok');
          records.push(...reader.takeAccepted());
        }
        const whole = LogReader.scan(logDir);
        expect(records).toEqual(whole.takeAccepted());
        expect(reader.acceptance.endHash).toBe(whole.acceptance.endHash);
        expect(reader.lines(0 as never)).toEqual(whole.lines(0 as never));
        expect(reader.counts).toEqual(whole.counts);
        expect(reader.tailIsOpen).toBe(whole.tailIsOpen);
        rmSync(logDir, { recursive: true });
      },
    ),
    { numRuns: 60 },
  );
});
