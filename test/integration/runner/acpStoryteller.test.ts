import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildAgent } from '../../support/acpAgent/running.ts';
import { bundle } from '../../support/supervisor.ts';

const examples = join(import.meta.dirname, '../../../examples');
let scripted: Awaited<ReturnType<typeof buildAgent>>;
let storyteller: Awaited<ReturnType<typeof bundle>>;
let workspaceDir: string;
beforeAll(async () => {
  scripted = await buildAgent();
  storyteller = await bundle('extension/exampleAgent/main.ts');
});
beforeEach(() => {
  workspaceDir = mkdtempSync(join(tmpdir(), 'signalbox-story-'));
  cpSync(examples, workspaceDir, { recursive: true });
});
afterEach(async () => {
  await scripted.endAll();
  rmSync(workspaceDir, { recursive: true });
});
afterAll(() => Promise.all([scripted.dispose(), storyteller.dispose()]));

const run = (prompt: string, paceMs = 0) =>
  scripted.run([prompt], {
    agent: {
      name: 'Storyteller',
      argv: [process.execPath, storyteller.path],
      env: { EXAMPLE_PACE_MS: String(paceMs) },
    },
    request: { workspaceDir },
  });
const scene = () => join(workspaceDir, 'story/scene.md');

describe('the storyteller of the examples', () => {
  test('narrates the scene as the script of the examples does, and reports what it does', async () => {
    const { prepared, events, said } = await run('Narrate the evening in story/outline.md.');
    expect(await prepared.ended).toEqual({
      outcome: 'completed',
      result: 'Narrated story/scene.md',
    });
    const told = readFileSync(scene(), 'utf8');
    rmSync(scene());
    spawnSync(process.execPath, ['tools/narrate.mjs'], {
      cwd: workspaceDir,
      env: { ...process.env, EXAMPLE_PACE_MS: '0' },
    });
    expect(told).toBe(readFileSync(scene(), 'utf8'));
    expect(said()).toContain('and Mara has the quay to herself');
    expect(events.flatMap((event) => (event.type === 'tool_use' ? [event] : []))).toMatchObject([
      { title: 'Read story/outline.md', status: 'running' },
      { title: 'Read story/outline.md', status: 'done' },
      { title: 'Edit story/scene.md', status: 'running' },
      { title: 'Edit story/scene.md', status: 'done' },
    ]);
  });

  test.each([
    ['allow', true],
    ['reject', false],
  ])('asks where it is told to, and takes %s for an answer', async (optionId, isWritten) => {
    const { prepared, question } = await run('Narrate the scene, but ask before you write.');
    const asked = await question();
    expect(asked.question.title).toBe('Edit story/scene.md');
    asked.answer({ outcome: 'selected', optionId });
    expect(await prepared.ended).toMatchObject({ outcome: 'completed' });
    expect(existsSync(scene())).toBe(isWritten);
  });

  test('ends its turn at once when it is interrupted, with nothing half written', async () => {
    const { prepared, saying } = await run('Narrate the scene.', 500);
    await saying('The ');
    const report = await prepared.stop({ askMs: 100_000, terminateMs: 100_000 });
    expect(report).toEqual({ quiet: true, by: 'ask' });
    expect(await prepared.ended).toEqual({ outcome: 'stopped' });
    expect(existsSync(scene())).toBe(false);
  });

  test('says what it is where it is asked for anything else', async () => {
    const { prepared, said } = await run('Fix the build.');
    expect(await prepared.ended).toMatchObject({ outcome: 'completed' });
    expect(said()).toContain('Put a real agent in my place');
  });
});
