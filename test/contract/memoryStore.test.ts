import { MemoryLog, MemoryStore } from '../../extension/store/memory/memoryStore.ts';
import { describeTaskStore } from './taskStore.contract.ts';

describeTaskStore('memory', {
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
});
