/**
 * A long-lived agent process of a chaos run: claims, works, and ends what it holds in all the ways
 * there are, until every task of the queue has ended.
 *
 * Arguments: the workspace, its name, how many claims it holds at once, and the file that it notes
 * in what it was told. Knows nothing of what its parent does to it.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { Desk } from '../../extension/coordinator/desk.ts';
import { findWorkspace } from '../../extension/coordinator/workspace.ts';
import type { Caller, CommandBody } from '../../extension/core/command.ts';
import type { Position, TaskId } from '../../extension/core/ids.ts';
import { isEnded } from '../../extension/core/task.ts';
import { ownHolder } from '../../extension/platform/holder.ts';
import { ownPlace } from '../../extension/platform/processIdentity.ts';
import { openFileStore } from '../../extension/store/openStore.ts';
import type { ChaosNote } from './chaosNotes.ts';

const [dir = '', agent = '', most = '1', notes = ''] = process.argv.slice(2);
/** How long a piece of work takes at most. */
const workMs = 30;

interface Held {
  readonly task: TaskId;
  readonly token: Position;
}

const paths = findWorkspace({ cwd: dir, explicit: dir, env: {} });
const store = openFileStore({
  workspaceDir: paths.root,
  stateName: paths.stateName,
  writer: `chaos ${process.pid}`,
  create: false,
});
const desk = new Desk(paths, store, process.env);
desk.keepProjecting();
await desk.joinRelay('test');
const held: Held[] = [];

function note(what: ChaosNote['what'], { task, token }: Held): void {
  appendFileSync(notes, `${JSON.stringify({ what, task, token, agent })}\n`);
}

function caller(token?: Position): Caller {
  return { agent, token, process: ownHolder(), place: ownPlace() };
}

function asks(body: CommandBody) {
  return desk.execute({ ...body, id: randomUUID(), by: agent });
}

async function claimOne(): Promise<boolean> {
  const outcome = await asks({ type: 'claimNext', agent, caller: caller() });
  if (!outcome.ok) throw new Error(outcome.rejection.message);
  const claimed = outcome.records.find(({ event }) => event === 'CLAIMED');
  if (claimed === undefined || claimed.task === null) return false;
  const mine = { task: claimed.task, token: claimed.seq };
  held.push(mine);
  note('claimed', mine);
  return true;
}

/** Ends one attempt by chance; to be too late for it is no error, and noted. */
async function endOne(): Promise<void> {
  const [mine] = held.splice(Math.floor(Math.random() * held.length), 1);
  if (mine === undefined) return;
  const { task, token } = mine;
  const chance = Math.random();
  const as = caller(token);
  const outcome = await (chance < 0.1
    ? asks({ type: 'fail', task, errorClass: 'CHAOS', message: 'By chance', caller: as })
    : chance < 0.15
      ? asks({ type: 'release', task, reason: 'By chance', forced: false, caller: as })
      : asks({ type: 'complete', task, result: agent, caller: as }));
  if (!outcome.ok) note('refused', mine);
  else note(chance < 0.15 ? 'gaveBack' : 'completed', mine);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

process.stdout.write('started\n');
for (;;) {
  await desk.refresh();
  await desk.sweep();
  const { tasks } = desk.queue;
  if (held.length === 0 && [...tasks.values()].every(isEnded)) break;
  const found = held.length < Number(most) && (await claimOne());
  await pause(Math.random() * workMs);
  if (!found || held.length >= Number(most)) await endOne();
  if (!found && held.length === 0) await pause(100);
}
const warnings = await desk.close();
if (warnings.length > 0) process.stdout.write(`${warnings.join('\n')}\n`);
