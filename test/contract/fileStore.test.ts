import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFileStore } from '../../extension/store/openStore.ts';
import { newWorkspace } from '../support/workspace.ts';
import { describeRotation } from './rotation.contract.ts';
import { describeTaskStore } from './taskStore.contract.ts';
import type { StoreHarness } from './taskStore.contract.ts';

/** The engine on a file system of that type, as the operating system numbers them. */
const harnessOn = (type: number): StoreHarness => ({
  open: async () => {
    const workspaceDir = newWorkspace();
    const open = () =>
      openFileStore({
        workspaceDir,
        create: true,
        writer: 'contract',
        pollMs: 20,
        fileSystemType: () => type,
      });
    return {
      store: open(),
      again: async () => open(),
      claim: async (task, token) => {
        const lock = join(workspaceDir, 'AI', 'locks', `task_${task}.lock`);
        mkdirSync(lock, { recursive: true });
        writeFileSync(join(lock, 'token'), `${token}\n`);
      },
    };
  },
});

for (const [name, type] of [
  ['file', 0xef53],
  ['file, one for each command', 0x6969],
] as const) {
  describeTaskStore(name, harnessOn(type));
  describeRotation(name, harnessOn(type));
}
