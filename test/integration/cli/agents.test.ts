/** Agents, what they are given, and what they keep apart: agents.json, assign, balance, paths. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { preparedWorkspace } from '../../support/cli.ts';

describe('agents', () => {
  test('are the default three, until the file says otherwise', async () => {
    const ws = await preparedWorkspace();
    const names = async () =>
      ((await ws.json('agent', 'list'))['items'] as { name: string }[]).map(({ name }) => name);
    expect(await names()).toEqual(['ChatGPT', 'Claude', 'Copilot']);
    await ws.ok('agent', 'add', 'Zed', '--capabilities', 'technical,any', '--capacity', '2');
    await ws.ok('agent', 'remove', 'ChatGPT');
    expect(await names()).toEqual(['Claude', 'Copilot', 'Zed']);
    expect(JSON.parse(ws.read('AI/agents.json'))).toMatchObject({
      agents: { Zed: { capabilities: ['technical', 'any'], capacity: 2 } },
    });
    expect(ws.events()).toEqual(['GENESIS', 'AGENT', 'AGENT']);
    expect(await ws.exits(3, 'agent', 'remove', 'Nobody')).toMatchObject({
      reason: 'unknown-agent',
    });
  });

  test('keep what else is in their file, and a broken file is left alone', async () => {
    const ws = await preparedWorkspace();
    ws.write('AI/agents.json', '// ours\n{"note": 1, "agents": {"A": {"capabilities": ["x"],}}}');
    await ws.ok('agent', 'add', 'B', 'technical');
    expect(JSON.parse(ws.read('AI/agents.json'))).toEqual({
      note: 1,
      agents: { A: { capabilities: ['x'] }, B: { capabilities: ['technical'] } },
    });
    expect(ws.read('AI/agents.json.old')).toContain('// ours');

    ws.write('AI/agents.json', '{"agents": ');
    expect(await ws.exits(3, 'agent', 'add', 'C')).toMatchObject({ reason: 'invalid-file' });
    expect(ws.read('AI/agents.json')).toBe('{"agents": ');
    expect((await ws.run(['health'])).code).toBe(3);
  });

  test('that several processes add at once are all there', async () => {
    const ws = await preparedWorkspace();
    const names = ['A-1', 'A-2', 'A-3', 'A-4'];
    await Promise.all(names.map((name) => ws.ok('agent', 'add', name, 'technical')));
    const { agents } = JSON.parse(ws.read('AI/agents.json')) as { readonly agents: object };
    expect(Object.keys(agents)).toEqual(expect.arrayContaining(names));
  });

  test('get no more than their capacity from next and assign', async () => {
    const ws = await preparedWorkspace();
    ws.write('AI/agents.json', { agents: { A: { capabilities: ['any'], capacity: 1 } } });
    for (const title of ['One', 'Two']) await ws.add(title);
    expect(await ws.ok('next', 'A', '--claim')).toBe('1\n');
    expect(await ws.run(['next', 'A', '--claim', '--why'])).toMatchObject({
      code: 4,
      stdout: '',
      stderr: expect.stringContaining('as many as it may'),
    });
    expect(await ws.exits(3, 'assign', '2', 'A')).toMatchObject({ reason: 'at-capacity' });
    expect(await ws.exits(3, 'assign', '2')).toMatchObject({ reason: 'at-capacity' });
    await ws.ok('claim', '2', 'A');
  });
});

describe('assign', () => {
  test('gives tasks to the least loaded that can do them, which end them by their names', async () => {
    const ws = await preparedWorkspace();
    for (const title of ['One', 'Two', 'Three']) await ws.add(title, '--type', 'technical');
    const first = await ws.json('assign', '1');
    expect(first).toMatchObject({ ok: true, agent: 'Copilot', token: expect.any(Number) });
    expect(await ws.json('assign', '2')).toMatchObject({ agent: 'Claude' });
    expect(ws.events(1)).toEqual(['CREATED', 'ASSIGNED', 'CLAIMED']);
    expect(ws.read('AI/locks/task_1.lock/owner')).toBe('Copilot\n');
    expect(await ws.ok('assign', '3', 'Copilot')).toMatch(/^Copilot \d+ /);
    expect(await ws.exits(3, 'assign', '3')).toMatchObject({ reason: 'already-claimed' });
    await ws.ok('complete', '1', '--agent', 'Copilot');
    expect(ws.status(1)).toBe('completed');
  });

  test('refuses what claim would warn of, and what waits', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One', '--type', 'creative');
    await ws.add('Two', '--depends', '1');
    expect(await ws.exits(3, 'assign', '1', 'Copilot')).toMatchObject({ reason: 'not-capable' });
    expect(await ws.exits(3, 'assign', '2')).toMatchObject({ reason: 'dependencies-open' });
    expect(await ws.json('claim', '1', 'Copilot')).toMatchObject({
      warning: expect.stringContaining('creative'),
    });
  });
});

test('balance sets ready tasks aside evenly, for next alone', async () => {
  const ws = await preparedWorkspace();
  for (let n = 1; n <= 6; n++) await ws.add(`Task ${n}`);
  await ws.add('Waits', '--depends', '1');
  const { items } = (await ws.json('balance')) as unknown as {
    items: { task: number; agent: string }[];
  };
  const counts = ['Copilot', 'Claude', 'ChatGPT'].map(
    (name) => items.filter(({ agent }) => agent === name).length,
  );
  expect(counts).toEqual([2, 2, 2]);
  expect(await ws.json('balance')).toMatchObject({ items: [] });
  const own = items.filter(({ agent }) => agent === 'Claude').map(({ task }) => task);
  expect(own).toContain(Number(await ws.ok('next', 'Claude')));
  expect((await ws.run(['next', 'Zed'])).code).toBe(4);
  // Whoever names a task gets it.
  await ws.ok('claim', String(own[0]), 'Copilot');
});

describe('tasks that would touch the same paths', () => {
  test('wait for one another, and two that are held all the same are shown', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One', '--paths', 'src/**,docs/{a,b}.md', '--priority', 'HIGH');
    await ws.add('Two', '--paths', 'src/a/*.ts', '--priority', 'HIGH');
    await ws.add('Three', '--paths', 'docs/c.md');
    expect((await ws.json('show', '1'))['paths']).toEqual(['src/**', 'docs/{a,b}.md']);
    expect(await ws.ok('next', 'Copilot', '--claim')).toBe('1\n');
    expect(await ws.exits(3, 'claim', '2', 'Claude', '--tries', '3')).toMatchObject({
      reason: 'paths-reserved',
      message: expect.stringContaining('Copilot holds #1'),
    });
    const { stdout } = await ws.run(['next', 'Claude', '--why']);
    expect(stdout).toContain('#3');
    expect(stdout).toContain('#2 would come first and cannot start: src/a/*.ts is in use by #1');
    expect(await ws.exits(3, 'assign', '2', 'Claude')).toMatchObject({ reason: 'paths-reserved' });

    await ws.ok('lock', 'acquire', '2', 'Claude');
    expect(await ws.ok('show', '2')).toContain('src/a/*.ts with #1');
    expect(await ws.ok('health')).toMatch(/warn.*paths.*Claude with #2 and Copilot with #1/);
    await ws.ok('complete', '1', '--agent', 'Copilot');
    expect(await ws.ok('health')).not.toContain('may both edit');
  });

  test('are explained, claim and reasons at once', async () => {
    const ws = await preparedWorkspace();
    await ws.add('One', '--estimate', '30', '--paths', 'src');
    await ws.add('Two', '--estimate', '60');
    const claimed = await ws.json('next', 'Copilot', '--claim', '--why');
    expect(claimed).toMatchObject({ token: expect.any(Number), task: { id: 2 } });
    expect((claimed['why'] as string[]).join(' ')).toContain(
      '#2 comes before #1: more estimated work has to follow it (1 h against 30 min)',
    );
  });
});

test('a session can be brought into view, and an agents file names no program', async () => {
  const ws = await preparedWorkspace();
  expect(await ws.json('session', 'focus', 'chat-1')).toMatchObject({ ok: true, focus: 'chat-1' });
  expect(await ws.json('session', 'focus')).toMatchObject({ focus: null });
  expect(ws.events()).toEqual(['GENESIS', 'SESSION', 'SESSION']);
  ws.write('AI/agents.json', { agents: { A: { command: 'touch broken', capabilities: ['any'] } } });
  await ws.add('One');
  await ws.ok('assign', '1');
  expect(() => readFileSync(ws.path('broken'))).toThrow('ENOENT');
});
