/** What an agent says, does and asks reaches the window, and the person's answer reaches the agent. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QueueViewModel } from '../../../extension/protocol/webviewModel.ts';
import { bundle, eventually } from '../../support/supervisor.ts';
import { bundleWindows, shell } from '../../support/queueWorker.ts';
import type { Windows } from '../../support/queueWorker.ts';

let windows: Windows;
let agent: Awaited<ReturnType<typeof bundle>>;
beforeAll(async () => {
  [windows, agent] = await Promise.all([bundleWindows(), bundle('test/support/acpAgent/main.ts')]);
});
afterAll(async () => {
  await Promise.all([windows.dispose(), agent.dispose()]);
});

/** A window in which the scripted agent goes through `steps`. */
async function running(...steps: readonly string[]) {
  const scripted = { command: process.execPath, args: [agent.path], env: {} };
  const window = windows.open({ ...windows.newPlace(), agents: { Scripted: scripted } });
  const task = { ...shell('Ask about it', ''), program: 'acp:Scripted' };
  const added = await window.call('add', { ...task, description: steps.join('\n') });
  expect(added).toMatchObject({ ok: true, queued: false });
  return window;
}

const questionIn = ({ needsYou }: QueueViewModel) =>
  needsYou.rows.find((row) => row.type === 'permission');

describe('an agent', () => {
  test('shows its tools and its progress while it works', async () => {
    const window = await running(
      'tool read in_progress Read story/outline.md',
      'plan Reading Writing',
      'hang',
    );
    const { active } = await window.sees('it runs', (model) => model.active !== null);
    expect(active?.agent).toBe('Scripted');
    const activity = await eventually('its progress is told', () =>
      window.events.find((event) => event.type === 'activity' && event.percent === 50),
    );
    expect(activity).toMatchObject({
      token: active?.token,
      progress: '2/2 Writing',
      tools: [{ toolId: 'read', title: 'Read story/outline.md', status: 'running' }],
    });
    await window.call('interrupt');
  });

  test('asks, waits through a later, and hears the answer', async () => {
    const window = await running('ask rm -rf build', 'say the end');
    const asked = questionIn(
      await window.sees('it asks', (model) => questionIn(model) !== undefined),
    );
    expect(asked).toMatchObject({
      task: 1,
      agent: 'Scripted',
      wants: 'asks: rm -rf build',
      subject: 'run rm -rf build',
      options: [{ label: 'Allow' }, { label: 'Reject' }],
    });
    const { questionId } = asked!;
    await window.call('answerQuestion', { questionId, answer: { outcome: 'later' } });
    await window.sees('it was put off', (model) => questionIn(model)?.later === true);
    const yes = { outcome: 'selected', optionId: 'yes' } as const;
    expect(await window.call('answerQuestion', { questionId, answer: yes })).toEqual({ ok: true });
    await window.sees('it is done', ({ doneToday }) => doneToday.rows.length === 1);
    expect(await window.call('transcript', 1)).toContain('answer yes');
    expect(questionIn((await window.call('snapshot')).model)).toBeUndefined();
  });

  test('that is interrupted while it asks asks no more', async () => {
    const window = await running('ask it');
    await window.sees('it asks', (model) => questionIn(model) !== undefined);
    expect(await window.call('interrupt')).toEqual({ ok: true });
    const { model } = await window.call('snapshot');
    expect(model.needsYou.rows).toMatchObject([{ type: 'interrupted' }]);
  });

  test('that this machine does not have fails its task with what to do', async () => {
    const window = windows.open(windows.newPlace());
    await window.call('add', { ...shell('Nobody', ''), program: 'acp:Nobody' });
    const model = await window.sees('it failed', ({ kinds }) => kinds[0]?.state === 'error');
    expect(model.kinds[0]?.detail).toContain('No agent named Nobody');
  });
});
