/**
 * Replaces a file of the workspace as a whole, as the files are that people and tools read any time.
 *
 * What goes into it is up to the caller.
 */
import { chmodSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Refused } from '../answer.ts';

/** The text of `file`, or '' where there is none. @throws {Refused} where it is no plain file */
export function readText(file: string): string {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return '';
  if (!stats.isFile()) {
    throw new Refused('invalid-file', `${file} is not a plain file, so nothing is written there.`);
  }
  return readFileSync(file, 'utf8');
}

/** Never leaves half of it: a reader sees the old text or the new one. */
export function writeText(file: string, text: string): void {
  const made = `${file}.${process.pid}.tmp`;
  const mode = lstatSync(file, { throwIfNoEntry: false })?.mode;
  try {
    writeFileSync(made, text, { flag: 'wx' });
    if (mode !== undefined) chmodSync(made, mode & 0o777);
    renameSync(made, file);
  } catch (error) {
    rmSync(made, { force: true });
    throw error;
  }
}
