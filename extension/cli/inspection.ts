/** A store that may be damaged, opened to look at or to repair: nothing of it is folded. */
import { findWorkspace } from '../coordinator/workspace.ts';
import type { FileStore } from '../store/file/fileStore.ts';
import type { Invocation } from './invocation.ts';
import { openStoreOf } from './openDesk.ts';

/** @throws {StoreError} `NO_LOG` */
export function openDamaged(invocation: Invocation): FileStore {
  const { cwd, env } = invocation;
  const explicit = invocation.option('workspace');
  return openStoreOf(findWorkspace({ cwd, explicit, env }));
}
