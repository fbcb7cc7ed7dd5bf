/**
 * Writes to standard output and standard error, at once and as a whole.
 *
 * Goes around the streams of `process`: to load them takes longer than most verbs do. What is
 * written, and whether it is harmless, is up to the caller.
 */
import type { Stats } from 'node:fs';
import { fstatSync, statSync, writeSync } from 'node:fs';

const stdout = 1;
const stderr = 2;
const devNull = '/dev/null';
/** How long to wait for a reader that is slower than we are, before trying again. */
const fullPipeMs = 2;

export function printOut(text: string): void {
  print(stdout, text);
}

export function printError(text: string): void {
  print(stderr, text);
}

/** Whether standard output is a terminal. */
export function isTerminal(): boolean {
  try {
    const stats = fstatSync(stdout);
    if (!stats.isCharacterDevice() || isNullDevice(stats)) return false;
    // Only a terminal needs the stream, to be told from other devices and to have a width.
    return process.stdout.isTTY;
  } catch {
    // Closed by whoever started us.
    return false;
  }
}

function isNullDevice({ rdev }: Stats): boolean {
  return statSync(devNull, { throwIfNoEntry: false })?.rdev === rdev;
}

function print(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A pipe that its reader made not to block is full.
      if (code === 'EAGAIN')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fullPipeMs);
      // A reader that has seen enough (`| head`) ends us without a complaint.
      else if (code === 'EPIPE' && fd === stdout) process.exit(0);
      else if (fd === stdout) throw error;
      // Nobody can be told that nobody can be told.
      else return;
    }
  }
}
