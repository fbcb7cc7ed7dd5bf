/**
 * A long-lived agent of the race that claims through the file store, as the extension and the MCP
 * server do: each claim is durable before the next one is asked for.
 *
 * Arguments: the workspace, its name, and for how many seconds. Answers with the ids that it claimed
 * until then, or until nothing was left, and what that cost. Long-lived means that it has claimed
 * before: some tasks of a copy of the workspace, which counts for nothing.
 */
import { randomUUID } from 'node:crypto';
import { cpSync } from 'node:fs';
import { Desk } from '../../extension/coordinator/desk.ts';
import { findWorkspace } from '../../extension/coordinator/workspace.ts';
import { ownHolder } from '../../extension/platform/holder.ts';
import { ownPlace } from '../../extension/platform/processIdentity.ts';
import { openFileStore } from '../../extension/store/openStore.ts';
import { answer, beginTogether, cpuMsSince } from '../support/start.ts';

const [dir = '', agent = '', seconds = '0'] = process.argv.slice(2);
const caller = { agent, process: ownHolder(), place: ownPlace() };
const warmingClaims = 20;

async function openDesk(folder: string): Promise<Desk> {
  const paths = findWorkspace({ cwd: folder, explicit: folder, env: {} });
  const store = openFileStore({
    workspaceDir: paths.root,
    stateName: paths.stateName,
    writer: `bench ${process.pid}`,
    witnessPace: 'lazy',
    create: false,
  });
  const desk = new Desk(paths, store, process.env);
  await desk.refresh();
  desk.keepProjecting();
  await desk.joinRelay('bench');
  return desk;
}

/** The task, or null where none is left. */
async function claim(desk: Desk): Promise<unknown> {
  const id = randomUUID();
  const outcome = await desk.execute({ type: 'claimNext', id, by: agent, agent, caller });
  if (!outcome.ok) throw new Error(outcome.rejection.message);
  return outcome.task;
}

const copy = `${dir}-${agent}`;
cpSync(dir, copy, { recursive: true });
const earlier = await openDesk(copy);
for (let n = 0; n < warmingClaims; n++) await claim(earlier);
await earlier.close();

const desk = await openDesk(dir);
const claimed: unknown[] = [];
await beginTogether();
const before = process.cpuUsage();
const endsAtMs = performance.now() + Number(seconds) * 1_000;
while (performance.now() < endsAtMs) {
  const task = await claim(desk);
  if (task === null) break;
  claimed.push(task);
}
answer({ claimed, cpuMs: cpuMsSince(before) });
