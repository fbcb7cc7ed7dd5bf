/**
 * The lines of one command as text, chained to the line before them. The same in every engine.
 *
 * Writes nothing.
 */
import { maxLineBytes, parseLine } from '../protocol/record.ts';
import type { LogRecord } from '../core/event.ts';
import { sealLine } from './file/seal.ts';
import { StoreError } from './taskStore.ts';
import type { Batch } from './taskStore.ts';

/** Where the lines are to stand. */
export interface ChainEnd {
  readonly log: string;
  readonly epoch: number;
  /** The last position that is taken. */
  readonly seq: number;
  readonly hash: string;
  /** Format of the lines. */
  readonly level: number;
  readonly writer: string;
}

export interface EncodedLine {
  readonly seq: number;
  readonly hash: string;
  /** With its newline. */
  readonly text: string;
  readonly record: LogRecord;
}

/**
 * @throws {StoreError} `LINE_TOO_LONG`
 * @throws {TypeError} for an event that could not be read back
 */
export function encodeBatch(batch: Batch, end: ChainEnd): readonly EncodedLine[] {
  const { log, epoch, level, writer } = end;
  let prev = end.hash;
  return batch.events.map((event, index) => {
    const seq = end.seq + 1 + index;
    const line = sealLine(event, {
      level,
      log,
      epoch,
      seq,
      at: batch.at,
      commandId: batch.commandId,
      part: index + 1,
      of: batch.events.length,
      writer,
      prev,
    });
    const sizeBytes = Buffer.byteLength(line.text);
    if (sizeBytes > maxLineBytes) {
      throw new StoreError(
        'LINE_TOO_LONG',
        `The event ${event.event} takes ${sizeBytes} bytes, and a line of the log has at most ` +
          `${maxLineBytes}. Nothing was written. Shorten its texts.`,
      );
    }
    // A line that no reader would accept stops the log for everyone, so it is read before it is
    // written.
    const record = parseLine(line.text)?.record;
    if (record == null) {
      throw new TypeError(`An event ${event.event} of this shape could not be read back`);
    }
    prev = line.hash;
    return { seq, hash: line.hash, text: line.text, record };
  });
}
