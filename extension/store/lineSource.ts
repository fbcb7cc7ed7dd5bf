/**
 * The exact bytes of a log's accepted lines, for whoever copies or checks them.
 *
 * Says nothing of what a line means: that is `protocol/record`. Engines without a file of lines
 * write the same bytes that the file store would have written.
 */
import type { Position } from '../core/ids.ts';

export interface LineSource {
  /** The hash (`h`) of the accepted line at `seq`, or undefined where there is none. */
  hashAt(seq: Position): string | undefined;
  /** Bytes of all accepted lines from the first up to and including `seq`, newlines counted. */
  bytesUpTo(seq: Position): number;
  /** The accepted lines after position `after`, in order, each with its newline. */
  lines(after: Position): Buffer[];
}
