/**
 * A process that appends notes and says which of them were acknowledged, to be raced and killed.
 *
 * Arguments: workspace or URL of a server, name, how many commands, greatest number of lines of one.
 * Output: a line `SEQ MESSAGE` for each acknowledged line, or `error CODE` and exit code 5.
 */
import { writeSync } from 'node:fs';
import { position } from '../../extension/core/ids.ts';
import { openFileStore } from '../../extension/store/openStore.ts';
import { openPostgres } from '../../extension/store/postgres/openPostgres.ts';
import { parseStoreUrl } from '../../extension/store/storeUrl.ts';
import { StoreError } from '../../extension/store/taskStore.ts';
import { notes } from './storeNotes.ts';

const [place = '', name = '', commands = '1', maxLines = '1'] = process.argv.slice(2);

try {
  await using store = await open();
  let end = position(0);
  for (let command = 0; command < Number(commands); command++) {
    const messages = Array.from(
      { length: 1 + (command % Number(maxLines)) },
      (_none, line) => `${name}-${command}-${line}`,
    );
    while (true) {
      end = (await store.read(end)).at(-1)?.seq ?? end;
      const appended = await store.append(notes(...messages), end);
      if (!appended.ok) continue;
      for (const { seq, message } of appended.records) writeSync(1, `${seq} ${message}\n`);
      break;
    }
  }
} catch (error) {
  writeSync(1, `error ${error instanceof StoreError ? error.code : String(error)}\n`);
  process.exitCode = 5;
}

async function open() {
  if (!place.startsWith('postgres:')) {
    return openFileStore({ workspaceDir: place, create: true, writer: name });
  }
  const store = parseStoreUrl(place);
  if (store.kind !== 'postgres') throw new Error('That is a URL of PostgreSQL');
  return openPostgres({ store, create: true, writer: name });
}
