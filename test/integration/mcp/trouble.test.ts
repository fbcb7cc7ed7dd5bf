/** The MCP server when things go wrong: deaths, races, hostile words, a broken protocol or log. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { preparedWorkspace, workspace } from '../../support/cli.ts';
import type { Json } from '../../support/cli.ts';
import { connect, polling, projected } from '../../support/mcpClient.ts';
import { eventually } from '../../support/supervisor.ts';

test('a task of a server that was killed is free when anyone looks', async () => {
  const place = await preparedWorkspace();
  const victim = await connect(place, { name: 'victim' });
  await victim.ok('task_add', { title: 'a' });
  await victim.ok('task_claim', { id: 1 });
  const heir = await connect(place, { name: 'heir' });
  expect(await heir.ok('task_next', { claim: true })).toMatchObject({ task: null });

  const gone = new Promise<void>((resolve) => (victim.client.onclose = resolve));
  process.kill(victim.pid, 'SIGKILL');
  await gone;
  expect(await heir.ok('task_next', { claim: true })).toMatchObject({ task: { id: 1 } });
  const freed = ['CREATED', 'CLAIMED', 'LEASE_EXPIRED', 'CLAIMED'];
  await expect.poll(() => place.events(1), polling).toEqual(freed);
});

test('a client that goes gives back what it holds', async () => {
  const place = await preparedWorkspace();
  await place.ok('add', 'a');
  // By hand: the client of the kit kills a server that takes its time to end.
  const server = place.start(['mcp', '--agent', 'A'], { keepsInput: true });
  const call = { name: 'task_claim', arguments: { id: 1 } };
  const claim = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: call });
  server.child.stdin?.write(`${claim}\n`);
  await eventually('the claim is answered', () => server.said().includes('"token"'));
  server.child.stdin?.end();
  expect((await server.ended).code).toBe(0);
  expect(place.status(1)).toBe('pending');
  expect(place.events(1)).toEqual(['CREATED', 'CLAIMED', 'RELEASED']);
  expect(place.hasLock(1)).toBe(false);
});

test('of two servers that claim at once, each task has one winner, and so of calls at once', async () => {
  const place = await preparedWorkspace();
  const tasks = 24;
  const file = { queue: Array.from({ length: tasks }, (_, n) => ({ id: n + 1, title: `t${n}` })) };
  place.write('tasks.json', file);
  await place.ok('import', 'tasks.json');
  const agents = await Promise.all(['one', 'two'].map((name) => connect(place, { name })));
  const claims = await Promise.all(
    agents.flatMap((agent) =>
      Array.from({ length: tasks }, (_, n) => agent.call('task_claim', { id: n + 1 })),
    ),
  );
  const won = claims.filter(({ isError }) => !isError);
  expect(won).toHaveLength(tasks);
  expect(new Set(won.map(({ json }) => (json['task'] as Json)['id'])).size).toBe(tasks);
  for (const { isError, json } of claims)
    if (isError) expect(json['reason']).toBe('already-claimed');
  await place.ok('audit', 'verify');
});

test('hostile words do no harm', async () => {
  const place = await preparedWorkspace();
  const agent = await connect(place, { name: '\u001b[31m../../evil\n' });
  const before = place.events().length;
  const misfits: readonly (readonly [string, Record<string, unknown>])[] = [
    ['task_get', { id: '../../etc/passwd' }],
    ['task_get', { id: '__proto__' }],
    ['task_get', { id: -1 }],
    ['task_get', { id: 1.5 }],
    ['task_get', {}],
    ['task_claim', { id: { $gt: 0 } }],
    ['task_add', { title: ' ' }],
    ['task_add', { title: 'x'.repeat(501) }],
    ['task_add', { title: 'x', id: '../x' }],
    ['task_add', { title: 'x', deadline: '2026-99-99' }],
    ['task_add', { title: 'x', constructor: 1 }],
    ['task_progress', { id: 1, percent: 1e9 }],
    ['task_complete', { id: 1, token: 'abc' }],
    ['audit_query', { what: 'task' }],
  ];
  for (const [name, given] of misfits) {
    const { isError, json } = await agent.call(name, given);
    expect({ name, given, isError, ok: json['ok'] }).toEqual({
      name,
      given,
      isError: true,
      ok: false,
    });
    expect(['usage', 'invalid-value']).toContain(json['reason']);
  }
  await expect(agent.client.callTool({ name: 'rm_rf', arguments: {} })).rejects.toThrow('rm_rf');
  for (const uri of ['signalbox://task/../x', 'signalbox://task/%2e%2e', 'file:///etc/passwd']) {
    await expect(agent.client.readResource({ uri })).rejects.toThrow();
  }
  expect(place.events()).toHaveLength(before);

  const title = '\u001b[2J<script>alert(1)</script> \u202egnp.exe $(reboot) "; drop';
  expect(await agent.ok('task_add', { title })).toMatchObject({ id: 1 });
  await projected(place, 1, { title });
  expect(await agent.ok('queue_status')).toMatchObject({ agent: '31m..-..-evil' });
  expect(await place.ok('list')).not.toContain('\u001b');
  await agent.ok('task_claim', { id: 1 });
  // More than a line of the log may hold.
  expect(await agent.refusal('task_checkpoint', { id: 1, data: 'x'.repeat(100_000) })).toBe(
    'line-too-long',
  );
  await agent.ok('task_complete', { id: 1 });
});

test('what is not the protocol is passed over, and what follows is answered', async () => {
  const place = await preparedWorkspace();
  const server = place.start(['mcp'], { keepsInput: true });
  const say = (text: string | Buffer) => server.child.stdin?.write(text);
  say('garbage\n{"jsonrpc":"2.0"\n[]\nnull\n\n');
  say(Buffer.from([0, 255, 254, 10]));
  say('{"jsonrpc":"2.0","id":1,"method":"no/such"}\n');
  const clientInfo = { name: 'raw', version: '1' };
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
  say(`${JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'initialize', params })}\n`);
  const call = { name: 'queue_status', arguments: {} };
  say(`${JSON.stringify({ jsonrpc: '2.0', id: 3, method: 'tools/call', params: call })}\n`);
  await eventually('the call is answered', () => server.said().includes('"id":3'), 60_000);
  server.child.stdin?.end();
  const { code, stdout } = await server.ended;
  expect(code).toBe(0);
  const answers = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);
  expect(answers.find(({ id }) => id === 3)).toMatchObject({
    result: { structuredContent: { ok: true, agent: 'raw' } },
  });
});

test('a message beyond all measure ends the session, and frees what it holds', async () => {
  const place = await preparedWorkspace();
  await place.ok('add', 'a');
  const server = place.start(['mcp', '--agent', 'A'], { keepsInput: true });
  const call = { name: 'task_claim', arguments: { id: 1 } };
  const claim = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: call });
  server.child.stdin?.write(`${claim}\n`);
  await eventually('the claim is answered', () => server.said().includes('"token"'), 60_000);
  server.child.stdin?.write('x'.repeat(11 * 1024 * 1024));
  expect((await server.ended).code).toBe(0);
  expect(place.events(1)).toEqual(['CREATED', 'CLAIMED', 'RELEASED']);
});

test('a log that has halted is the answer of a tool, and nothing is changed', async () => {
  const place = await preparedWorkspace();
  const agent = await connect(place);
  await agent.ok('task_add', { title: 'a' });
  await agent.ok('task_add', { title: 'b' });
  // A line is missing: a gap, which is damage.
  const segment = place.path('AI/log/seg-1.jsonl');
  const lines = readFileSync(segment, 'utf8').split('\n');
  const damaged = lines.toSpliced(1, 1).join('\n');
  writeFileSync(segment, damaged);
  const other = await place.exits(5, 'list');
  expect(other).toMatchObject({ reason: 'store-halted' });
  expect(await agent.refusal('task_add', { title: 'c' })).toBe('store-halted');
  expect(readFileSync(segment, 'utf8')).toBe(damaged);
});

test('without a queue it says so and ends', async () => {
  const place = workspace();
  const { code, stdout, stderr } = await place.run(['mcp']);
  expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
  expect(stderr).toContain('signalbox init');
});
