/**
 * `AI/recovery/failed_tasks.json`: failures, the retries due, and the tasks that gave up.
 *
 * Small and without a position of its own, so it is compared as a whole and written when it differs.
 */
import { failedTasks } from '../../core/projections/failedTasks.ts';
import type { Queue } from '../../core/queue.ts';
import { toWords } from '../../protocol/words.ts';
import { makeFolder } from '../prepareWorkspace.ts';
import type { WorkspacePaths } from '../workspace.ts';
import { readPlain, replacePlain } from './files.ts';

const fileMode = 0o600;

/** @throws {WorkspaceError} `unsafe-path`; the file system's error where it cannot be written */
export function projectFailedTasks(paths: WorkspacePaths, queue: Queue): void {
  makeFolder(paths.state, 0o755);
  makeFolder(paths.recovery, 0o700);
  const bytes = Buffer.from(encodeFailedTasks(queue));
  const found = readPlain(paths.failedTasks)?.bytes;
  if (found?.equals(bytes) === true) return;
  replacePlain(paths.failedTasks, bytes, fileMode);
}

function encodeFailedTasks(queue: Queue): string {
  const items = failedTasks(queue).map((failed) => JSON.stringify(toWords(failed)));
  return items.length === 0 ? '[]\n' : `[\n  ${items.join(',\n  ')}\n]\n`;
}
