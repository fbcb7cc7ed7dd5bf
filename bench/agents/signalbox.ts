/**
 * A long-lived agent of the race that claims through the file store, as the extension and the MCP
 * server do: each claim is durable before the next one is asked for.
 *
 * Arguments: the workspace and its name. Says `ready`, begins with the first byte that it is told,
 * and prints the ids that it claimed when nothing is left.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Desk } from '../../extension/coordinator/desk.ts';
import { findWorkspace } from '../../extension/coordinator/workspace.ts';
import { ownHolder } from '../../extension/platform/holder.ts';
import { ownPlace } from '../../extension/platform/processIdentity.ts';
import { openFileStore } from '../../extension/store/openStore.ts';

const [dir = '', agent = ''] = process.argv.slice(2);
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

process.stdout.write('ready\n');
await once(process.stdin, 'data');
for (;;) {
  const id = randomUUID();
  const outcome = await desk.execute({ type: 'claimNext', id, by: agent, agent, caller });
  if (!outcome.ok) throw new Error(outcome.rejection.message);
  if (outcome.task === null) break;
  claimed.push(outcome.task);
}
process.stdout.write(`${JSON.stringify(claimed)}\n`);
process.exit(0);
