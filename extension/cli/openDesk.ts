/** Opens the workspace that a command line is about. The only place here that knows an engine. */
import path from 'node:path';
import { homeFolder } from '../coordinator/approvals.ts';
import { Desk } from '../coordinator/desk.ts';
import { prepareWorkspace } from '../coordinator/prepareWorkspace.ts';
import { SettingsFiles } from '../coordinator/settingsFiles.ts';
import type { WorkspacePaths } from '../coordinator/workspace.ts';
import { findWorkspace, hasLog } from '../coordinator/workspace.ts';
import { gitCopyName } from '../store/file/witness.ts';
import { openLog } from '../store/openLog.ts';
import type { Log, LogOptions } from '../store/openLog.ts';

export interface DeskOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** As named by the caller; undefined: found from `cwd` upward. */
  readonly workspace: string | undefined;
  /** Whether to make a queue where there is none. */
  readonly create: boolean;
  /**
   * Hears of what people wrote into the projections, which is then taken in before anything is
   * read. Without it nothing is taken in.
   */
  readonly tell?: ((message: string) => void) | undefined;
}

/**
 * @throws {StoreError} `NO_LOG` where there is no queue and none was to be made
 * @throws {WorkspaceError}
 */
export async function openDesk({ cwd, env, workspace, create, tell }: DeskOptions): Promise<Desk> {
  const paths = findWorkspace({ cwd, explicit: workspace, env });
  const isNew = create && !hasLog(paths);
  if (isNew) prepareWorkspace(paths, { track: new SettingsFiles(paths).current().track });
  const desk = new Desk(paths, await openLogOf(paths, env, create), env);
  await desk.refresh();
  if (tell !== undefined) {
    // A log on a server may be older than the workspace.
    const isFirst = isNew && desk.queue.end === 1;
    const taken = await desk.takeIn(isFirst ? { adoptBy: 'human:file' } : {});
    for (const { text } of taken) tell(text);
  }
  return desk;
}

/** The log of a workspace, which may be damaged: reading and writing then fail. */
export function openLogOf(
  paths: WorkspacePaths,
  env: NodeJS.ProcessEnv,
  create = false,
): Promise<Log> {
  return openLog(logOptionsOf(paths, env, create));
}

/** What the engines are told of a workspace. */
export function logOptionsOf(
  paths: WorkspacePaths,
  env: NodeJS.ProcessEnv,
  create: boolean,
): LogOptions {
  return {
    url: env['SIGNALBOX_STORE'],
    home: homeFolder(env),
    workspaceDir: paths.root,
    stateName: paths.stateName,
    writer: `cli ${process.pid}`,
    gitCopyPath:
      paths.gitCommonDir === null ? undefined : path.join(paths.gitCommonDir, gitCopyName),
    create,
  };
}
