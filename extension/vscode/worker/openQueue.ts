/** Opens the log of the window's folder. The only place of the worker that knows an engine. */
import path from 'node:path';
import { homeFolder } from '../../coordinator/approvals.ts';
import { Desk } from '../../coordinator/desk.ts';
import { prepareWorkspace } from '../../coordinator/prepareWorkspace.ts';
import { SettingsFiles } from '../../coordinator/settingsFiles.ts';
import { hasLog } from '../../coordinator/workspace.ts';
import type { WorkspacePaths } from '../../coordinator/workspace.ts';
import { gitCopyName } from '../../store/file/witness.ts';
import { openLog } from '../../store/openLog.ts';

/**
 * Reads the whole log; writes nothing unless one is to be made.
 *
 * @throws {StoreError} `NO_LOG` where there is none and none was to be made; `STORE_HALTED` and
 *   the others where it cannot be read
 */
export async function openQueue(
  paths: WorkspacePaths,
  env: NodeJS.ProcessEnv,
  { create, by }: { readonly create: boolean; readonly by: string },
): Promise<Desk> {
  const isNew = create && !hasLog(paths);
  if (isNew) prepareWorkspace(paths, { track: new SettingsFiles(paths).current().track });
  const store = await openLog({
    url: env['SIGNALBOX_STORE'],
    home: homeFolder(env),
    workspaceDir: paths.root,
    stateName: paths.stateName,
    writer: `vscode ${process.pid}`,
    gitCopyPath:
      paths.gitCommonDir === null ? undefined : path.join(paths.gitCommonDir, gitCopyName),
    create,
  });
  const desk = new Desk(paths, store, env);
  try {
    await desk.refresh();
    // A queue that was written down before there was a log is taken in as a whole.
    if (isNew && desk.queue.end === 1) await desk.takeIn({ adoptBy: by });
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
  return desk;
}
