/**
 * A long-lived process that does each operation many times on one queue; answers with how long each
 * took, and how much of that was waiting for the disk.
 *
 * Arguments: the workspace, the number of tasks in it, and how often.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { Desk } from '../../extension/coordinator/desk.ts';
import { findWorkspace } from '../../extension/coordinator/workspace.ts';
import type { CommandBody } from '../../extension/core/command.ts';
import type { TaskId } from '../../extension/core/ids.ts';
import { parseTaskId } from '../../extension/core/ids.ts';
import { findTask, openDependencies } from '../../extension/core/queue.ts';
import { ownHolder } from '../../extension/platform/holder.ts';
import { ownIdentity, ownPlace } from '../../extension/platform/processIdentity.ts';
import { openFileStore } from '../../extension/store/openStore.ts';
import { answer } from '../support/start.ts';

export interface Took {
  /** Of each time, in milliseconds. */
  readonly wholeMs: number[];
  /** What of it was `fdatasync`. */
  readonly syncMs: number[];
}

let syncedMs = 0;
const { fdatasyncSync } = fs;
fs.fdatasyncSync = (fd) => {
  const startedAt = performance.now();
  fdatasyncSync(fd);
  syncedMs += performance.now() - startedAt;
};
syncBuiltinESMExports();

const [dir = '', size = '100', times = '50'] = process.argv.slice(2);
const paths = findWorkspace({ cwd: dir, explicit: dir, env: {} });
const store = openFileStore({
  workspaceDir: paths.root,
  stateName: paths.stateName,
  writer: `bench ${process.pid}`,
  witnessPace: 'lazy',
  create: false,
});
const desk = new Desk(paths, store, process.env);
await desk.refresh();
const agent = 'Copilot';
const place = ownPlace();
const caller = { agent, process: ownHolder(), place };
const found = new Map<string, Took>();

/** A task that depends on none, another one each time. */
const taskOf = (n: number) => (1 + ((n * 5) % Number(size))) as TaskId;

async function time(name: string, work: () => unknown): Promise<void> {
  const took = found.get(name) ?? { wholeMs: [], syncMs: [] };
  found.set(name, took);
  const before = syncedMs;
  const startedAt = performance.now();
  await work();
  took.wholeMs.push(performance.now() - startedAt);
  took.syncMs.push(syncedMs - before);
}

async function execute(body: CommandBody): Promise<void> {
  const outcome = await desk.execute({ ...body, id: randomUUID(), by: agent });
  if (!outcome.ok) throw new Error(outcome.rejection.message);
}

const release = (task: TaskId) =>
  execute({ type: 'release', task, reason: 'measured', forced: false, caller });

for (let n = 0; n < Number(times); n++) {
  const task = taskOf(n);
  await time('acquire', () => execute({ type: 'claim', task, agent, caller, lockOnly: true }));
  await time('release', () => release(task));
  // As processes that go on do in the background: what was released is no longer locked.
  await desk.project();
  await time('log', () => execute({ type: 'note', task, message: 'measured', event: 'MEASURED' }));
  await time('dependencies', async () => {
    await desk.refresh();
    const waiting = findTask(desk.queue, parseTaskId(Number(task) + 4) ?? task);
    return waiting === undefined ? [] : openDependencies(desk.queue, waiting);
  });
  await time('assign', () => execute({ type: 'assign', task, agent: null, caller }));
  await execute({ type: 'release', task, reason: 'measured', forced: true, caller });
  await desk.project();
}

/** A task whose leases expired five times is given up, and of the smallest queue 20 are free. */
const cleanings = 6;
for (let n = 0; n < cleanings; n++) {
  // A holder that is gone: a process that ended, under its own number.
  const gone = { ...ownIdentity(), ...place, startTime: '1', pid: spawnSync('true').pid };
  for (let each = 0; each < 10; each++) {
    const task = taskOf(10 * n + each);
    await execute({ type: 'claim', task, agent, caller: { ...caller, process: gone } });
  }
  await sleep(1);
  await time('clean 10', async () => {
    const freed = await desk.sweep();
    if (freed.length !== 10) throw new Error(`Freed ${freed.length} of 10`);
  });
}
answer(Object.fromEntries(found));
