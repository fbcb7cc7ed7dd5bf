/**
 * The log's file in the model: a string of newlines, whole lines and halves of lines, judged by the
 * real rules of acceptance.
 *
 * Has no bytes and no checksums: that one is seen to be wrong is assumed here, and proven elsewhere.
 */
import type { LogRecord } from '../../../extension/core/event.ts';
import { instant, position } from '../../../extension/core/ids.ts';
import { noHash } from '../../../extension/protocol/record.ts';
import type { Frame } from '../../../extension/protocol/record.ts';
import { Acceptance } from '../../../extension/store/file/acceptance.ts';
import type { LogReader } from '../../../extension/store/file/logReader.ts';
import { contradiction } from '../../../extension/store/file/logView.ts';
import type { LineReading } from '../../../extension/store/file/seal.ts';

/** Part of a line, as a torn write or rot leaves it; what it says does not matter. */
export const half = 'h';
export const newline = '\n';

/** What is wrong with an implementation; all false for ours. */
export interface Faults {
  /** A writer takes its lines as accepted because they were written. */
  readonly noSecondLook?: boolean;
  /** A repeated command is not recognised. */
  readonly noCommandId?: boolean;
  /** A last line without its newline counts. */
  readonly openTails?: boolean;
  /** Lines that cannot be explained are passed over. */
  readonly damageSkipped?: boolean;
  /** Nothing outside the log is asked how far it went. */
  readonly noWitness?: boolean;
  /** The witness is asked before the write, and not again after it. */
  readonly witnessAskedOnce?: boolean;
  /** Lines of one command count by themselves. */
  readonly halfBatches?: boolean;
  /** A line at the next position counts whatever it follows. */
  readonly prevUnchecked?: boolean;
  /** Answers before the lines are durable. */
  readonly answersUnsynced?: boolean;
  /** Answers "it is so already" before what that rests on is durable. */
  readonly alreadyUnsynced?: boolean;
}

/** Which command a line is of, and where it claims to stand. */
export interface Line {
  /** The writer whose command it is, or -1 for the first line of the log. */
  readonly writer: number;
  readonly commandId: string;
  readonly seq: number;
  readonly part: number;
  readonly of: number;
  readonly prev: string;
}

export interface Accepted extends Line {
  readonly hash: string;
}

export interface Reading {
  readonly accepted: readonly Accepted[];
  readonly end: number;
  readonly endHash: string;
  readonly isDamaged: boolean;
  readonly tailIsOpen: boolean;
  /** Whether the log contradicts what a witness says of it. */
  readonly contradicts: (witness: { readonly seq: number; readonly hash: string }) => boolean;
}

const log = 'the log';
const firstLine: Line = { writer: -1, commandId: 'begin', seq: 1, part: 1, of: 1, prev: noHash };
const firstCode = 0x100;

/** All lines that were ever written in a search; a line is one character of the file. */
export class LogOfModel {
  readonly #faults: Faults;
  readonly #codes = new Map<string, string>();
  readonly #readings = new Map<string, LineReading & { readonly kind: 'line' }>();
  readonly #lines = new Map<string, Accepted>();
  readonly #known = new Map<string, Reading>();

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** A file that was just begun. */
  begin(): string {
    return this.code(firstLine) + newline;
  }

  /** The character that stands for `line`, the same for the same line; also serves as its hash. */
  code(line: Line): string {
    const { writer, commandId, seq, part, of, prev } = line;
    const key = [writer, commandId, seq, part, of, prev].join(' ');
    const known = this.#codes.get(key);
    if (known !== undefined) return known;
    const code = String.fromCharCode(firstCode + this.#codes.size);
    this.#codes.set(key, code);
    this.#lines.set(code, { ...line, hash: code });
    this.#readings.set(code, { kind: 'line', line: parsed(line), hash: code });
    return code;
  }

  read(file: string): Reading {
    const known = this.#known.get(file);
    if (known !== undefined) return known;
    const reading = this.#judge(file);
    this.#known.set(file, reading);
    return reading;
  }

  #judge(file: string): Reading {
    const faults = this.#faults;
    const accepted: Accepted[] = [];
    const acceptance = new Acceptance<Accepted>((_record, _hash, line) => accepted.push(line));
    acceptance.startSegment(Infinity);
    const pieces = file.split(newline);
    const tail = pieces.pop() ?? '';
    if (faults.openTails === true && tail !== '') pieces.push(tail);
    for (const piece of pieces) {
      const reading = this.#mutated(readingOf(piece, this.#readings), acceptance);
      acceptance.push(reading, this.#lines.get(piece) ?? { ...firstLine, hash: '' });
      if (faults.damageSkipped === true && acceptance.flaw?.kind !== 'head') acceptance.flaw = null;
    }
    const { end, endHash } = acceptance;
    const hashAt = (seq: number) => accepted.find((line) => line.seq === seq)?.hash;
    const reader = { acceptance, segments: [{}], currentSegment: 1, index: { hashAt } };
    return {
      accepted,
      end,
      endHash,
      isDamaged: acceptance.flaw !== null,
      tailIsOpen: tail !== '',
      contradicts: ({ seq, hash }) => {
        const witness = { log, epoch: 1, seq, hash, path: 'the witness' };
        return contradiction(reader as unknown as LogReader, [witness], hashAt) !== null;
      },
    };
  }

  #mutated(reading: LineReading, { end, endHash }: Acceptance<Accepted>): LineReading {
    if (reading.kind !== 'line') return reading;
    let { frame } = reading.line;
    if (this.#faults.halfBatches === true) frame = { ...frame, part: 1, of: 1 };
    if (this.#faults.prevUnchecked === true && frame.seq === end + 1) {
      frame = { ...frame, prev: endHash };
    }
    return { ...reading, line: { ...reading.line, frame } };
  }
}

function readingOf(piece: string, lines: ReadonlyMap<string, LineReading>): LineReading {
  if (piece === '') return { kind: 'blank' };
  // More than one character is a line that was glued to what stood there.
  return lines.get(piece) ?? { kind: 'torn' };
}

function parsed({ writer, seq, ...line }: Line) {
  const frame: Frame = { ...line, v: 2, min: 1, log, epoch: 1, seq, writer: String(writer) };
  const common = { agent: null, message: '', seq: position(seq), at: instant(0) };
  const record: LogRecord =
    writer === -1
      ? {
          ...common,
          event: 'GENESIS',
          task: null,
          status: null,
          data: { store: 'append' },
          commandId: line.commandId,
        }
      : {
          ...common,
          event: 'NOTE',
          task: null,
          status: null,
          data: {},
          commandId: line.commandId,
        };
  return { frame, record, base: null };
}
