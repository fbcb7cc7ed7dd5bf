import { MemoryLog, MemoryStore } from '../../extension/store/memory/memoryStore.ts';
import { describeRotation } from './rotation.contract.ts';
import { describeTaskStore } from './taskStore.contract.ts';
import type { StoreHarness } from './taskStore.contract.ts';

const harness: StoreHarness = {
  open: async () => {
    const log = new MemoryLog();
    return {
      store: new MemoryStore(log),
      again: async () => new MemoryStore(log),
      claim: async () => {
        // Beats are kept by token here, so there is no lock to make.
      },
    };
  },
};

describeTaskStore('memory', harness);
describeRotation('memory', harness);
