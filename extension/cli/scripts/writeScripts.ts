/**
 * Puts the compatibility scripts into a workspace, and loses nothing that stood in their place.
 *
 * What they say is in `shellScripts`.
 */
import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import path from 'node:path';
import type { WorkspacePaths } from '../../coordinator/workspace.ts';
import { cliLine, rootScripts, stateScripts } from './shellScripts.ts';

export interface WrittenScripts {
  /** From the workspace's root, all of them, whether they were there or not. */
  readonly scripts: readonly string[];
  /** What stood in the place of one, under the name it has now. */
  readonly kept: readonly string[];
}

/**
 * Writes every script; one that differs is kept as `NAME.old`. Safe to repeat.
 *
 * @param cli Path of the command line's entry, for the scripts to find it again.
 * @throws the error of the file system where a file cannot be written
 */
export function writeScripts(paths: WorkspacePaths, cli: string): WrittenScripts {
  const scripts = [
    ...stateScripts(cli).map(({ name, text }) => ({ file: path.join(paths.state, name), text })),
    ...rootScripts(paths.stateName).map(({ name, text }) => ({
      file: path.join(paths.root, name),
      text,
    })),
  ];
  const kept = scripts.flatMap(({ file, text }) => writeScript(file, text));
  const fromRoot = (file: string) => path.relative(paths.root, file);
  return { scripts: scripts.map(({ file }) => fromRoot(file)), kept: kept.map(fromRoot) };
}

/** The name under which what stood there is kept, if anything was worth it. */
function writeScript(file: string, text: string): readonly string[] {
  const before = readScript(file);
  if (before === text) {
    chmodSync(file, 0o755);
    return [];
  }
  const made = `${file}.${process.pid}.tmp`;
  writeFileSync(made, text, { flag: 'wx', mode: 0o755 });
  try {
    // The umask narrows what was asked for.
    chmodSync(made, 0o755);
    const isWorthKeeping = before !== undefined && !isOursElsewhere(before, text);
    const keptAs = isWorthKeeping ? freeName(`${file}.old`) : undefined;
    if (keptAs !== undefined) renameSync(file, keptAs);
    renameSync(made, file);
    return keptAs === undefined ? [] : [keptAs];
  } catch (error) {
    rmSync(made, { force: true });
    throw error;
  }
}

/** Text of a file; null for anything else that stands there, such as a link; undefined for nothing. */
function readScript(file: string): string | null | undefined {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  return stats.isFile() ? readFileSync(file, 'utf8') : null;
}

/** Whether it is the very script, written for a command line at another place. */
function isOursElsewhere(before: string | null, text: string): boolean {
  return before?.replace(cliLine, '') === text.replace(cliLine, '');
}

function freeName(wanted: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}.${n}`;
    if (lstatSync(name, { throwIfNoEntry: false }) === undefined) return name;
  }
}
