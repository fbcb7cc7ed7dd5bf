/**
 * A log as bytes in memory, with writers that read, write and look again in any order, and whose
 * writes may be cut short. Small enough to try every rule of acceptance and append against.
 */
import type { LogRecord } from '../../extension/core/event.ts';
import { noHash } from '../../extension/protocol/record.ts';
import { Acceptance } from '../../extension/store/file/acceptance.ts';
import type { Flaw, Verdict } from '../../extension/store/file/acceptance.ts';
import { readLine } from '../../extension/store/file/seal.ts';
import type { LineReading } from '../../extension/store/file/seal.ts';
import { genesis, lineOf } from './logLines.ts';

export interface AcceptedLine {
  readonly seq: number;
  readonly hash: string;
  readonly prev: string;
  readonly commandId: string;
  readonly part: number;
  readonly of: number;
  /** Which line of the file it is, from 0. */
  readonly line: number;
}

export interface Reading {
  readonly accepted: readonly AcceptedLine[];
  readonly verdicts: readonly Verdict[];
  readonly flaw: Flaw | null;
  readonly lastIsDisturbed: boolean;
  readonly tailIsOpen: boolean;
}

/** What may be wrong with an implementation; all false for ours. */
export interface Faults {
  /** Parts of groups count by themselves. */
  readonly halfBatches?: boolean;
  /** A last line without its newline counts. */
  readonly openTails?: boolean;
  /** Lines that cannot be explained are skipped. */
  readonly damageSkipped?: boolean;
  /** A line at the next position counts whatever it follows. */
  readonly prevUnchecked?: boolean;
  /** Parts of a group count though something stands between them. */
  readonly looseGroups?: boolean;
  /** A later part without its group is judged like a single line. */
  readonly orphansJudged?: boolean;
  /** A writer takes its line as accepted because it was written. */
  readonly noSecondLook?: boolean;
  /** A writer does not end an open tail. */
  readonly tailsLeftOpen?: boolean;
}

export function read(file: Buffer, faults: Faults = {}): Reading {
  const accepted: AcceptedLine[] = [];
  const take = (record: LogRecord, hash: string, at: { line: number; reading: LineReading }) => {
    if (at.reading.kind !== 'line') throw new Error('Only lines are accepted');
    const { prev, part, of } = at.reading.line.frame;
    const { seq, commandId } = record;
    accepted.push({ seq, hash, prev, commandId, part, of, line: at.line });
  };
  const acceptance = new Acceptance(take);
  acceptance.startSegment(Infinity);
  const verdicts: Verdict[] = [];
  const pieces = split(file);
  const tail = pieces.pop() ?? Buffer.alloc(0);
  if (faults.openTails === true && tail.length > 0) pieces.push(tail);
  for (const [line, bytes] of pieces.entries()) {
    const reading = readLine(bytes);
    if (faults.looseGroups === true && reading.kind !== 'line') continue;
    const verdict = acceptance.push(mutated(reading, acceptance, faults), { line, reading });
    if (faults.damageSkipped === true) acceptance.flaw = null;
    verdicts.push(verdict);
  }
  const { flaw, lastIsDisturbed } = acceptance;
  return { accepted, verdicts, flaw, lastIsDisturbed, tailIsOpen: tail.length > 0 };
}

function mutated(
  reading: LineReading,
  { end, endHash }: { readonly end: number; readonly endHash: string },
  faults: Faults,
): LineReading {
  if (reading.kind !== 'line') return reading;
  const { line, hash } = reading;
  let { frame } = line;
  if (faults.halfBatches === true) frame = { ...frame, part: 1, of: 1 };
  if (faults.orphansJudged === true && frame.part > 1) {
    if (frame.seq === end + 1 || frame.seq > end + frame.part) frame = { ...frame, part: 1, of: 1 };
  }
  if (faults.prevUnchecked === true && frame.seq === end + 1) frame = { ...frame, prev: endHash };
  return { kind: 'line', hash, line: { ...line, frame } };
}

function split(file: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  for (let end = file.indexOf(10); end !== -1; end = file.indexOf(10, start)) {
    pieces.push(file.subarray(start, end));
    start = end + 1;
  }
  pieces.push(file.subarray(start));
  return pieces;
}

interface Writer {
  view: { readonly end: number; readonly endHash: string; readonly tailIsOpen: boolean };
  /** Hash of the last line written and not looked for yet. */
  written: { readonly hash: string; readonly seqs: readonly number[] } | null;
}

export type Step =
  | { readonly do: 'look'; readonly writer: number }
  | {
      readonly do: 'write';
      readonly writer: number;
      readonly lines: number;
      /** The share of the bytes that reach the file: 1 for all. */
      readonly share: number;
    };

export class SimulatedLog {
  file = Buffer.from(genesis().text);
  /** Lines whose writer was told that they count. */
  readonly acknowledged: { readonly hash: string; readonly seqs: readonly number[] }[] = [];
  readonly #writers: Writer[];
  readonly #faults: Faults;
  #commands = 0;

  constructor(writers: number, faults: Faults = {}) {
    this.#faults = faults;
    this.#writers = Array.from({ length: writers }, () => ({
      view: { end: 0, endHash: noHash, tailIsOpen: false },
      written: null,
    }));
    for (let writer = 0; writer < writers; writer++) this.step({ do: 'look', writer });
  }

  step(step: Step): void {
    const writer = this.#writers[step.writer];
    if (writer === undefined) throw new Error('No such writer');
    if (step.do === 'look') this.#look(writer);
    else this.#write(writer, step.lines, step.share);
  }

  #look(writer: Writer): void {
    const { accepted, tailIsOpen } = read(this.file, this.#faults);
    const last = accepted.at(-1);
    writer.view = { end: last?.seq ?? 0, endHash: last?.hash ?? noHash, tailIsOpen };
    const { written } = writer;
    writer.written = null;
    if (written !== null && accepted.some(({ hash }) => hash === written.hash)) {
      this.acknowledged.push(written);
    }
  }

  #write(writer: Writer, count: number, share: number): void {
    const { end, endHash, tailIsOpen } = writer.view;
    const commandId = `command-${++this.#commands}`;
    let text = tailIsOpen && this.#faults.tailsLeftOpen !== true ? '\n' : '';
    let prev = endHash;
    const seqs: number[] = [];
    for (let part = 1; part <= count; part++) {
      const line = lineOf({ seq: end + part, prev, commandId, part, of: count });
      seqs.push(end + part);
      text += line.text;
      prev = line.hash;
    }
    const bytes = Buffer.from(text);
    const whole = share >= 1;
    const taken = whole ? bytes : bytes.subarray(0, Math.floor(bytes.length * share));
    this.file = Buffer.concat([this.file, taken]);
    // A writer whose write was cut short knows it, and never asks whether it counts.
    writer.written = whole ? { hash: prev, seqs } : null;
    if (this.#faults.noSecondLook === true && writer.written !== null) {
      this.acknowledged.push(writer.written);
      writer.written = null;
    }
  }
}
