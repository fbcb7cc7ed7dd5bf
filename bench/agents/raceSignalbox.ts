/**
 * A long-lived agent of the race that claims through the file store, as the extension and the MCP
 * server do: each claim is durable before the next one is asked for.
 *
 * Arguments: the workspace, its name, and for how many seconds. Answers with the ids that it claimed
 * until then, or until nothing was left, and what that cost.
 */
import { randomUUID } from 'node:crypto';
import { Desk } from '../../extension/coordinator/desk.ts';
import { findWorkspace } from '../../extension/coordinator/workspace.ts';
import { ownHolder } from '../../extension/platform/holder.ts';
import { ownPlace } from '../../extension/platform/processIdentity.ts';
import { openFileStore } from '../../extension/store/openStore.ts';
import { answer, beginTogether, cpuMsSince } from '../support/start.ts';

const [dir = '', agent = '', seconds] = process.argv.slice(2);
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
desk.keepProjecting();
const caller = { agent, process: ownHolder(), place: ownPlace() };
const claimed: unknown[] = [];

await beginTogether();
const before = process.cpuUsage();
const endsAtMs = performance.now() + Number(seconds) * 1_000;
while (performance.now() < endsAtMs) {
  const id = randomUUID();
  const outcome = await desk.execute({ type: 'claimNext', id, by: agent, agent, caller });
  if (!outcome.ok) throw new Error(outcome.rejection.message);
  if (outcome.task === null) break;
  claimed.push(outcome.task);
}
answer({ claimed, cpuMs: cpuMsSince(before) });
