/**
 * What an agent can do with the queue through the MCP server, with the official client.
 *
 * Deaths, races and hostile input are in `trouble.test.ts`.
 */
import { describe, expect, test } from 'vitest';
import { preparedWorkspace } from '../../support/cli.ts';
import type { Era } from '../../support/mcpClient.ts';
import { connect, projected } from '../../support/mcpClient.ts';

const contractTools = [
  'task_add task_list task_get task_next task_claim task_heartbeat task_progress task_checkpoint',
  'task_complete task_fail task_release task_cancel task_retry queue_status audit_query',
  'paths_reserve paths_release',
]
  .join(' ')
  .split(' ');

describe.each<{ era: Era }>([{ era: 'modern' }, { era: 'legacy' }])(
  'a client of the $era protocol',
  ({ era }) => {
    test('finds the tools and resources of the contract, and works a task to its end', async () => {
      const place = await preparedWorkspace();
      const agent = await connect(place, { era, name: 'Test Agent!' });

      const { tools } = await agent.client.listTools();
      expect(tools.map(({ name }) => name)).toEqual(contractTools);
      for (const { name, description, annotations, inputSchema, outputSchema } of tools) {
        expect({ name, description }).toEqual({ name, description: expect.any(String) });
        expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
        expect(outputSchema?.['properties']).toHaveProperty('ok');
        expect(annotations?.readOnlyHint).toBe(
          ['task_list', 'task_get', 'queue_status', 'audit_query'].includes(name),
        );
      }
      const { resources } = await agent.client.listResources();
      const { resourceTemplates } = await agent.client.listResourceTemplates();
      expect(
        [
          ...resources.map(({ uri }) => uri),
          ...resourceTemplates.map(({ uriTemplate }) => uriTemplate),
        ].sort(),
      ).toEqual(['signalbox://audit/recent', 'signalbox://queue', 'signalbox://task/{id}']);

      const long = 'Do it well. '.repeat(2_000);
      await agent.ok('task_add', { title: 'First', description: long, paths: ['src/**'] });
      await agent.ok('task_add', { title: 'Second', depends: [1], priority: 'HIGH' });
      const claimed = await agent.ok('task_next', { claim: true });
      expect(claimed['task']).toMatchObject({
        id: 1,
        description: long,
        assigned_to: 'Test-Agent',
      });
      await projected(place, 1, { status: 'in_progress', assigned_to: 'Test-Agent' });
      expect(await agent.ok('queue_status')).toMatchObject({
        agent: 'Test-Agent',
        held: [{ id: 1, token: claimed['token'] }],
      });
      await agent.ok('task_heartbeat', { id: 1 });
      await agent.ok('task_progress', { id: 1, percent: 50, message: 'half' });
      await agent.ok('task_checkpoint', { id: 1, data: { step: 2 } });
      expect(await agent.read('signalbox://task/1')).toMatchObject({
        task: { id: 1, checkpoint: { step: 2 } },
      });
      expect(await agent.read('signalbox://queue')).toMatchObject({
        open: 2,
        queue: [{ id: 1 }, { id: 2 }],
      });
      const done = await agent.ok('task_complete', { id: 1, result: 'It is done' });
      expect(done).toMatchObject({ available: [2], progress: { completed: 1, total: 2 } });
      expect(await agent.ok('task_get', { id: 1 })).toMatchObject({
        task: { status: 'completed', result: 'It is done' },
      });
      const events = (await agent.read('signalbox://audit/recent')) as { event: string }[];
      expect(events.at(-1)?.event).toBe('COMPLETED');
    });

    test('is told when what it watches changes, and of nothing else', async () => {
      const place = await preparedWorkspace();
      const agent = await connect(place, { era });
      await place.ok('add', 'Watched');
      await place.ok('add', 'Not watched');
      const heard: string[] = [];
      let hear: () => void = () => undefined;
      agent.client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
        heard.push(params.uri);
        hear();
      });
      const uri = 'signalbox://task/1';
      if (era === 'legacy') await agent.client.subscribeResource({ uri });
      else await agent.client.listen({ resourceSubscriptions: [uri] });

      const told = new Promise<void>((resolve) => (hear = resolve));
      await place.ok('prioritize', '2', 'HIGH');
      await place.ok('prioritize', '1', 'HIGH');
      await told;
      expect([...new Set(heard)]).toEqual([uri]);
    });
  },
);

describe('a refusal', () => {
  test('is an error with the reason words of the command line, at once', async () => {
    const place = await preparedWorkspace();
    const agent = await connect(place);
    await place.ok('add', 'Taken');
    await place.ok('add', 'Waits', '--depends', '1');
    await place.ok('add', 'Of the lane', '--program', 'shell:true');
    await place.ok('claim', '1', 'Someone');

    expect(await agent.refusal('task_claim', { id: 1 })).toBe('already-claimed');
    expect(await agent.refusal('task_claim', { id: 2 })).toBe('dependencies-open');
    expect(await agent.refusal('task_claim', { id: 3 })).toBe('lane-task');
    expect(await agent.refusal('task_claim', { id: 9 })).toBe('unknown-task');
    expect(await agent.refusal('task_complete', { id: 1 })).toBe('identity-needed');
    expect(await agent.refusal('task_complete', { id: 1, token: 1 })).toBe('stale-token');
    expect(await agent.refusal('task_heartbeat', { id: 2 })).toBe('stale-token');
    expect(await agent.refusal('paths_reserve', { id: 2, paths: ['a'] })).toBe('not-claimed');
    await place.ok('pause', '--queue');
    expect(await agent.refusal('task_next')).toBe('paused');
    expect(await agent.refusal('task_next', { claim: true })).toBe('paused');
  });
});

describe('a held task', () => {
  test('can be failed, released, retried and cancelled by its holder', async () => {
    const place = await preparedWorkspace();
    const agent = await connect(place);
    for (const title of ['a', 'b', 'c']) await agent.ok('task_add', { title });

    await agent.ok('task_claim', { id: 1 });
    const failed = await agent.ok('task_fail', { id: 1, error_class: 'TIMEOUT', message: 'slow' });
    expect(failed).toMatchObject({ status: 'failed', failures: 1 });
    expect(await agent.refusal('task_claim', { id: 1 })).toBe('not-due');
    await agent.ok('task_retry', { id: 1, agent: 'tester' });
    const again = await agent.ok('task_claim', { id: 1 });
    // A call that is repeated after its answer was lost.
    expect(await agent.ok('task_claim', { id: 1 })).toMatchObject({ token: again['token'] });
    await agent.ok('task_release', { id: 1, reason: 'not mine' });
    await projected(place, 1, { status: 'pending' });

    await agent.ok('task_cancel', { id: 2 });
    await projected(place, 2, { status: 'cancelled' });
    const errors = await agent.ok('audit_query', { what: 'errors' });
    expect(errors['items']).toMatchObject([{ event: 'TIMEOUT', task: 1 }]);
    expect(await agent.ok('audit_query', { what: 'stats' })).toMatchObject({
      by_event: { CREATED: 3, CLAIMED: 2 },
    });
    const ready = await agent.ok('task_list', { ready: true });
    // What this agent failed comes after what it did not.
    expect(ready).toMatchObject({ total: 2, tasks: [{ id: 3 }, { id: 1 }] });
  });

  test('says which files it touches, as its holder reserves and releases them', async () => {
    const place = await preparedWorkspace();
    const agent = await connect(place);
    expect(await agent.refusal('paths_reserve', { paths: ['src/a.ts'] })).toBe('invalid-value');
    await agent.ok('task_add', { title: 'a', paths: ['docs/**'] });
    await agent.ok('task_claim', { id: 1 });
    await agent.ok('paths_reserve', { paths: ['src/a.ts', 'docs/**'] });
    await projected(place, 1, { paths: ['docs/**', 'src/a.ts'] });
    await agent.ok('paths_release', { paths: ['docs/**'] });
    await projected(place, 1, { paths: ['src/a.ts'] });
    await agent.ok('paths_release');
    const { task } = await agent.ok('task_get', { id: 1 });
    expect(task).not.toHaveProperty('paths', [expect.anything()]);
  });
});

describe('the name of an agent', () => {
  test('is that of the command line or of the client, and no call can change it', async () => {
    const place = await preparedWorkspace();
    const named = await connect(place, { args: ['--agent', 'Claude'], name: 'whatever' });
    await named.ok('task_add', { title: 'a' });
    expect((await named.call('task_claim', { id: 1, agent: 'Mallory' })).isError).toBe(true);
    await named.ok('task_claim', { id: 1 });
    await projected(place, 1, { assigned_to: 'Claude' });
  });

  test('is numbered where another session holds tasks under it', async () => {
    const place = await preparedWorkspace();
    const first = await connect(place, { name: 'twin' });
    await first.ok('task_add', { title: 'a' });
    await first.ok('task_claim', { id: 1 });
    const second = await connect(place, { name: 'twin' });
    expect(await second.ok('queue_status')).toMatchObject({ agent: 'twin-2', held: [] });
    expect(await second.refusal('task_complete', { id: 1 })).toBe('identity-needed');
  });
});

test('a program that an agent names waits for a person', async () => {
  const place = await preparedWorkspace();
  const agent = await connect(place);
  const program = `shell:touch ${place.path('ran')}`;
  const added = await agent.ok('task_add', { title: 'a', program });
  expect(added).toMatchObject({ id: 1, needs_approval: true });
  expect(await place.exits(3, 'run', '--until-empty')).toMatchObject({ stays: [{ id: 1 }] });
  expect(place.fingerprint()).not.toHaveProperty('workspace/ran');
  expect(await agent.refusal('task_add', { title: 'b', program: 'sh -c x' })).toBe('invalid-value');
});
