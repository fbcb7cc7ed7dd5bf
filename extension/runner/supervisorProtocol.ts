/**
 * What the starter of a program and its supervisor say to each other, one JSON value a line.
 *
 * Both ends are of one build and one start, so there are no versions and no schema: a line that
 * does not parse means that the other end died while writing it.
 */
import type { ProcessIdentity, StopLadder } from './program.ts';

/** File descriptors of the supervisor; 0, 1 and 2 are the program's own. */
export const controlFd = 3;
export const reportFd = 4;

/** Starter to supervisor. The end of this stream means that the starter is dead. */
export type Control =
  | {
      readonly type: 'spec';
      readonly argv: readonly string[];
      readonly cwd: string;
      /** The program's whole environment; nothing of the supervisor's own is added. */
      readonly env: Readonly<Record<string, string>>;
      readonly cookie: string;
    }
  | { readonly type: 'begin' }
  | ({ readonly type: 'stop' } & StopLadder);

/** Supervisor to starter. Its end without `quiet` means that the supervisor is dead. */
export type Report =
  | ({ readonly type: 'ready' } & Pick<ProcessIdentity, 'pid' | 'startTime'>)
  | ({ readonly type: 'started' } & Pick<ProcessIdentity, 'pid' | 'startTime'>)
  | ({ readonly type: 'notStarted' } & SpawnFailure)
  /** The program's main process ended; `stopped` says whether a stop had begun before. */
  | {
      readonly type: 'exit';
      readonly code: number | null;
      readonly signal: string | null;
      readonly stopped: boolean;
    }
  /** The last word: nothing of the program is left. */
  | { readonly type: 'quiet'; readonly by: 'ask' | 'terminate' | 'kill' }
  /** These outlived being killed; `quiet` follows if they end after all. */
  | { readonly type: 'alive'; readonly pids: readonly number[] };

export interface SpawnFailure {
  /** `PROGRAM_NOT_FOUND`, `PROGRAM_NOT_EXECUTABLE`, `DIRECTORY_NOT_FOUND`, `PROGRAM_NOT_STARTED`. */
  readonly errorClass: string;
  readonly message: string;
}

/** Cuts a stream of text into lines and hands on the value of each; the caller knows its type. */
export function lineParser(take: (value: unknown) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(JSON.parse(line));
  };
}
