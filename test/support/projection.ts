/**
 * A workspace with a log and its projections, for tests that look at the files.
 *
 * Puts the real parts together without a front end; a command is recorded and not projected until
 * the test says so.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Coordinator } from '../../extension/coordinator/coordinator.ts';
import type { Outcome } from '../../extension/coordinator/coordinator.ts';
import { prepareWorkspace } from '../../extension/coordinator/prepareWorkspace.ts';
import { LockDirs } from '../../extension/coordinator/projector/lockDirs.ts';
import { Projector } from '../../extension/coordinator/projector/projector.ts';
import type { Projected } from '../../extension/coordinator/projector/projector.ts';
import { findWorkspace } from '../../extension/coordinator/workspace.ts';
import type { WorkspacePaths } from '../../extension/coordinator/workspace.ts';
import type { Instant } from '../../extension/core/ids.ts';
import { position } from '../../extension/core/ids.ts';
import { defaultRules } from '../../extension/core/rules.ts';
import type { FileStore } from '../../extension/store/file/fileStore.ts';
import { openFileStore } from '../../extension/store/openStore.ts';
import type { Request } from './core.ts';
import { readReplaced } from './replacedFile.ts';

export interface Desk {
  readonly paths: WorkspacePaths;
  readonly store: FileStore;
  readonly coordinator: Coordinator;
  readonly locks: LockDirs;
  readonly projector: Projector;
  /** Records one command. @throws where it was refused. */
  readonly does: (request: Request) => Promise<Outcome>;
  /** Brings the files up to what this desk has read. */
  readonly project: () => Promise<Projected>;
}

export interface DeskOptions {
  /** How far the clock by which locks are judged is ahead. */
  readonly laterMs?: number;
  /** The instant at which that clock stands still. */
  readonly at?: number;
}

/** One process's view of the workspace at `dir`; several may be open on the same one. */
export async function openDesk(dir: string, { laterMs = 0, at }: DeskOptions = {}): Promise<Desk> {
  const paths = findWorkspace({ cwd: dir, explicit: dir, env: {} });
  prepareWorkspace(paths, { track: false });
  const store = openFileStore({ workspaceDir: dir, writer: 'test', create: true });
  const locks: LockDirs = new LockDirs(paths.locks, {
    now: () => ((at ?? Date.now()) + laterMs) as Instant,
    queue: () => coordinator.queue,
  });
  const coordinator: Coordinator = new Coordinator({
    store,
    rules: () => defaultRules,
    locks,
    random: () => 0,
  });
  const projector = new Projector({ paths, lines: store, locks, form: () => 'live' });
  await coordinator.refresh();
  return {
    paths,
    store,
    coordinator,
    locks,
    projector,
    does: async (request) => {
      const command = { id: randomUUID(), by: null, ...request };
      const outcome = await coordinator.execute(command);
      if (!outcome.ok) throw new Error(outcome.rejection.message);
      return outcome;
    },
    project: () => projector.project(coordinator.queue),
  };
}

/** What the log says that the audit file must say. */
export function acceptedLines(desk: Desk): string {
  return Buffer.concat(desk.store.lines(position(0))).toString('utf8');
}

export interface QueueFile {
  readonly generated: { readonly seq: number; readonly hash: string; readonly doc_hash: string };
  readonly queue: readonly Readonly<Record<string, unknown>>[];
}

export function readQueueFile({ queueFile }: WorkspacePaths): QueueFile {
  return JSON.parse(readReplaced(queueFile)) as QueueFile;
}

export function readAudit({ auditFile }: WorkspacePaths): string {
  return readFileSync(auditFile, 'utf8');
}

/** The files of a lock directory, or null where there is none. Others may be putting some in place. */
export function readLockDir({ locks }: WorkspacePaths, task: string | number) {
  const dir = join(locks, `task_${task}.lock`);
  if (!existsSync(dir)) return null;
  const names = readdirSync(dir).filter((name) => !name.startsWith('.'));
  return Object.fromEntries(names.map((name) => [name, readReplaced(join(dir, name)).trimEnd()]));
}

/** What was kept for others, by content. */
export function keptTexts({ edits }: WorkspacePaths): readonly string[] {
  if (!existsSync(edits)) return [];
  return readdirSync(edits).map((name) => readFileSync(join(edits, name), 'utf8'));
}

/** Temporary files and directories that a projection should have removed. */
export function leftovers({ audit, locks, recovery, root }: WorkspacePaths): readonly string[] {
  return [audit, locks, recovery, root].flatMap((folder) =>
    readdirSync(folder).filter((name) => name.startsWith('.') && name !== '.git'),
  );
}
