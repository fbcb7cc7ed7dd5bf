/**
 * A process that appends one small event after another, each durable before the next, until its time
 * is up; answers with how many that were.
 *
 * Arguments: the engine, the folder, and for how many milliseconds.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { position } from '../../extension/core/ids.ts';
import { openFileStore } from '../../extension/store/openStore.ts';
import { changeGuarded } from '../support/guardedJson.ts';
import { answer, beginTogether } from '../support/start.ts';

type Append = () => void | Promise<void>;

/** About what a line of the log takes. */
const text = 'x'.repeat(480);

const engines: Readonly<Record<string, (dir: string) => Promise<Append>>> = {
  bare: async (dir) => {
    const file = path.join(dir, 'bare.jsonl');
    return () => {
      const fd = openSync(file, 'a');
      writeSync(fd, `${text}\n`);
      fdatasyncSync(fd);
      closeSync(fd);
    };
  },

  signalbox: async (workspaceDir) => {
    const store = openFileStore({
      workspaceDir,
      writer: `bench ${process.pid}`,
      witnessPace: 'lazy',
      create: false,
    });
    let end = position(0);
    return async () => {
      const commandId = randomUUID();
      const note = { event: 'NOTE', task: null, agent: 'bench', status: null, data: {} } as const;
      const events = [{ ...note, message: 'An event of the benchmark' }];
      using _turn = await store.takeTurn();
      while (true) {
        end = (await store.read(end)).at(-1)?.seq ?? end;
        const appended = await store.append({ commandId, at: store.now(), events }, end);
        if (appended.ok) break;
      }
      end = position(end + 1);
    };
  },

  guarded: async (dir) => {
    const file = path.join(dir, 'events.json');
    return async () => {
      await changeGuarded(file, (events) => (events as string[]).push(text));
    };
  },

  sqlite: async (dir) => {
    // Newer than the Node whose types are used here.
    const name = ['node', 'sqlite'].join(':');
    const { DatabaseSync } = (await import(name)) as Sqlite;
    const database = new DatabaseSync(path.join(dir, 'events.db'));
    database.exec('PRAGMA busy_timeout = 60000');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    database.exec('CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, text TEXT)');
    const insert = database.prepare('INSERT INTO events (text) VALUES (?)');
    return () => {
      insert.run(text);
    };
  },
};

interface Sqlite {
  readonly DatabaseSync: new (file: string) => {
    exec: (sql: string) => void;
    prepare: (sql: string) => { run: (value: string) => void };
  };
}

const [engine = '', dir = '', forMs] = process.argv.slice(2);
const append = await engines[engine]?.(dir);
if (append === undefined) throw new Error(`There is no engine ${engine}`);

await beginTogether();
const endsAtMs = performance.now() + Number(forMs);
let appended = 0;
while (performance.now() < endsAtMs) {
  await append();
  appended++;
}
answer(appended);
