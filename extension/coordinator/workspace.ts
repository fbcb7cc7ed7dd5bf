/**
 * Which folder is the workspace, and where everything in it is.
 *
 * Only looks: making the folders is `prepareWorkspace`'s business.
 */
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { findGitFolders, upward } from './gitFolders.ts';

export interface WorkspacePaths {
  readonly root: string;
  /** `AI`, or `.signalbox` where a folder `AI` is someone else's. */
  readonly stateName: 'AI' | '.signalbox';
  readonly state: string;
  readonly log: string;
  readonly audit: string;
  readonly auditFile: string;
  readonly auditArchive: string;
  readonly locks: string;
  readonly recovery: string;
  readonly failedTasks: string;
  /** Files that stood where a projection belongs, kept for their owners. */
  readonly edits: string;
  readonly retryConfig: string;
  readonly agents: string;
  readonly config: string;
  readonly output: string;
  readonly queueFile: string;
  /** Null outside git. */
  readonly gitCommonDir: string | null;
  /** The worktree whose `info/exclude` speaks of `queueFile`; null outside git and in bare ones. */
  readonly gitWorktree: string | null;
}

export type WorkspaceErrorCode =
  /** The folder that was named is none. */
  | 'no-such-folder'
  /** A linked worktree whose main worktree, and so the queue, is out of reach. */
  | 'unreachable-worktree'
  /** A link, or no folder, where one of our own folders belongs. */
  | 'unsafe-path';

/** The workspace cannot be used. `message` says which path, why, and what to do next. */
export class WorkspaceError extends Error {
  readonly code: WorkspaceErrorCode;
  readonly path: string;

  constructor(code: WorkspaceErrorCode, file: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WorkspaceError';
    this.code = code;
    this.path = file;
  }
}

export interface WorkspaceQuestion {
  readonly cwd: string;
  /** `--workspace`; goes before `$SIGNALBOX_WORKSPACE`. */
  readonly explicit?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The workspace of a command: in a linked git worktree the main one's, so that all worktrees share
 * one queue; else the nearest folder upward that has a queue; else the current one. A folder that
 * was named is not searched upward from.
 *
 * @throws {WorkspaceError} `no-such-folder`, `unreachable-worktree`
 */
export function findWorkspace({ cwd, explicit, env }: WorkspaceQuestion): WorkspacePaths {
  const named = explicit ?? (env['SIGNALBOX_WORKSPACE'] || undefined);
  const start = path.resolve(cwd, named ?? '.');
  if (named !== undefined && !isFolder(start)) {
    const how = explicit === undefined ? '$SIGNALBOX_WORKSPACE' : '--workspace';
    throw new WorkspaceError(
      'no-such-folder',
      start,
      `${how} names ${start}, which is no folder. Name an existing one.`,
    );
  }
  const git = findGitFolders(start);
  if (git === null) return pathsOf(named === undefined ? nearest(start, start) : start, null, null);
  if (!git.reachable) {
    throw new WorkspaceError(
      'unreachable-worktree',
      git.missing,
      `${git.worktree} is a linked git worktree, and its queue lives in the main worktree, which cannot be reached from here (there is no ${git.missing}). A second log is never begun: make the main worktree available under the same path, or use the queue through the MCP server.`,
    );
  }
  const { commonDir, main, worktree } = git;
  if (main === null) return pathsOf(commonDir, commonDir, null);
  // The same place in the main worktree, so that a queue in a subfolder is shared as well.
  const there = main === worktree ? start : path.join(main, path.relative(worktree, start));
  const fallback = main === worktree ? start : main;
  const root = named !== undefined && isFolder(there) ? there : nearest(there, fallback);
  return pathsOf(root, commonDir, main);
}

/** Whether a queue was ever begun in the workspace. */
export function hasLog(paths: WorkspacePaths): boolean {
  return isFolder(paths.log);
}

function nearest(start: string, fallback: string): string {
  for (const folder of upward(start)) {
    if (isFolder(path.join(folder, 'AI', 'log'))) return folder;
    if (isFolder(path.join(folder, '.signalbox', 'log'))) return folder;
    if (stats(path.join(folder, 'TASK_QUEUE.json'))?.isFile() === true) return folder;
  }
  return fallback;
}

function pathsOf(
  root: string,
  gitCommonDir: string | null,
  gitWorktree: string | null,
): WorkspacePaths {
  const stateName = nameState(root);
  const state = path.join(root, stateName);
  const within = (...parts: string[]) => path.join(state, ...parts);
  return {
    root,
    stateName,
    state,
    log: within('log'),
    audit: within('audit'),
    auditFile: within('audit', 'task_audit.jsonl'),
    auditArchive: within('audit', 'archive'),
    locks: within('locks'),
    recovery: within('recovery'),
    failedTasks: within('recovery', 'failed_tasks.json'),
    edits: within('recovery', 'edits'),
    retryConfig: within('recovery', 'retry_config.json'),
    agents: within('agents.json'),
    config: within('config.json'),
    output: within('output'),
    queueFile: path.join(root, 'TASK_QUEUE.json'),
    gitCommonDir,
    gitWorktree,
  };
}

/** The first line of the ignore file that `init` writes, which tells its folder from another's. */
export const ignoreFileMark = '# Written by `signalbox init`.';

/** Names that only this queue, or the older system that it takes in, has in a folder `AI`. */
const ownNames = [
  path.join('audit', 'task_audit.jsonl'),
  path.join('recovery', 'retry_config.json'),
  'task_lock.sh',
  'task_audit.sh',
  'task_coordinator.sh',
];

function nameState(root: string): 'AI' | '.signalbox' {
  if (isFolder(path.join(root, 'AI', 'log'))) return 'AI';
  if (isFolder(path.join(root, '.signalbox', 'log'))) return '.signalbox';
  const found = readFolder(root).filter((name) => name.toLowerCase() === 'ai');
  if (found.length === 0) return 'AI';
  return found.length === 1 && found[0] === 'AI' && isOurs(path.join(root, 'AI'))
    ? 'AI'
    : '.signalbox';
}

/** Whether a folder `AI` without a log is one that `init` made, came with a clone, or is empty. */
function isOurs(folder: string): boolean {
  if (!lstatSync(folder).isDirectory()) return false;
  if (readFolder(folder).length === 0) return true;
  if (ownNames.some((name) => stats(path.join(folder, name)) !== undefined)) return true;
  try {
    return readFileSync(path.join(folder, '.gitignore'), 'utf8').includes(ignoreFileMark);
  } catch {
    // No such file: nothing says that the folder is ours.
    return false;
  }
}

function readFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // A folder that cannot be listed holds nothing that could be asked about here.
    return [];
  }
}

function isFolder(folder: string): boolean {
  return stats(folder)?.isDirectory() === true;
}

function stats(file: string) {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    // Not allowed to look, or a part of the path is a file: it is not there for us.
    return undefined;
  }
}
