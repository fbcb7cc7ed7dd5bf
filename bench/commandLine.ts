/**
 * What one short command costs: `next` and `claim` as new processes, beside an empty process of the
 * same Node, with 100, 1,000 and 10,000 tasks in the queue.
 *
 *   --runs 7     of each, at most 19
 *
 * Subject and baseline take turns, so that whatever else the machine does hits both alike; medians
 * are compared.
 */
import { cleanEnv, cli, inScratch, machineLine, nodes } from './support/machine.ts';
import type { Node } from './support/machine.ts';
import { median, ms, numberOption, printTable } from './support/numbers.ts';
import { run } from './support/processes.ts';
import { makeWorkspace } from './support/queues.ts';

const sizes = [100, 1_000, 10_000];
const runs = numberOption('runs', 7);
if (1 + runs * 5 > 100) throw new Error('--runs takes a number from 1 to 19.');
const machine = machineLine();

/** Medians of the empty process and both commands, taken in turns. */
function measure(scratch: string, node: Node, size: number) {
  const env = cleanEnv(scratch);
  const cwd = makeWorkspace(scratch, node, { size }, env);
  const time = (args: readonly string[]) => run(node.path, args, { cwd, env }).tookMs;
  const empty: number[] = [];
  const next: number[] = [];
  const claim: number[] = [];
  // Once for nothing: files come into the caches, as they are for whoever calls often.
  for (let turn = -1; turn < runs; turn++) {
    // Every fifth task waits for the one before it and cannot be claimed.
    const task = String(1 + (turn + 1) * 5);
    const once = {
      empty: time(['-e', '0']),
      next: time([cli, 'next', 'Copilot']),
      claim: time([cli, 'claim', task, 'Copilot']),
    };
    if (turn < 0) continue;
    empty.push(once.empty);
    next.push(once.next);
    claim.push(once.claim);
  }
  return { empty: median(empty), next: median(next), claim: median(claim) };
}

await inScratch(async (scratch) => {
  const rows = [['Node', 'tasks', 'empty', '`next`', 'times', '`claim`', 'times']];
  for (const node of nodes()) {
    for (const size of sizes) {
      const { empty, next, claim } = measure(scratch, node, size);
      const times = (value: number) => (value / empty).toFixed(2);
      rows.push([
        ...[node.version, String(size), ms(empty)],
        ...[ms(next), times(next), ms(claim), times(claim)],
      ]);
    }
  }
  console.log(`${machine}; medians of ${runs} runs\n`);
  printTable(rows);
});
