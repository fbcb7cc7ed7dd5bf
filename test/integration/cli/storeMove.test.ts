/** `store move`, as real commands of several workspaces and accounts on one real server. */
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { CutWire } from '../../support/cutWire.ts';
import { cutWire } from '../../support/cutWire.ts';
import type { Json } from '../../support/cli.ts';
import { preparedWorkspace, Workspace, workspace } from '../../support/cli.ts';
import { connect, projected } from '../../support/mcpClient.ts';
import { usePostgres } from '../../support/postgresServer.ts';

const server = usePostgres();
const manyCommandsMs = 300_000;

/** The URL of an empty database as a person has it, with a password in it. */
function newUrl(): string {
  const url = new URL(server.newLog().replace('postgres://', 'postgres://x@localhost'));
  url.username = 'signalbox';
  url.password = 'hush-hush';
  return url.href;
}

/** Another account, or machine, that uses the same store. */
async function elsewhere(url: string): Promise<Workspace> {
  const other = workspace();
  other.env['SIGNALBOX_STORE'] = url;
  await other.ok('init');
  return other;
}

async function titles(ws: Workspace): Promise<readonly unknown[]> {
  const tasks = (await ws.json('list')) as unknown as readonly Json[];
  return tasks.map(({ title }) => title);
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => lstatSync(file).isFile());
}

test(
  'a log that was moved is whole there, worked on from everywhere, and sealed where it was',
  { timeout: manyCommandsMs },
  async () => {
    const ws = await preparedWorkspace();
    await ws.add('First');
    const long = 'word '.repeat(5_000);
    await ws.add('Second', '--description', long);
    await ws.ok('audit', 'rotate');
    const { token } = await ws.json('claim', '1', 'Bob');
    const before = await ws.json('store', 'status');
    const url = newUrl();

    const moved = await ws.json('store', 'move', url);
    expect(moved).toMatchObject({ ok: true, changed: true, log_id: before['log_id'], blobs: 1 });
    expect([moved['seq'], moved['hash']]).toEqual([before['seq'], before['hash']]);
    expect(await ws.json('store', 'move', url)).toMatchObject({ ok: true, changed: false });
    const files = readFileSync(ws.path('AI/log/seg-2.jsonl'), 'utf8');

    // This account finds it by itself; the token that was given before the move holds.
    await ws.ok('complete', '1', '--token', String(token));
    const status = await ws.json('store', 'status');
    expect(status).toMatchObject({ store: 'postgres', log_id: before['log_id'] });
    expect((await ws.json('show', '2'))['description']).toBe(long);

    const other = await elsewhere(url);
    await other.add('Third');
    expect(await titles(ws)).toEqual(['First', 'Second', 'Third']);
    expect(other.queue().map(({ title }) => title)).toEqual(['First', 'Second', 'Third']);
    await ws.ok('audit', 'rotate');
    for (const each of [ws, other]) {
      await each.ok('audit', 'verify');
      await each.ok('health');
    }

    expect(readFileSync(ws.path('AI/log/seg-2.jsonl'), 'utf8')).toBe(files);
    expect(files.trimEnd().split('\n').at(-1)).toContain('"event":"SEALED"');
    const written = filesBelow(ws.dir).map((file) => readFileSync(file, 'latin1'));
    expect(written.filter((text) => text.includes('hush-hush'))).toEqual([]);
    const remembered = path.join(ws.home, 'stores.json');
    expect(statSync(remembered).mode & 0o777).toBe(0o600);
    expect(readFileSync(remembered, 'utf8')).toContain('hush-hush');
  },
);

test('who has no URL for a log that was moved is told where it is, and what to set', async () => {
  const ws = await preparedWorkspace();
  const url = newUrl();
  await ws.ok('store', 'move', url);
  const stranger = new Workspace();
  onTestFinished(() => stranger.dispose());
  const said = await ws.run(['add', 'Lost?', '--json'], {
    env: { SIGNALBOX_HOME: stranger.home },
  });
  expect(said.code).toBe(5);
  const { reason, message } = JSON.parse(said.stdout) as Record<string, string>;
  expect(reason).toBe('store-moved');
  expect(message).toContain('SIGNALBOX_STORE');
  expect(message).toContain('postgres://signalbox@localhost/');
  expect(message).not.toContain('hush-hush');
});

test('an URL of another engine, a store that is taken and a second log are refused', async () => {
  const ws = await preparedWorkspace();
  const refused = await ws.exits(2, 'store', 'move', 'redis://:hush-hush@localhost');
  expect(refused['message']).toMatch(/redis:.*PostgreSQL/);
  expect(refused['message']).not.toContain('hush-hush');

  const url = newUrl();
  const other = await elsewhere(url);
  await other.add('Theirs');
  const taken = await ws.exits(5, 'store', 'move', url);
  expect(taken['message']).toContain('cannot take the log');
  const both = await ws.run(['add', 'Where?', '--json'], { env: { SIGNALBOX_STORE: url } });
  expect(both.code).toBe(5);
  await ws.add('Here');
  expect(await titles(ws)).toEqual(['Here']);
  expect(await titles(other)).toEqual(['Theirs']);
});

/** Moves the log and kills that command when it is at `point` of the wire. */
async function killAt(
  ws: Workspace,
  wire: CutWire,
  [at, text]: readonly ['question' | 'answer', string],
  to = wire.url,
): Promise<void> {
  const started: { kill?: () => void } = {};
  wire.cut(at, text, async () => {
    started.kill?.();
  });
  const move = ws.start(['store', 'move', to]);
  started.kill = () => move.kill('SIGKILL');
  expect((await move.ended).signal).toBe('SIGKILL');
}

test.each([
  ['before the lines are copied', 'question', '"CREATED"', 'file'],
  ['after the lines were copied', 'answer', '"CREATED"', 'file'],
  ['after the seal, before the copy is in charge', 'question', '{"SEALED"}', 'postgres'],
  ['when the copy was just put in charge', 'answer', '{"SEALED"}', 'postgres'],
] as const)(
  'a move that is killed %s leaves one log in charge, and is done by doing it again',
  { timeout: manyCommandsMs },
  async (_when, at, text, inCharge) => {
    const wire = await cutWire(server.newLog());
    const ws = await preparedWorkspace();
    await ws.add('Before');
    await killAt(ws, wire, [at, text]);

    await ws.add('Between');
    expect(await ws.json('store', 'status')).toMatchObject({ store: inCharge });
    expect(await ws.json('store', 'move', wire.url)).toMatchObject({ ok: true });
    await ws.add('After');
    expect(await titles(ws)).toEqual(['Before', 'Between', 'After']);
    await ws.ok('audit', 'verify');
    const events = ws.events();
    expect(events.filter((event) => event === 'CREATED')).toHaveLength(3);
    expect(events.filter((event) => event === 'SEALED')).toHaveLength(1);
  },
);

test(
  'what is recorded while a log is moved is there afterwards, once',
  { timeout: manyCommandsMs },
  async () => {
    const ws = await preparedWorkspace();
    const url = newUrl();
    const added: string[] = [];
    let moved = false;
    const adders = Array.from({ length: 3 }, async (_none, n) => {
      for (let count = 0; count < 3 || !moved; count++) {
        const title = `${n}-${count}`;
        const ended = await ws.run(['add', title, '--json']);
        const said = JSON.parse(ended.stdout) as Json;
        // A command that had opened the log where it was is told, and has recorded nothing.
        if (ended.code === 5) expect(said['reason']).toBe('store-moved');
        else expect(ended.code, ended.stdout).toBe(0);
        if (ended.code === 0) added.push(title);
      }
    });
    await ws.ok('store', 'move', url);
    moved = true;
    await Promise.all(adders);
    expect((await titles(ws)).toSorted()).toEqual(added.toSorted());
    await ws.ok('audit', 'verify');
  },
);

test('the lane works tasks of a log on a server', { timeout: manyCommandsMs }, async () => {
  const ws = await elsewhere(newUrl());
  await ws.addShell('Program', 'echo hello');
  await ws.ok('run', '--until-empty');
  expect(ws.status(1)).toBe('completed');
  expect(ws.events(1)).toEqual(['CREATED', 'CLAIMED', 'LANE', 'COMPLETED']);
});

test(
  'a log comes home with all that was recorded meanwhile, and can leave again',
  { timeout: manyCommandsMs },
  async () => {
    const ws = await preparedWorkspace();
    const url = newUrl();
    await ws.add('First');
    await ws.ok('store', 'move', url);
    const long = 'word '.repeat(5_000);
    await ws.add('Second', '--description', long);
    await ws.ok('audit', 'rotate');
    const { token } = await ws.json('claim', '1', 'Bob');
    const other = await elsewhere(url);

    expect(await ws.json('store', 'move', 'file:')).toMatchObject({ ok: true, changed: true });
    expect(await ws.json('store', 'status')).toMatchObject({ store: 'file', mode: 'append' });
    await ws.ok('complete', '1', '--token', String(token));
    expect((await ws.json('show', '2'))['description']).toBe(long);
    await ws.ok('audit', 'verify');
    await ws.ok('health');
    expect(await other.exits(5, 'add', 'Lost?')).toMatchObject({
      reason: 'store-moved',
      message: expect.stringContaining(`file:${ws.dir}`),
    });

    expect(await ws.json('store', 'move', url)).toMatchObject({ ok: true, changed: true });
    await other.add('Third');
    expect(await titles(ws)).toEqual(['First', 'Second', 'Third']);
    await ws.ok('audit', 'verify');
  },
);

test.each([
  ['before the log is sealed there', 'question', 'postgres'],
  ['before it is in place here', 'answer', 'file'],
] as const)(
  'a way home that is broken off %s leaves one log in charge, and is done by doing it again',
  { timeout: manyCommandsMs },
  async (_when, at, inCharge) => {
    const wire = await cutWire(server.newLog());
    const ws = await preparedWorkspace();
    await ws.add('Before');
    await ws.ok('store', 'move', wire.url);
    await ws.add('There');
    await killAt(ws, wire, [at, '{"SEALED"}'], 'file:');
    await ws.add('Between');
    expect(await ws.json('store', 'status')).toMatchObject({ store: inCharge });
    await ws.ok('store', 'move', 'file:');
    await ws.add('After');
    expect(await titles(ws)).toEqual(['Before', 'There', 'Between', 'After']);
    await ws.ok('audit', 'verify');
    expect(readdirSync(ws.path('AI/log')).filter((name) => /coming|arriving/.test(name))).toEqual(
      [],
    );
  },
);

test('an agent works a task of a log on a server through MCP', async () => {
  const ws = await elsewhere(newUrl());
  await ws.add('For an agent');
  const agent = await connect(ws, { era: 'modern', name: 'Ann' });
  await agent.ok('task_next', { claim: true });
  await agent.ok('task_complete', { id: 1, result: 'Done' });
  await projected(ws, 1, { status: 'completed', result: 'Done' });
});

test('a server that was put back halts who has seen more, until a person goes on after it', async () => {
  const url = newUrl();
  const ws = await elsewhere(url);
  await ws.add('Kept');
  const lost = await ws.json('add', 'Lost');
  const schema = new URL(url).searchParams.get('schema') ?? '';
  server.sql(
    `DELETE FROM ${schema}.line WHERE seq > 2; UPDATE ${schema}.log SET seq = 2, ` +
      `hash = (SELECT hash FROM ${schema}.line WHERE seq = 2)`,
  );
  for (const words of [['add', 'No'], ['list'], ['health'], ['audit', 'verify']]) {
    await ws.exits(5, ...words);
  }
  expect(await ws.json('store', 'recover')).toMatchObject({ kept: 2, epoch: 2 });
  const { seq } = await ws.json('add', 'New');
  expect(Number(seq)).toBeGreaterThan(Number(lost['seq']));
  expect(await titles(ws)).toEqual(['Kept', 'New']);
  await ws.ok('audit', 'verify');
  expect(await ws.exits(3, 'store', 'recover')).toMatchObject({ reason: 'healthy' });
});
