/** What `add` and its kin write down, and in which order tasks are given out. */
import { describe, expect, test } from 'vitest';
import { preparedWorkspace } from '../../support/cli.ts';

describe('add', () => {
  test('stores every option under the words of the contract, in the queue file and in the log', async () => {
    const ws = await preparedWorkspace();
    await ws.add('Before');
    ws.write('input.json', { lines: [1, 2] });
    await ws.ok(
      ...['add', 'Everything', '--description', 'The prompt', '--id', 'nightly.report'],
      ...['--type', 'technical', '--kind', 'sd', '--priority', 'high', '--depends', '#1'],
      ...['--on-dependency-failure', 'ignore', '--key', 'report', '--session', 'night'],
      ...['--group', 'reports', '--label', 'a, b', '--estimate', '20', '--background'],
      ...['--preemptible', '--deadline', '2099-01-02T03:04:05Z'],
      ...['--not-before', '2098-01-02T03:04:05+01:00', '--paths', 'src/**,docs/*.md'],
      ...['--capture', '@input.json', '--valid-if', 'file:src/main.ts'],
      ...['--limit', 'minutes=5,turns=10,tokens=1000', '--accept', 'npm test'],
      ...['--program', 'shell:npm run report -- "two words"'],
    );
    const words = {
      title: 'Everything',
      description: 'The prompt',
      type: 'technical',
      kind: 'sd',
      priority: 'HIGH',
      dependencies: [1],
      on_dependency_failure: 'ignore',
      key: 'report',
      session: 'night',
      group: 'reports',
      labels: ['a', 'b'],
      estimate_minutes: 20,
      background: true,
      preemptible: true,
      deadline: '2099-01-02T03:04:05.000Z',
      not_before: '2098-01-02T02:04:05.000Z',
      paths: ['src/**', 'docs/*.md'],
      capture: { lines: [1, 2] },
      valid_if: 'file:src/main.ts',
      limit: { minutes: 5, turns: 10, tokens: 1000 },
      accept: 'npm test',
      program: 'shell:npm run report -- "two words"',
    };
    expect(ws.task('nightly.report')).toMatchObject({ ...words, status: 'pending', attempts: 0 });
    expect(ws.audit().at(-1)).toMatchObject({ event: 'CREATED', task: 'nightly.report' });
    expect(ws.audit().at(-1)?.data).toMatchObject(words);
  });

  test('has the defaults that the contract names', async () => {
    const ws = await preparedWorkspace();
    expect(await ws.json('add', 'Plain')).toMatchObject({ ok: true, id: 1, seq: 2 });
    expect(ws.task(1)).toEqual({
      id: 1,
      title: 'Plain',
      description: null,
      type: 'any',
      kind: 'ai',
      status: 'pending',
      priority: 'NORMAL',
      dependencies: [],
      key: null,
      assigned_to: null,
      claimed_on: null,
      completed_on: null,
      attempts: 0,
      estimate_minutes: null,
      actual_minutes: null,
      result: null,
    });
  });

  test('makes a workspace where there is none', async () => {
    const ws = await preparedWorkspace();
    const { code } = await ws.run(['add', 'Elsewhere', '--workspace', ws.home]);
    expect(code).toBe(0);
    expect(await ws.json('list', '--workspace', ws.home)).toMatchObject([{ title: 'Elsewhere' }]);
    expect(await ws.json('list')).toEqual([]);
  });

  test('gives ids above the highest ever given, and keeps names apart from numbers', async () => {
    const ws = await preparedWorkspace();
    expect(await ws.add('One')).toBe(1);
    await ws.ok('add', 'Forty', '--id', '40');
    await ws.ok('cancel', '40');
    expect(await ws.add('Next')).toBe(41);
    await ws.ok('add', 'Named', '--id', 'Pdf-Export');
    expect(await ws.exits(3, 'add', 'Again', '--id', 'pdf-export')).toMatchObject({
      reason: 'duplicate',
    });
    expect(await ws.exits(3, 'add', 'Again', '--id', '40')).toMatchObject({ reason: 'duplicate' });
    expect((await ws.json('show', 'PDF-EXPORT'))['id']).toBe('Pdf-Export');
  });

  test('with a key of a waiting task adds none, and replaces its content where asked', async () => {
    const ws = await preparedWorkspace();
    await ws.add('First', '--key', 'pdf');
    expect(await ws.json('add', 'Second', '--key', 'pdf')).toMatchObject({ ok: true, id: 1 });
    expect(ws.queue()).toMatchObject([{ id: 1, title: 'First' }]);
    await ws.ok('add', 'Third', '--key', 'pdf', '--dedupe', 'replace');
    expect(ws.queue()).toMatchObject([{ id: 1, title: 'Third' }]);
    await ws.ok('claim', '1', 'Copilot');
    expect(await ws.add('Fourth', '--key', 'pdf')).toBe(2);
  });

  test('of a debounced task waits until its key was quiet for a while', async () => {
    const ws = await preparedWorkspace();
    await ws.add('First', '--key', 'lint', '--dedupe', 'debounce:60000');
    expect((await ws.run(['next', 'Copilot'])).code).toBe(4);
    const before = Date.parse(ws.task(1)['not_before'] as string);
    expect(before).toBeGreaterThan(Date.now());
    await ws.ok('add', 'Second', '--key', 'lint', '--dedupe', 'debounce:60000');
    expect(ws.queue()).toMatchObject([{ id: 1, title: 'Second' }]);
    expect(Date.parse(ws.task(1)['not_before'] as string)).toBeGreaterThan(before);
  });
});

describe('order', () => {
  test('is by priority, then first in first out', async () => {
    const ws = await preparedWorkspace();
    for (const priority of ['LOW', 'NORMAL', 'CRITICAL', 'HIGH', 'NORMAL']) {
      await ws.add(priority, '--priority', priority);
    }
    await ws.add('Behind', '--priority', 'CRITICAL', '--background');
    const order: string[] = [];
    for (let n = 0; n < 6; n++) {
      order.push((await ws.ok('next', 'Copilot', '--claim')).trim());
    }
    expect(order).toEqual(['3', '4', '2', '5', '6', '1']);
  });

  test('is changed by prioritize, and by move exactly', async () => {
    const ws = await preparedWorkspace();
    for (const title of ['a', 'b', 'c', 'd']) await ws.add(title);
    const next = async () => (await ws.ok('next', 'Copilot')).trim();
    expect(await ws.json('prioritize', '3', 'critical')).toMatchObject({ ok: true, id: 3 });
    expect(await next()).toBe('3');
    expect(await ws.json('move', '4', '--first')).toMatchObject({ ok: true, id: 4 });
    expect(await next()).toBe('4');
    await ws.ok('move', '2', '--before', '4');
    expect(await next()).toBe('2');
    await ws.ok('move', '2', '--after', '4');
    expect(await next()).toBe('4');
    await ws.ok('move', '4', '--last');
    expect(await next()).toBe('2');
  });

  test('waits for dependencies, and for a time', async () => {
    const ws = await preparedWorkspace();
    await ws.add('First', '--not-before', '2099-01-01T00:00:00Z');
    await ws.add('Second', '--depends', '1');
    expect((await ws.run(['next', 'Copilot'])).code).toBe(4);
    expect(await ws.exits(3, 'claim', '1', 'Copilot')).toMatchObject({ reason: 'not-due' });
    const { stderr } = await ws.run(['next', 'Copilot', '--why']);
    expect(stderr).toContain('2099');
    expect(await ws.exits(3, 'claim', '2', 'Copilot')).toMatchObject({
      reason: 'dependencies-open',
      message: expect.stringContaining('#1'),
    });
    // Logged once until the dependencies change.
    await ws.exits(3, 'claim', '2', 'Claude');
    expect(ws.events(2)).toEqual(['CREATED', 'DEPENDENCY_BLOCKED']);
  });
});

describe('edit', () => {
  test('changes what it names and nothing else', async () => {
    const ws = await preparedWorkspace();
    await ws.add('First', '--priority', 'HIGH', '--label', 'a');
    await ws.add('Second');
    const before = ws.task(1);
    expect(await ws.json('edit', '1', '--title', 'Better', '--depends', '2')).toMatchObject({
      ok: true,
      id: 1,
    });
    expect(ws.task(1)).toEqual({ ...before, title: 'Better', dependencies: [2] });
    expect((await ws.run(['edit', '1'])).code).toBe(2);
  });

  test('refuses a cycle, spelled out, and a dependency that is not there', async () => {
    const ws = await preparedWorkspace();
    await ws.add('First');
    await ws.add('Second', '--depends', '1');
    await ws.add('Third', '--depends', '2');
    const before = ws.fingerprint();
    expect(await ws.exits(3, 'edit', '1', '--depends', '3')).toMatchObject({
      reason: 'cycle',
      message: expect.stringMatching(/#1 -> #3 -> #2 -> #1/),
    });
    expect(await ws.exits(3, 'edit', '1', '--depends', '99')).toMatchObject({
      reason: 'unknown-task',
    });
    expect(ws.fingerprint()).toEqual(before);
  });

  test('of a task that ended is refused', async () => {
    const ws = await preparedWorkspace();
    await ws.add('First');
    await ws.ok('cancel', '1');
    expect(await ws.exits(3, 'edit', '1', '--title', 'x')).toMatchObject({
      reason: 'already-ended',
    });
    expect(await ws.exits(3, 'prioritize', '1', 'LOW')).toMatchObject({ reason: 'already-ended' });
  });
});

test('a full queue refuses with the number, and room that is made counts at once', async () => {
  const ws = await preparedWorkspace();
  ws.write('AI/config.json', { max_waiting: 2 });
  await ws.add('One');
  await ws.add('Two');
  const before = ws.fingerprint();
  expect(await ws.exits(3, 'add', 'Three')).toMatchObject({
    ok: false,
    reason: 'queue-full',
    message: expect.stringContaining('2'),
  });
  expect(ws.fingerprint()).toEqual(before);
  await ws.ok('next', 'Copilot', '--claim');
  expect(await ws.add('Three')).toBe(3);
});
