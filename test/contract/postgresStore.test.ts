import { openPostgres } from '../../extension/store/postgres/openPostgres.ts';
import { parseStoreUrl } from '../../extension/store/storeUrl.ts';
import { usePostgres } from '../support/postgresServer.ts';
import { describeRotation } from './rotation.contract.ts';
import { describeTaskStore } from './taskStore.contract.ts';
import type { StoreHarness } from './taskStore.contract.ts';

const server = usePostgres();

const harness: StoreHarness = {
  open: async () => {
    const store = parseStoreUrl(server.newLog());
    if (store.kind !== 'postgres') throw new Error('That is a URL of PostgreSQL');
    const open = () => openPostgres({ store, create: true, writer: 'contract', pollMs: 20 });
    return {
      store: await open(),
      again: open,
      claim: async () => {
        // Beats are kept by token here, so there is no lock to make.
      },
    };
  },
};

describeTaskStore('postgres', harness);
describeRotation('postgres', harness);
