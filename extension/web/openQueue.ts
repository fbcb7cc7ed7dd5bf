/** Opens the log that a page shows. The only place of this front end that knows an engine. */
import path from 'node:path';
import { homeFolder } from '../coordinator/approvals.ts';
import { Desk } from '../coordinator/desk.ts';
import { prepareWorkspace } from '../coordinator/prepareWorkspace.ts';
import type { WorkspacePaths } from '../coordinator/workspace.ts';
import { hasLog } from '../coordinator/workspace.ts';
import { gitCopyName } from '../store/file/witness.ts';
import { openLog } from '../store/openLog.ts';

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
  if (isNew) prepareWorkspace(paths, { track: false });
  const store = await openLog({
    url: env['SIGNALBOX_STORE'],
    home: homeFolder(env),
    workspaceDir: paths.root,
    stateName: paths.stateName,
    writer: `web ${process.pid}`,
    gitCopyPath:
      paths.gitCommonDir === null ? undefined : path.join(paths.gitCommonDir, gitCopyName),
    create,
  });
  const desk = new Desk(paths, store, env);
  try {
    await desk.refresh();
    if (isNew && desk.queue.end === 1) await desk.takeIn({ adoptBy: by });
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
  return desk;
}
