/**
 * A process that opens the log of a workspace and ends; answers with what that took and held.
 *
 * Arguments: the workspace, and `opening` (by the newest snapshot and what follows it) or `replay`
 * (every event from the first on).
 */
import { Desk } from '../../extension/coordinator/desk.ts';
import { findWorkspace } from '../../extension/coordinator/workspace.ts';
import { evolve } from '../../extension/core/evolve.ts';
import { position } from '../../extension/core/ids.ts';
import { newQueue } from '../../extension/core/queue.ts';
import { openFileStore } from '../../extension/store/openStore.ts';
import { answer } from '../support/start.ts';

const [dir = '', how = 'opening'] = process.argv.slice(2);
const paths = findWorkspace({ cwd: dir, explicit: dir, env: {} });
const startedAt = performance.now();
const store = openFileStore({
  workspaceDir: paths.root,
  stateName: paths.stateName,
  writer: `bench ${process.pid}`,
  create: false,
});
let tasks: number;
if (how === 'replay') {
  const queue = newQueue();
  for (const record of await store.read(position(0))) evolve(queue, record);
  tasks = queue.tasks.size;
} else {
  const desk = new Desk(paths, store, process.env);
  await desk.refresh();
  tasks = desk.queue.tasks.size;
}
const tookMs = performance.now() - startedAt;
answer({ tasks, tookMs, mebibytes: process.resourceUsage().maxRSS / 1024 });
