/**
 * The folders of a workspace, and what git is told of them: the part of `init` that touches disk
 * without a log.
 *
 * Safe to repeat. What people wrote into a file stays in it.
 */
import { chmodSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ignoreFileMark, WorkspaceError } from './workspace.ts';
import type { WorkspacePaths } from './workspace.ts';

export interface PrepareOptions {
  /** Whether `TASK_QUEUE.json` may go into git. */
  readonly track: boolean;
}

/** Patterns of the state folder's own ignore file: everything but what people configure. */
const ignored = [
  '/log/',
  '/audit/',
  '/locks/',
  '/output/',
  '/recovery/*',
  '!/recovery/retry_config.json',
];

/**
 * Makes what is missing.
 *
 * @throws {WorkspaceError} `unsafe-path` where a link or a file stands in a folder's place
 * @throws the error of the file system where it cannot be written
 */
export function prepareWorkspace(paths: WorkspacePaths, { track }: PrepareOptions): void {
  makeFolder(paths.state, 0o755);
  for (const folder of [paths.log, paths.audit, paths.locks, paths.recovery, paths.output]) {
    makeFolder(folder, 0o700);
  }
  addLines(path.join(paths.state, '.gitignore'), [ignoreFileMark, ...ignored]);
  excludeQueueFile(paths, track);
}

/** What git should not see and may, each with its cure. Reads git's files; starts no git. */
export function excludedFromGit(paths: WorkspacePaths): readonly string[] {
  const { gitCommonDir, gitWorktree, log, state } = paths;
  if (gitCommonDir === null || gitWorktree === null) return [];
  const problems: string[] = [];
  const file = path.join(state, '.gitignore');
  const present = new Set(readIfThere(file).split(/\r?\n/));
  if (ignored.some((line) => !present.has(line))) {
    problems.push(`${file} does not keep the log out of git; \`signalbox init\` completes it`);
  }
  const tracked = path.relative(gitWorktree, log).split(path.sep).join('/');
  if (indexOf(gitCommonDir).includes(`${tracked}/seg-`)) {
    problems.push(
      `git tracks ${tracked}, so a checkout would rewind the log; \`git rm -r --cached ${tracked}\` ends that and deletes nothing`,
    );
  }
  return problems;
}

/** The names that git tracks stand in its index as they are. */
function indexOf(gitDir: string): Buffer {
  try {
    return readFileSync(path.join(gitDir, 'index'));
  } catch {
    // Nothing was ever added.
    return Buffer.alloc(0);
  }
}

/**
 * Makes `folder` with `mode`, or sees that it is a real folder.
 *
 * @throws {WorkspaceError} `unsafe-path`
 */
export function makeFolder(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode });
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  requireFolder(folder);
  // The mode given to `mkdir` is narrowed by the umask; one that is there may have any.
  if (mode === 0o700 && (lstatSync(folder).mode & 0o077) !== 0) chmodSync(folder, mode);
}

/**
 * Sees that `folder` is a folder and no link to one: what we write must not end up elsewhere.
 *
 * @throws {WorkspaceError} `unsafe-path`; the file system's error where there is nothing
 */
export function requireFolder(folder: string): void {
  const stats = lstatSync(folder);
  if (stats.isDirectory()) return;
  const what = stats.isSymbolicLink() ? 'a symbolic link' : 'not a folder';
  throw new WorkspaceError(
    'unsafe-path',
    folder,
    `${folder} is ${what}, and nothing is written through it. Move it away; the queue makes a folder of its own there.`,
  );
}

/** Adds those of `lines` that the file lacks, at its end. */
function addLines(file: string, lines: readonly string[]): void {
  const before = readIfThere(file);
  const present = new Set(before.split(/\r?\n/));
  const missing = lines.filter((line) => !present.has(line));
  if (missing.length === 0) return;
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  writeFileSync(file, `${before}${separator}${missing.join('\n')}\n`);
}

/** Keeps the queue file out of git without a change to any file that git tracks. */
function excludeQueueFile(paths: WorkspacePaths, track: boolean): void {
  const { gitCommonDir, gitWorktree, queueFile } = paths;
  if (gitCommonDir === null || gitWorktree === null) return;
  const line = `/${path.relative(gitWorktree, queueFile).split(path.sep).join('/')}`;
  const info = path.join(gitCommonDir, 'info');
  const file = path.join(info, 'exclude');
  if (!track) {
    mkdirSync(info, { recursive: true });
    addLines(file, [line]);
    return;
  }
  const before = readIfThere(file);
  const kept = before.split('\n').filter((each) => each.trimEnd() !== line);
  const after = kept.join('\n');
  if (after !== before) writeFileSync(file, after);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return '';
  }
}
