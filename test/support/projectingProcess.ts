/**
 * A process that records changes and projects each of them, to run beside others and to be killed.
 *
 * Arguments: the workspace, and how many tasks to work; 0 works until it is killed, and `project`
 * only projects. Says `started` once it is at work, a dot for each change that it projected, and at
 * its end all warnings that it was given.
 * Ends with 1 where a projection did not show its own change.
 */
import { randomUUID } from 'node:crypto';
import { add, claim, complete } from './core.ts';
import { openDesk, readAudit, readLockDir, readQueueFile } from './projection.ts';

const [dir = '', count = '0'] = process.argv.slice(2);
const desk = await openDesk(dir);
const agent = `Agent-${process.pid}`;
const warnings: string[] = [];

async function step(request: Parameters<typeof desk.does>[0]) {
  const id = randomUUID();
  const outcome = await desk.does({ ...request, id });
  warnings.push(...(await desk.project()).warnings);
  process.stdout.write('.');
  const mine = desk.coordinator.queue.end;
  if (warnings.length > 0) return outcome;
  if (readQueueFile(desk.paths).generated.seq < mine)
    throw new Error(`No ${mine} in the queue file`);
  if (!readAudit(desk.paths).includes(id)) throw new Error(`No ${id} in the audit file`);
  return outcome;
}

process.stdout.write('started\n');
if (count === 'project') warnings.push(...(await desk.project()).warnings);
for (let n = 0; count === '0' || n < Number(count); n++) {
  const added = await step(add(`Task ${n} of ${process.pid}`));
  if (!added.ok || added.task === null) throw new Error('Nothing was added');
  await step(claim(added.task, agent));
  const lock = readLockDir(desk.paths, added.task);
  if (warnings.length === 0 && lock?.['owner'] !== agent) throw new Error('No lock of mine');
  await step(complete(added.task, { agent }));
}
process.stdout.write(`\n${JSON.stringify(warnings)}\n`);
