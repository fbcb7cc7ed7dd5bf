/** A log that may be damaged, opened to look at or to repair: nothing of it is folded. */
import type { WorkspacePaths } from '../coordinator/workspace.ts';
import { findWorkspace } from '../coordinator/workspace.ts';
import type { Log } from '../store/openLog.ts';
import type { Invocation } from './invocation.ts';
import { openLogOf } from './openDesk.ts';

/** @throws {StoreError} `NO_LOG` */
export async function openToInspect(invocation: Invocation): Promise<{
  readonly paths: WorkspacePaths;
  readonly store: Log;
}> {
  const { cwd, env } = invocation;
  const explicit = invocation.option('workspace');
  const paths = findWorkspace({ cwd, explicit, env });
  return { paths, store: await openLogOf(paths, env) };
}

/** Where damage is, for people. */
export function placeOf({
  segment,
  line,
}: {
  readonly segment: number;
  readonly line: number | null;
}): string {
  if (segment === 0) return 'The database';
  return `seg-${segment}.jsonl${line === null ? '' : `, line ${line}`}`;
}
