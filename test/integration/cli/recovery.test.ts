/** Recovery from outside: recording, what is due, retrying it, and the policy that people write. */
import { expect, test } from 'vitest';
import type { Workspace } from '../../support/cli.ts';
import { preparedWorkspace } from '../../support/cli.ts';

/** No delays, so that a failed task is due at once. */
const atOnce = '{ // due at once\n "retry_delay_seconds": 0, "permanent_errors": ["FATAL",], }';

async function withFailure(errorClass = 'BUILD_ERROR'): Promise<Workspace> {
  const ws = await preparedWorkspace();
  await ws.add('Build', '--type', 'technical');
  await ws.ok('claim', '1', 'Copilot');
  await ws.ok('recovery', 'record', '1', 'Copilot', errorClass, 'It broke');
  return ws;
}

test('record is the failure of a holder, and nobody else’s', async () => {
  const ws = await withFailure();
  expect(ws.audit().at(-1)).toMatchObject({
    event: 'FAILED',
    agent: 'Copilot',
    message: 'It broke',
    data: { error_class: 'BUILD_ERROR', failures: 1 },
  });
  expect(await ws.exits(3, 'recovery', 'record', '1', 'Claude', 'X', 'y')).toMatchObject({
    reason: 'not-claimed',
  });
  expect((await ws.json('recovery', 'list'))['items']).toEqual(
    JSON.parse(ws.read('AI/recovery/failed_tasks.json')),
  );
  expect(await ws.json('recovery', 'auto')).toEqual({ ok: true, items: [] });
  expect(await ws.ok('recovery', 'auto')).toContain('Nothing is due');
  expect(await ws.ok('recovery', 'retry', '1', 'Copilot')).toContain('set aside for Copilot');
});

test('auto retries all that are due, for another capable agent unless that is turned off', async () => {
  const ws = await preparedWorkspace();
  ws.write('AI/recovery/retry_config.json', atOnce);
  await ws.add('Build', '--type', 'technical');
  await ws.add('Write', '--type', 'creative');
  await ws.addShell('Run', 'exit 1');
  for (const [id, agent] of [
    ['1', 'Copilot'],
    ['2', 'ChatGPT'],
  ] as const) {
    await ws.ok('claim', id, agent);
    await ws.ok('fail', id, 'X', 'y', '--agent', agent);
  }
  expect(await ws.ok('recovery', 'check', '1')).toContain('may be tried now');
  // Nobody else is known to be able to do creative work.
  expect(await ws.json('recovery', 'auto')).toEqual({
    ok: true,
    items: [
      { id: 1, set_aside: 'Claude' },
      { id: 2, set_aside: null },
    ],
  });
  expect([ws.status(1), ws.status(2), ws.status(3)]).toEqual(['pending', 'pending', 'pending']);
  await ws.ok('claim', '1', 'Claude');
  await ws.ok('fail', '1', 'X', 'y', '--agent', 'Claude');
  ws.write('AI/recovery/retry_config.json', { retry_delay_seconds: 0, auto_reassign: false });
  expect(await ws.json('recovery', 'auto')).toMatchObject({ items: [{ id: 1, set_aside: null }] });
});

test('a permanent error gives up at once, and so does what no retry can cure', async () => {
  for (const [errorClass, config] of [
    ['FATAL', atOnce],
    ['AUTH_REQUIRED', '{}'],
  ] as const) {
    const ws = await preparedWorkspace();
    ws.write('AI/recovery/retry_config.json', config);
    await ws.add('Build');
    await ws.ok('claim', '1', 'Copilot');
    await ws.ok('recovery', 'record', '1', 'Copilot', errorClass, 'No');
    expect(ws.status(1)).toBe('poisoned');
    expect(await ws.ok('recovery', 'list')).toMatch(new RegExp(`#1 .*${errorClass}.*poison_pill`));
  }
});

test('a bad value of the policy is said by health, and its default holds', async () => {
  const ws = await preparedWorkspace();
  ws.write('AI/recovery/retry_config.json', '{ "retry_delay_seconds": "soon", "jitter": 7 }');
  await ws.add('Build');
  await ws.ok('claim', '1', 'Copilot');
  const { not_before } = await ws.json('fail', '1', 'X', 'y', '--agent', 'Copilot');
  const failedAt = Date.parse(ws.audit().at(-1)!.ts);
  expect(Date.parse(not_before as string) - failedAt).toBe(300_000);
  const { stdout, code } = await ws.run(['health']);
  expect(code).toBe(3);
  expect(stdout).toMatch(/retry_config\.json: retry_delay_seconds: "soon"/);
  expect(stdout).toMatch(/retry_config\.json: jitter: 7/);
});
