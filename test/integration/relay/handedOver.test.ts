/** Commands that one process carries out for another: recorded once, and answered as ever. */
import { randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Desk } from '../../../extension/coordinator/desk.ts';
import { prepareWorkspace } from '../../../extension/coordinator/prepareWorkspace.ts';
import { LockDirs } from '../../../extension/coordinator/projector/lockDirs.ts';
import { findWorkspace } from '../../../extension/coordinator/workspace.ts';
import type { Command } from '../../../extension/core/command.ts';
import type { Instant, TaskId } from '../../../extension/core/ids.ts';
import { findTask } from '../../../extension/core/queue.ts';
import { ownPlace } from '../../../extension/platform/processIdentity.ts';
import { openFileStore } from '../../../extension/store/openStore.ts';
import { add } from '../../support/core.ts';
import { newWorkspace } from '../../support/workspace.ts';

/** A long-lived process's view of the workspace, whose lines bear its name. */
async function openDesk(dir: string, writer: string): Promise<Desk> {
  const paths = findWorkspace({ cwd: dir, explicit: dir, env: {} });
  prepareWorkspace(paths, { track: false });
  const store = openFileStore({ workspaceDir: dir, writer, create: true });
  const desk = new Desk(paths, store, { SIGNALBOX_HOME: `${dir}/home` });
  await desk.refresh();
  await desk.joinRelay('test');
  onTestFinished(async () => {
    await desk.close();
  });
  return desk;
}

function claimNext(agent: string): Command {
  const caller = { agent, process: null, place: ownPlace() };
  return { type: 'claimNext', id: randomUUID(), by: agent, agent, caller };
}

/** Makes the lock directory of a claim that is never recorded: whoever looks for work meets it. */
function meet({ paths, queue }: Desk, task: number): void {
  const locks = new LockDirs(paths.locks, { now: () => Date.now() as Instant, queue: () => queue });
  const commandId = randomUUID();
  const at = Date.now() as Instant;
  expect(locks.take(task as TaskId, { agent: 'Other', holder: null, commandId, at }).ok).toBe(true);
  onTestFinished(() => locks.drop(task, commandId));
}

async function writerOf(desk: Desk, event: string, agent: string): Promise<unknown> {
  const records = (await desk.history()).filter((r) => r.event === event && r.agent === agent);
  expect(records).toHaveLength(1);
  return (JSON.parse(desk.lineTexts(records)[0] ?? '') as { writer: unknown }).writer;
}

/** Two processes that met a third one's claim, of which the first carries out the commands of both. */
async function twoInACrowd() {
  const dir = newWorkspace();
  const one = await openDesk(dir, 'one');
  const two = await openDesk(dir, 'two');
  for (let n = 1; n <= 6; n++) await one.execute({ id: randomUUID(), by: null, ...add(`${n}`) });
  meet(one, 1);
  expect((await one.execute(claimNext('First'))).ok).toBe(true);
  return { one, two };
}

describe('a process that meets others at its claim', () => {
  test('has it carried out by the one that does so for all', async () => {
    const { one, two } = await twoInACrowd();

    const outcome = await two.execute(claimNext('Second'));

    expect(outcome).toMatchObject({ ok: true, task: expect.any(Number) });
    expect(outcome.ok && outcome.records.map(({ event }) => event)).toEqual(['CLAIMED']);
    expect(await writerOf(two, 'CLAIMED', 'Second')).toBe('one');
    // What came of it is in its own queue by then.
    const task = outcome.ok && outcome.task !== null && findTask(two.queue, outcome.task);
    expect(task).toMatchObject({ state: { status: 'in_progress', claim: { agent: 'Second' } } });
    expect(two.queue.end).toBe(one.queue.end);
  });

  test('hears the refusal of a rule', async () => {
    const { two } = await twoInACrowd();
    const claimed = await two.execute(claimNext('Second'));
    if (!claimed.ok || claimed.task === null) throw new Error('Nothing was claimed');
    const caller = { agent: 'Second', process: null, place: ownPlace() };
    const again = { type: 'claim', task: claimed.task, agent: 'Second', caller } as const;
    expect(await two.execute({ ...again, id: randomUUID(), by: 'Second' })).toMatchObject({
      ok: false,
      rejection: { reason: 'already-claimed' },
    });
  });

  test('does its own work where the other is gone, and nothing twice', async () => {
    const { one, two } = await twoInACrowd();
    const command = claimNext('Second');
    const first = await two.execute(command);
    await one.close();

    const second = await two.execute(command);
    expect(second).toMatchObject({ ok: true, task: first.ok && first.task });
    expect(await writerOf(two, 'CLAIMED', 'Second')).toBe('one');
    expect((await two.execute(claimNext('Third'))).ok).toBe(true);
    expect(await writerOf(two, 'CLAIMED', 'Third')).toBe('two');
  });
});
