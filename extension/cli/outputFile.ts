/** Where a verb writes a file that was asked for: anywhere but over what the queue itself keeps. */
import { realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { WorkspacePaths } from '../coordinator/workspace.ts';
import { UsageError } from './answer.ts';
import type { Invocation } from './invocation.ts';

/**
 * Writes `text` to the file that the caller named; answers with its whole path.
 *
 * @throws {UsageError} where the file is one of the queue's own, or cannot be written
 */
export function writeOutput(
  invocation: Invocation,
  paths: WorkspacePaths,
  name: string,
  text: string,
): string {
  const file = path.resolve(invocation.cwd, name);
  const target = realPath(file);
  const own = [paths.log, paths.audit, paths.locks, paths.recovery, paths.output, paths.queueFile];
  const clash = own.map(realPath).find((each) => target === each || isInside(target, each));
  if (clash !== undefined) {
    throw new UsageError(`${file} is kept by the queue itself. Name a file outside of ${clash}.`);
  }
  try {
    writeFileSync(file, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${file} cannot be written: ${why}.`);
  }
  return file;
}

/** Where a path leads, through links; of what is not there yet, its folder's place. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    const folder = path.dirname(file);
    return folder === file ? file : path.join(realPath(folder), path.basename(file));
  }
}

function isInside(file: string, folder: string): boolean {
  return file.startsWith(folder + path.sep);
}
