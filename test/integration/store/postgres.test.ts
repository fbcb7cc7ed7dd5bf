/** The log on a server that goes away, is put back, or is asked by many processes at once. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Coordinator } from '../../../extension/coordinator/coordinator.ts';
import type { Command } from '../../../extension/core/command.ts';
import { position } from '../../../extension/core/ids.ts';
import { defaultRules } from '../../../extension/core/rules.ts';
import { Connection } from '../../../extension/store/postgres/connection.ts';
import { openPostgres } from '../../../extension/store/postgres/openPostgres.ts';
import type { PostgresOptions } from '../../../extension/store/postgres/openPostgres.ts';
import { parseStoreUrl } from '../../../extension/store/storeUrl.ts';
import { cutWire } from '../../support/cutWire.ts';
import { add, messagesOf } from '../../support/fileLog.ts';
import { usePostgres } from '../../support/postgresServer.ts';
import { notes } from '../../support/storeNotes.ts';
import { bundle, eventually } from '../../support/supervisor.ts';
import { newWorkspace } from '../../support/workspace.ts';

const server = usePostgres();
let writer: Awaited<ReturnType<typeof bundle>>;

beforeAll(async () => {
  writer = await bundle('test/support/storeWriter.ts');
});
afterAll(() => writer.dispose());

const appending = 'WITH head AS';

async function open(url: string, options: Partial<PostgresOptions> = {}) {
  const store = parseStoreUrl(url);
  if (store.kind !== 'postgres') throw new Error('That is a URL of PostgreSQL');
  const opened = await openPostgres({ store, create: true, writer: 'test', ...options });
  onTestFinished(async () => opened[Symbol.asyncDispose]());
  return opened;
}

async function runWriter(url: string, name: string): Promise<readonly string[]> {
  const child = spawn(process.execPath, [writer.path, url, name, '12', '3'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  await new Promise((resolve) => child.on('close', resolve));
  return output.trim().split('\n');
}

test('of eight processes that begin a log and race for it, none loses a line or doubles one', async () => {
  const url = server.newLog();
  const said = await Promise.all(
    Array.from({ length: 8 }, async (_none, n) => runWriter(url, `w${n}`)),
  );
  const acknowledged = said.flat();
  expect(acknowledged.filter((line) => !/^\d+ w/.test(line))).toEqual([]);
  expect(acknowledged).toHaveLength(8 * 24);
  const records = await (await open(url)).read(position(1));
  const found = records.map(({ seq, message }) => `${seq} ${message}`);
  expect(found.toSorted()).toEqual(acknowledged.toSorted());
  expect(new Set(records.map(({ message }) => message)).size).toBe(8 * 24);
});

test('a wire that breaks before the server hears, or before it is heard, adds each command once', async () => {
  const url = server.newLog();
  const wire = await cutWire(url);
  const store = await open(wire.url);
  wire.cut('question', appending);
  expect((await store.append(notes('unheard'), position(1))).ok).toBe(true);
  wire.cut('answer', appending);
  expect((await store.append(notes('a', 'b'), position(2))).ok).toBe(true);
  expect(wire.cuts).toBe(2);
  expect(await messagesOf(await open(url))).toEqual(['unheard', 'a', 'b']);
});

test('who lost a race while the wire was broken is told so', async () => {
  const url = server.newLog();
  const wire = await cutWire(url);
  const [store, other] = [await open(wire.url), await open(url)];
  wire.cut('question', appending, async () => {
    await add(other, 'first');
  });
  expect(await store.append(notes('late'), position(1))).toEqual({ ok: false });
  expect(await messagesOf(store)).toEqual(['first']);
});

test('a server that is killed before it could answer is waited for, and nothing is done twice', async () => {
  const url = server.newLog();
  const wire = await cutWire(url);
  const store = await open(wire.url, { patienceMs: 90_000 });
  const restart = async () => {
    await server.kill();
    await server.start();
  };
  wire.cut('answer', appending, restart);
  expect((await store.append(notes('kept'), position(1))).ok).toBe(true);
  wire.cut('question', appending, restart);
  expect((await store.append(notes('added'), position(2))).ok).toBe(true);
  expect(await messagesOf(await open(url))).toEqual(['kept', 'added']);
});

test('a command whose outcome nobody knows is recorded once when it is repeated', async () => {
  const url = server.newLog();
  const wire = await cutWire(url);
  const command: Command<'note'> = {
    ...{ type: 'note', id: '0b3e7a52-6c1d-4f7e-9a80-1d2c3b4a5968', by: null },
    ...{ task: null, message: 'Once' },
  };
  const unheard = await coordinatorOn(wire.url, 0);
  await unheard.refresh();
  wire.cut('answer', appending);
  await expect(unheard.execute(command)).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('not known'),
  });
  expect(await (await coordinatorOn(url)).execute(command)).toMatchObject({ ok: true });
  expect(await messagesOf(await open(url))).toEqual(['Once']);
});

async function coordinatorOn(url: string, patienceMs?: number) {
  const store = await open(url, { patienceMs });
  return new Coordinator({ store, rules: () => defaultRules, random: () => 0.5 });
}

/** Puts the log back to where it ended at `seq`. */
function putBack(url: string, seq: number): void {
  const schema = new URL(url).searchParams.get('schema') ?? '';
  server.sql(
    `DELETE FROM ${schema}.line WHERE seq > ${seq}; UPDATE ${schema}.log SET seq = ${seq}, ` +
      `hash = (SELECT hash FROM ${schema}.line WHERE seq = ${seq})`,
  );
}

test('a log that was put back to an older state is noticed, and nothing is written', async () => {
  const url = server.newLog();
  const witnessDir = newWorkspace();
  const store = await open(url, { witnessDir });
  await add(store, 'a', 'b', 'c');
  putBack(url, 3);
  const halted = { code: 'STORE_HALTED' };
  await expect(store.read(position(4))).rejects.toMatchObject(halted);
  expect(await store.append(notes('on top'), position(4))).toEqual({ ok: false });
  await expect(open(url, { witnessDir })).rejects.toMatchObject(halted);

  // Others who know nothing of it went on: the position is there again, with another line.
  await add(await open(url), 'other c', 'd');
  await expect(store.read(position(4))).rejects.toMatchObject(halted);
  await expect(open(url, { witnessDir })).rejects.toMatchObject(halted);
  expect(await messagesOf(await open(url))).toEqual(['a', 'b', 'other c', 'd']);
});

test('a line that was changed in the database is found when it is read', async () => {
  const url = server.newLog();
  await add(await open(url), 'a', 'b');
  const schema = new URL(url).searchParams.get('schema') ?? '';
  server.sql(
    `UPDATE ${schema}.line SET bytes = replace(convert_from(bytes, 'UTF8'), '"a"', '"x"')::bytea WHERE seq = 2`,
  );
  await expect(open(url)).rejects.toMatchObject({
    code: 'STORE_HALTED',
    message: expect.stringContaining('position 2'),
  });
});

test('a server that is set to acknowledge before it keeps is told to keep first', async () => {
  server.sql('ALTER ROLE signalbox SET synchronous_commit = off');
  onTestFinished(() => {
    server.sql('ALTER ROLE signalbox RESET synchronous_commit');
  });
  const connection = new Connection({ url: server.newLog(), name: 'test', patienceMs: 20_000 });
  onTestFinished(() => connection.close());
  await connection.open();
  expect(await connection.query('SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
});

test('a server that does not keep what it says it kept is named', async () => {
  const set = async (value: string) => {
    server.sql(`ALTER SYSTEM SET fsync = ${value}`);
    server.sql('SELECT pg_reload_conf()');
    await eventually('the server follows', () => server.sql('SHOW fsync') === value);
  };
  await set('off');
  onTestFinished(() => set('on'));
  expect((await open(server.newLog())).server.warnings).toEqual([
    expect.stringContaining('fsync is off'),
  ]);
});

test('an unreachable server is said at once, and no password with it', async () => {
  const url = 'postgres://sam:secret@localhost:1/tasks';
  await expect(open(url)).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.not.stringContaining('secret'),
  });
});
