/** A store that may be damaged, opened to look at or to repair: nothing of it is folded. */
import type { WorkspacePaths } from '../coordinator/workspace.ts';
import { findWorkspace } from '../coordinator/workspace.ts';
import type { FileStore } from '../store/file/fileStore.ts';
import type { Invocation } from './invocation.ts';
import { openStoreOf } from './openDesk.ts';

/** @throws {StoreError} `NO_LOG` */
export function openDamaged(invocation: Invocation): FileStore {
  return openToInspect(invocation).store;
}

/** @throws {StoreError} `NO_LOG` */
export function openToInspect(invocation: Invocation): {
  readonly paths: WorkspacePaths;
  readonly store: FileStore;
} {
  const { cwd, env } = invocation;
  const explicit = invocation.option('workspace');
  const paths = findWorkspace({ cwd, explicit, env });
  return { paths, store: openStoreOf(paths) };
}
