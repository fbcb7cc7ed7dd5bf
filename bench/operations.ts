/**
 * The operations of the older system one by one: in a long-lived process, as a new process, and by
 * the plain scripts of `bench/shell`, with 100, 1,000 and 10,000 tasks.
 *
 *   --sizes 100,1000,10000
 *   --times 60        of each in the long-lived process
 *   --runs 5          of each new process, commands and scripts in turns; medians are compared
 *
 * `clean` is measured cold with nothing to clean, since both start alike from there.
 */
import type { Took } from './agents/operations.ts';
import {
  agentFile,
  cleanEnv,
  cli,
  inScratch,
  machineLine,
  newestNode,
  shellFile,
} from './support/machine.ts';
import {
  median,
  ms,
  numberOption,
  numbersOption,
  printTable,
  quantile,
} from './support/numbers.ts';
import { run } from './support/processes.ts';
import { makeShellWorkspace, makeWorkspace } from './support/queues.ts';

const sizes = numbersOption('sizes', [100, 1_000, 10_000]);
const times = numberOption('times', 60);
const runs = numberOption('runs', 5);

const node = newestNode();
const machine = machineLine();

/** A tenth of the older system's own table, in milliseconds, for the 99th percentile. */
const bars: Readonly<Record<string, number>> = {
  acquire: 1,
  release: 0.5,
  log: 0.5,
  dependencies: 2,
  assign: 10,
  'clean 10': 5,
};

interface Cold {
  readonly name: string;
  readonly command: readonly string[];
  readonly script: readonly string[];
}

/** What is done with `task` and the next one, each operation on what the ones before left. */
function coldOperations(task: number): readonly Cold[] {
  const [id, other] = [String(task), String(task + 1)];
  const agent = 'Copilot';
  return [
    { name: 'next', command: ['next', agent], script: ['next', agent] },
    { name: 'claim', command: ['claim', id, agent], script: ['claim', id, agent] },
    {
      name: 'complete',
      command: ['complete', id, '--agent', agent],
      script: ['complete', id, agent],
    },
    {
      name: 'dependencies',
      command: ['dependencies', String(task + 4)],
      script: ['dependencies', String(task + 4)],
    },
    { name: 'assign', command: ['assign', other], script: ['assign', other] },
    {
      name: 'acquire',
      command: ['lock', 'acquire', String(task + 2), agent],
      script: ['acquire', String(task + 2), agent],
    },
    {
      name: 'release',
      command: ['lock', 'release', String(task + 2), '--agent', agent],
      script: ['release', String(task + 2)],
    },
    {
      name: 'log',
      command: ['audit', 'log', 'NOTE', id, agent, 'measured'],
      script: ['log', 'NOTE', id, agent, 'measured'],
    },
    { name: 'clean', command: ['lock', 'clean'], script: ['clean'] },
  ];
}

const inside = [['tasks', 'operation', 'p50', 'p99', 'p99 of it sync', 'p99 without', 'bar']];
const cold = [['tasks', 'operation', 'empty', 'command', 'times', 'script', 'command / script']];

function measureInside(dir: string, size: number, env: NodeJS.ProcessEnv): void {
  const args = [agentFile('operations'), dir, String(size), String(times)];
  const { stdout } = run(node.path, args, { cwd: dir, env });
  for (const [name, { wholeMs, syncMs }] of Object.entries(
    JSON.parse(stdout) as Readonly<Record<string, Took>>,
  )) {
    const withoutSync = wholeMs.map((whole, n) => whole - (syncMs[n] ?? 0));
    inside.push([
      ...[String(size), name, ms(quantile(wholeMs, 0.5)), ms(quantile(wholeMs, 0.99))],
      ...[ms(quantile(syncMs, 0.99)), ms(quantile(withoutSync, 0.99)), ms(bars[name] ?? 0)],
    ]);
  }
}

function measureCold(dir: string, scripts: string, size: number, env: NodeJS.ProcessEnv): void {
  const emptyMs: number[] = [];
  const took = new Map<string, { readonly command: number[]; readonly script: number[] }>();
  for (let turn = 0; turn <= runs; turn++) {
    const empty = run(node.path, ['-e', '0'], { cwd: dir, env }).tookMs;
    if (turn > 0) emptyMs.push(empty);
    for (const { name, command, script } of coldOperations(1 + turn * 5)) {
      const commandMs = run(node.path, [cli, ...command], { cwd: dir, env }).tookMs;
      const words = [shellFile('queue.sh'), ...script];
      const scriptMs = run('bash', words, { cwd: scripts, env }).tookMs;
      // Once for nothing: files come into the caches, as they are for whoever calls often.
      if (turn === 0) continue;
      const series = took.get(name) ?? { command: [], script: [] };
      took.set(name, series);
      series.command.push(commandMs);
      series.script.push(scriptMs);
    }
  }
  const base = median(emptyMs);
  for (const [name, { command, script }] of took) {
    const [ours, theirs] = [median(command), median(script)];
    cold.push([
      ...[String(size), name, ms(base), ms(ours), (ours / base).toFixed(1)],
      ...[ms(theirs), (ours / theirs).toFixed(2)],
    ]);
  }
}

await inScratch(async (scratch) => {
  const env = cleanEnv(scratch);
  for (const size of sizes) {
    const shape = { size };
    measureInside(makeWorkspace(scratch, node, shape, env), size, env);
    const dir = makeWorkspace(scratch, node, shape, env);
    measureCold(dir, makeShellWorkspace(scratch, shape), size, env);
  }
  console.log(`${machine}; Node ${node.version}; ${times} times in one process\n`);
  printTable(inside);
  console.log(`\nMedians of ${runs} new processes\n`);
  printTable(cold);
});
