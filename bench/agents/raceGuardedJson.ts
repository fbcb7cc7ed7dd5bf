/**
 * An agent of the race that claims from a JSON file behind `proper-lockfile`.
 *
 * Arguments: the workspace, its name, and for how many seconds. Answers with the ids that it claimed
 * until then, or until nothing was left, and what that cost.
 */
import path from 'node:path';
import { changeGuarded } from '../support/guardedJson.ts';
import { answer, beginTogether, cpuMsSince } from '../support/start.ts';

interface QueueFile {
  readonly queue: { id: number; status: string; assigned_to: string | null }[];
}

const [dir = '', agent = '', seconds] = process.argv.slice(2);
const file = path.join(dir, 'TASK_QUEUE.json');
const claimed: number[] = [];

await beginTogether();
const before = process.cpuUsage();
const endsAtMs = performance.now() + Number(seconds) * 1_000;
while (performance.now() < endsAtMs) {
  const id = await changeGuarded(file, (state) => {
    const { queue } = state as QueueFile;
    const task = queue.find(({ status }) => status === 'pending');
    if (task === undefined) return undefined;
    task.status = 'in_progress';
    task.assigned_to = agent;
    return task.id;
  });
  if (id === undefined) break;
  claimed.push(id);
}
answer({ claimed, cpuMs: cpuMsSince(before) });
