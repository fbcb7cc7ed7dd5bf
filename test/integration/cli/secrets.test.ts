/** Secrets go before a line is written, whichever verb brings them; prompts stay whole, aside. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Workspace } from '../../support/cli.ts';
import { preparedWorkspace } from '../../support/cli.ts';

/** Made here from parts, so that no scanner takes this file for a leak. */
const secret = `ghp_${'aB3dE5fG7hJ9'.repeat(3)}`;
const kept = '[redacted:github-token]';

/** Every file of the workspace that has the secret in it. */
function filesWithSecret(ws: Workspace): readonly string[] {
  return readdirSync(ws.dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .filter((file) => readFileSync(file, 'utf8').includes(secret))
    .map((file) => file.slice(ws.dir.length + 1));
}

test('every text for reading is redacted before it is written, and nothing else is touched', async () => {
  const ws = await preparedWorkspace();
  const added = await ws.json('add', `Push with ${secret}`, '--label', `a,${secret}`);
  expect(added['warnings']).toEqual([
    expect.stringMatching(/title .*github-token.* replaced/),
    expect.stringMatching(/labels .*github-token.* replaced/),
  ]);
  await ws.ok('claim', '1', 'Copilot');
  await ws.ok('progress', '1', '10', `used ${secret}`);
  await ws.ok('fail', '1', 'AUTH', `denied: ${secret}`);
  await ws.ok('audit', 'log', 'REVIEW', '1', 'Bot', `saw ${secret}`, 'pending');
  await ws.ok('retry', '1');
  await ws.ok('claim', '1', 'Copilot');
  await ws.ok('release', '1', `gave ${secret} back`);
  await ws.ok('claim', '1', 'Copilot');
  await ws.ok(
    'complete',
    '1',
    `done with ${secret}, commit da39a3ee5e6b4b0d3255bfef95601890afd80709`,
  );
  ws.write('in.json', {
    queue: [{ id: 7, title: secret, notes: [secret], status: 'cancelled', reason: secret }],
  });
  await ws.ok('import', 'in.json');
  ws.write('in.json', '');
  expect(filesWithSecret(ws)).toEqual([]);
  const messages = ws.audit().map((line) => String(line['message']));
  expect(messages).toEqual(
    expect.arrayContaining([`Push with ${kept}`, `denied: ${kept}`, `saw ${kept}`]),
  );
  expect(ws.task(1)['result']).toBe(
    `done with ${kept}, commit da39a3ee5e6b4b0d3255bfef95601890afd80709`,
  );
  expect(ws.task(7)).toMatchObject({ title: kept, notes: [kept], reason: kept });
  expect(await ws.json('audit', 'verify')).toMatchObject({ ok: true });
});

test('a prompt stays whole for whoever works on it, apart from the log, and views redact it', async () => {
  const ws = await preparedWorkspace();
  const prompt = `Push with ${secret}.`;
  const { stdout, stderr, code } = await ws.run(['add', 'Push', '--description', prompt]);
  expect({ stdout, code }).toEqual({ stdout: 'Added #1 "Push"\n', code: 0 });
  expect(stderr).toMatch(/description has what looks like a secret \(github-token\)/);
  expect(filesWithSecret(ws)).toEqual([expect.stringMatching(/^AI\/log\/blob\/[0-9a-f]{64}$/)]);
  expect(await ws.ok('show', '1')).toContain(`Push with ${kept}.`);
  expect(await ws.ok('export', '-')).toContain(kept);
  expect(await ws.json('claim', '1', 'Copilot')).toMatchObject({ task: { description: prompt } });
});

test('a command line with a secret is kept as it is, and its author is warned', async () => {
  const ws = await preparedWorkspace();
  const line = `shell:curl --password correcthorse1 x`;
  const added = await ws.json('add', 'Fetch', '--program', line);
  expect(added['warnings']).toEqual([expect.stringMatching(/field program .*password/)]);
  expect(ws.task(1)['program']).toBe(line);
  expect(await ws.json('add', 'Plain')).not.toHaveProperty('warnings');
});
