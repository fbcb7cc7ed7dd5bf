/**
 * Where git keeps a folder's repository, found by reading its files; no git is started.
 *
 * Knows worktrees, bare repositories and the common directory. What lives there is not its business.
 *
 * @see gitrepository-layout(5), git-worktree(1) "DETAILS"
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

export type GitFolders =
  | {
      readonly reachable: true;
      /** The folder that holds `.git`. */
      readonly worktree: string;
      /** What all worktrees of the repository share. */
      readonly commonDir: string;
      /** The main worktree; null where the repository is bare and has none. */
      readonly main: string | null;
    }
  /** A linked worktree of a repository that is not there, as in a container. */
  | { readonly reachable: false; readonly worktree: string; readonly missing: string };

/** The repository of the nearest `.git` at or above `folder`, or null where there is none. */
export function findGitFolders(folder: string): GitFolders | null {
  for (const worktree of upward(folder)) {
    const dotGit = path.join(worktree, '.git');
    const stats = statSync(dotGit, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    if (stats.isDirectory())
      return { reachable: true, worktree, commonDir: dotGit, main: worktree };
    const target = /^gitdir:\s*(.+?)\s*$/m.exec(readFile(dotGit))?.[1];
    if (target !== undefined) return behindFile(worktree, path.resolve(worktree, target));
  }
  return null;
}

/** `folder` and every folder above it, the nearest first. */
export function* upward(folder: string): Generator<string> {
  let current = path.resolve(folder);
  while (true) {
    yield current;
    const parent = path.dirname(current);
    if (parent === current) return;
    current = parent;
  }
}

/** A `.git` that is a file: a linked worktree, a submodule, or a repository kept elsewhere. */
function behindFile(worktree: string, gitDir: string): GitFolders | null {
  const common = readFile(path.join(gitDir, 'commondir')).trim();
  if (common === '') {
    // Only a linked worktree depends on another folder's queue; a broken submodule does not.
    const wasLinked = path.basename(path.dirname(gitDir)) === 'worktrees';
    if (wasLinked) return { reachable: false, worktree, missing: gitDir };
    if (!existsSync(gitDir)) return null;
    const main = isBare(gitDir) ? null : worktree;
    return { reachable: true, worktree, commonDir: gitDir, main };
  }
  const commonDir = path.resolve(gitDir, common);
  if (isBare(commonDir)) return { reachable: true, worktree, commonDir, main: null };
  const main = mainWorktree(commonDir);
  if (main === undefined) return { reachable: false, worktree, missing: commonDir };
  return { reachable: true, worktree, commonDir, main };
}

function mainWorktree(commonDir: string): string | undefined {
  const configured = setting(commonDir, 'worktree');
  if (configured !== undefined) {
    const folder = path.resolve(commonDir, configured);
    return existsSync(folder) ? folder : undefined;
  }
  if (path.basename(commonDir) !== '.git') return undefined;
  const folder = path.dirname(commonDir);
  // A container that was given only the repository has an empty folder around it, on another
  // device: a log begun there would be a second one.
  const around = statSync(folder, { throwIfNoEntry: false });
  const inside = statSync(commonDir, { throwIfNoEntry: false });
  return around !== undefined && around.dev === inside?.dev ? folder : undefined;
}

function isBare(gitDir: string): boolean {
  return /^(?:true|yes|on|1|)$/i.test(setting(gitDir, 'bare') ?? 'no');
}

/** A setting of git's section `core`, or undefined where it is not set; '' where it has no value. */
function setting(gitDir: string, name: 'bare' | 'worktree'): string | undefined {
  let value: string | undefined;
  for (const file of ['config', 'config.worktree']) {
    let section = '';
    for (const line of readFile(path.join(gitDir, file)).split('\n')) {
      section = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line)?.[1]?.toLowerCase() ?? section;
      const match = /^\s*(?:\[[^\]]*\]\s*)?([A-Za-z]+)\s*(?:=\s*(.*?))?\s*$/.exec(line);
      if (section === 'core' && match?.[1]?.toLowerCase() === name) {
        value = (match[2] ?? '').replace(/^"(.*)"$/, '$1');
      }
    }
  }
  return value;
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Absent or not to be read: git's files are asked only for hints, and no hint is an answer.
    return '';
  }
}
