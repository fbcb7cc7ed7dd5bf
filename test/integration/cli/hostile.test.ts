/** Broken and hostile input: the right exit code, a clear message, and nothing changed. */
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Json, Workspace } from '../../support/cli.ts';
import { preparedWorkspace } from '../../support/cli.ts';

const segment = 'AI/log/seg-1.jsonl';

/** Runs it, and insists that it changed nothing anywhere. */
async function changesNothing(
  ws: Workspace,
  code: number,
  ...args: readonly string[]
): Promise<Json> {
  const before = ws.fingerprint();
  const said = await ws.exits(code, ...args);
  expect(ws.fingerprint(), args.join(' ')).toEqual(before);
  expect(said['message'], args.join(' ')).toMatch(/\S/);
  return said;
}

describe('ids and names', () => {
  const ids = ['../x', '..', '/etc/passwd', 'a/b', 'a\\b', '-1', '0', ' ', 'x'.repeat(65)];
  const more = ['.hidden', 'a\nb', 'a b', '１', 'ä', '%2e%2e', '$(id)', '9'.repeat(20)];

  test('that are malformed are refused before they reach a path', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    for (const id of [...ids, ...more]) {
      // What is read as an option is refused as one.
      const said = await changesNothing(ws, 2, 'claim', '--agent', 'Copilot', '--', id);
      expect(said, id).toMatchObject({ ok: false, reason: 'usage' });
    }
    for (const id of ['../x', 'a/b', '.x']) {
      await changesNothing(ws, 2, 'add', 'Title', '--id', id);
      await changesNothing(ws, 2, 'add', 'Title', '--depends', id);
    }
    for (const agent of ['../x', 'a b', 'human:../x', 'x'.repeat(65), '']) {
      await changesNothing(ws, 2, 'claim', '1', '--', agent);
    }
  });

  test('that are names of things in every object are ids like any other', async () => {
    const ws = await preparedWorkspace();
    for (const id of ['constructor', 'toString', 'hasOwnProperty']) {
      await changesNothing(ws, 3, 'show', id);
      await ws.ok('add', `Task ${id}`, '--id', id);
      await ws.ok('claim', id, 'constructor');
      expect(ws.task(id)).toMatchObject({ status: 'in_progress', assigned_to: 'constructor' });
    }
  });
});

describe('texts', () => {
  const escape = '\u001b]0;owned\u0007\u001b[2J';
  const bidi = '\u202egnp.exe\u2066';
  const title = `Hi ${escape}${bidi}<img src=x onerror=alert(1)> $(touch pwned) \`id\``;

  test('of tasks are data: kept as they are, and harmless on a terminal', async () => {
    const ws = await preparedWorkspace();
    await ws.ok('add', title, '--description', title, '--session', 'a', '--label', 'x');
    expect(ws.task(1).title).toBe(title);
    await ws.ok('claim', '1', 'Copilot');
    await ws.ok('fail', '1', 'X', title);
    const outputs = [
      await ws.ok('list'),
      await ws.ok('show', '1'),
      await ws.ok('recovery', 'list'),
      await ws.ok('audit', 'replay', '1'),
      await ws.ok('stats'),
      (await ws.run(['next', 'Copilot', '--why'])).stderr,
      (await ws.run(['claim', '1', 'Copilot'])).stderr,
      (await ws.run(['wait', '1', '--timeout', '0'])).stderr,
      await ws.ok('retry', '1'),
      await ws.ok('claim', '1', 'Copilot'),
      await ws.ok('complete', '1', title),
    ];
    for (const output of outputs) {
      expect(output).not.toMatch(
        // eslint-disable-next-line no-control-regex -- control characters are what is looked for
        /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/,
      );
    }
    expect(existsSync(ws.path('pwned'))).toBe(false);
  });

  test('that no line of the log can hold are refused or kept beside it', async () => {
    const ws = await preparedWorkspace();
    await changesNothing(ws, 2, 'add', 'x'.repeat(501));
    const long = 'y'.repeat(100_000);
    await ws.ok('add', 'Long', '--description', long);
    expect(await ws.json('show', '1')).toMatchObject({ description: long });
    await ws.ok('claim', '1', 'Copilot');
    await ws.ok('complete', '1', long);
    expect(await ws.json('audit', 'verify')).toMatchObject({ ok: true });
    for (const line of ws.read(segment).split('\n')) expect(line.length).toBeLessThan(65_536);
  });

  test('with half a surrogate or a NUL do not break the log', async () => {
    const ws = await preparedWorkspace();
    ws.write('in.json', '{"queue":[{"id":1,"title":"half \\ud800 and nul \\u0000"}]}');
    await ws.run(['import', 'in.json']);
    await ws.add('After');
    expect(await ws.json('audit', 'verify')).toMatchObject({ ok: true });
  });
});

describe('files to import', () => {
  const broken: readonly (readonly [string, string])[] = [
    ['no JSON', '{ "queue": ['],
    ['nothing', ''],
    ['not a queue', '[1, 2, 3]'],
    ['a queue that is none', '{ "queue": "all" }'],
    ['a task without a title', '{ "queue": [{ "id": 1 }] }'],
    ['a task without an id', '{ "queue": [{ "title": "x" }] }'],
    ['a hostile id', '{ "queue": [{ "id": "../x", "title": "x" }] }'],
    ['the same id twice', '{ "queue": [{ "id": 5, "title": "a" }, { "id": 5, "title": "b" }] }'],
    ['an unknown status', '{ "queue": [{ "id": 5, "title": "a", "status": "perhaps" }] }'],
    ['a version to come', '{ "version": 99, "queue": [] }'],
    ['one good and one bad', '{ "queue": [{ "id": 5, "title": "a" }, { "id": 6 }] }'],
    ['a prototype', '{ "queue": [{ "id": 5, "title": "a", "dependencies": {"__proto__": 1} }] }'],
  ];

  test.each(broken)('are refused as a whole: %s', async (_what, text) => {
    const ws = await preparedWorkspace();
    ws.write('in.json', text);
    expect(await changesNothing(ws, 3, 'import', 'in.json')).toMatchObject({
      reason: 'invalid-file',
    });
  });

  test('with cycles and unknown dependencies are refused as a whole, spelled out', async () => {
    const ws = await preparedWorkspace();
    const task = (id: number, ...dependencies: readonly number[]) => ({
      id,
      title: `Task ${id}`,
      dependencies,
    });
    ws.write('cycle.json', { queue: [task(1, 3), task(2, 1), task(3, 2), task(4)] });
    ws.write('unknown.json', { queue: [task(1), task(2, 99)] });
    expect(await changesNothing(ws, 3, 'import', 'cycle.json')).toMatchObject({
      reason: 'cycle',
      message: expect.stringMatching(/#1 -> #3 -> #2 -> #1/),
    });
    expect(await changesNothing(ws, 3, 'import', 'unknown.json')).toMatchObject({
      reason: 'invalid-file',
      message: expect.stringContaining('#99'),
    });
  });

  test('that would overfill the queue are refused as a whole', async () => {
    const ws = await preparedWorkspace();
    ws.write('AI/config.json', { max_waiting: 3 });
    const queue = [1, 2, 3, 4].map((id) => ({ id, title: `Task ${id}` }));
    ws.write('in.json', { queue });
    expect(await changesNothing(ws, 3, 'import', 'in.json')).toMatchObject({
      reason: 'queue-full',
      message: expect.stringContaining('3'),
    });
  });
});

describe('a log that is damaged', () => {
  /** A log of some tasks; the damage is done to it afterwards. */
  async function withTasks(): Promise<Workspace> {
    const ws = await preparedWorkspace();
    for (const title of ['One', 'Two', 'Three']) await ws.add(title);
    await ws.ok('claim', '1', 'Copilot');
    return ws;
  }

  /** Every verb that reads or writes says so, and touches nothing. */
  async function expectHalted(ws: Workspace): Promise<void> {
    for (const args of [
      ['list'],
      ['next', 'Copilot'],
      ['claim', '2', 'Claude'],
      ['add', 'Four'],
      ['complete', '1'],
      ['run', '--until-empty'],
    ]) {
      const said = await changesNothing(ws, 5, ...args);
      expect(said, args.join(' ')).toMatchObject({ ok: false, reason: 'store-halted' });
      expect(said['message']).toContain('store recover');
    }
    const before = ws.fingerprint();
    expect(await ws.exits(5, 'health')).toMatchObject({ ok: false, items: [{ verdict: 'fail' }] });
    expect(await ws.exits(5, 'store', 'status')).toMatchObject({ ok: false });
    expect(ws.fingerprint()).toEqual(before);
  }

  /** Recovery is the cure, and tokens given before stay dead. */
  async function expectCured(ws: Workspace, oldEnd: number): Promise<void> {
    const cured = await ws.json('store', 'recover');
    expect(cured).toMatchObject({ ok: true, epoch: 2 });
    expect(cured['seq']).toBeGreaterThan(oldEnd);
    expect(await ws.json('audit', 'verify')).toMatchObject({ ok: true });
    const id = await ws.add('After the cure');
    const { token } = await ws.json('claim', String(id), 'Copilot');
    expect(token).toBeGreaterThan(oldEnd);
  }

  /** Changes one bit of line `n` (from 0; negative from the end), within its message. */
  function flipBit(ws: Workspace, n: number): void {
    const lines = ws.read(segment).trimEnd().split('\n');
    const at = n < 0 ? lines.length + n : n;
    lines[at] = lines[at]!.replace(/"message":"(.)/, (_, first: string) => {
      return `"message":"${String.fromCharCode(first.charCodeAt(0) ^ 1)}`;
    });
    writeFileSync(ws.path(segment), `${lines.join('\n')}\n`);
  }

  test('by a flipped bit in the middle halts, naming the line', async () => {
    const ws = await withTasks();
    const end = ws.audit().length;
    flipBit(ws, 2);
    await expectHalted(ws);
    const verified = await changesNothing(ws, 5, 'audit', 'verify');
    expect(verified).toMatchObject({ ok: false, damage: { segment: 1 } });
    expect(verified['message']).toMatch(/line [34]/);
    await expectCured(ws, end);
  });

  test('by a flipped bit in the last line halts, since the witness has seen it', async () => {
    const ws = await withTasks();
    const end = ws.audit().length;
    flipBit(ws, -1);
    await expectHalted(ws);
    await changesNothing(ws, 5, 'audit', 'verify');
    await expectCured(ws, end);
  });

  test('by being cut halts, and so does one that an older copy replaced', async () => {
    const ws = await withTasks();
    const end = ws.audit().length;
    copyFileSync(ws.path(segment), ws.path('older'));
    await ws.add('Four');
    const lines = ws.read(segment);
    truncateSync(ws.path(segment), lines.lastIndexOf('\n', lines.length - 2) + 1);
    await expectHalted(ws);
    copyFileSync(ws.path('older'), ws.path(segment));
    await expectHalted(ws);
    await expectCured(ws, end + 1);
  });

  test('by being deleted halts: a second log is never begun where a witness is', async () => {
    const ws = await withTasks();
    const end = ws.audit().length;
    rmSync(ws.path(segment));
    await expectHalted(ws);
    await expectCured(ws, end);
  });

  test('by lines of another log is no damage, and by a gap is', async () => {
    const ws = await withTasks();
    const other = await preparedWorkspace();
    await other.add('Elsewhere');
    appendFileSync(ws.path(segment), other.read(segment));
    await ws.ok('list');
    expect(await ws.json('audit', 'verify')).toMatchObject({ ok: true, foreign: 2 });
    const lines = ws.read(segment).split('\n');
    lines.splice(2, 1);
    writeFileSync(ws.path(segment), lines.join('\n'));
    await expectHalted(ws);
  });

  test('by a torn tail only is not damaged: the next command goes on after it', async () => {
    const ws = await withTasks();
    appendFileSync(ws.path(segment), '{"v":1,"min":1,"log":"half a li');
    await ws.ok('list');
    expect(await ws.add('Four')).toBe(4);
    expect(await ws.json('audit', 'verify')).toMatchObject({ ok: true, torn: 1 });
    expect(ws.queue()).toHaveLength(4);
  });
});

describe('links in the place of our own', () => {
  const elsewhere = (ws: Workspace) => {
    const target = ws.path('elsewhere');
    mkdirSync(target);
    writeFileSync(`${target}/precious`, 'untouched');
    return target;
  };

  test('a folder AI that is a link is not followed', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const target = elsewhere(ws);
    cpSync(ws.path('AI'), target, { recursive: true });
    renameSync(ws.path('AI'), ws.path('moved'));
    symlinkSync(target, ws.path('AI'));
    const before = ws.fingerprint();
    const { code } = await ws.run(['add', 'Two', '--json']);
    expect(code).toBe(5);
    expect(ws.fingerprint()).toEqual(before);
  });

  test.each(['AI/log', segment, 'AI/log/witness.json'])('nor is %s', async (name) => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const target = elsewhere(ws);
    renameSync(ws.path(name), `${target}/moved`);
    symlinkSync(`${target}/moved`, ws.path(name));
    const said = await changesNothing(ws, 5, 'add', 'Two');
    expect(said['reason']).toMatch(/unsafe-path|store-halted/);
  });

  test.each(['AI/locks', 'AI/audit', 'AI/recovery'])(
    'nor is %s: what is behind it stays untouched',
    async (name) => {
      const ws = await preparedWorkspace();
      await ws.add('One');
      const target = elsewhere(ws);
      rmSync(ws.path(name), { recursive: true });
      symlinkSync(target, ws.path(name));
      await ws.run(['claim', '1', 'Copilot', '--json']);
      await ws.run(['add', 'Two', '--json']);
      expect(readdirSync(target)).toEqual(['precious']);
    },
  );

  test('a queue file that is a link is replaced, not written through', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One');
    const target = elsewhere(ws);
    rmSync(ws.path('TASK_QUEUE.json'));
    symlinkSync(`${target}/precious`, ws.path('TASK_QUEUE.json'));
    await ws.add('Two');
    expect(ws.read('elsewhere/precious')).toBe('untouched');
    expect(ws.queue()).toHaveLength(2);
  });
});

test('settings that are broken hold their defaults, and health names them', async () => {
  const ws = await preparedWorkspace();
  ws.write('AI/config.json', '{ "max_waiting": -1, // a comment\n "interrupt": 7, }');
  ws.write('AI/recovery/retry_config.json', 'not JSON');
  ws.write('AI/agents.json', []);
  expect(await ws.add('Works')).toBe(1);
  const { items } = await ws.exits(3, 'health');
  const text = JSON.stringify(items);
  for (const name of ['max_waiting', 'interrupt', 'retry_config.json', 'agents.json']) {
    expect(text).toContain(name);
  }
});
