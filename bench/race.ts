/**
 * Many agents, one queue: claims a second, and claims of a task that was another agent's already.
 *
 *   --agents 50      how many at once
 *   --tasks 1000     in the queue
 *   --seconds 15     after which each stops, where the tasks last that long
 *   --only NAME      one of long-lived, commands, guarded, scripts
 *   --profile DIR    writes CPU profiles of the long-lived workers there
 *
 * Subjects are long-lived workers of the product, and its command line as a new process for each
 * claim; baselines a JSON file behind `proper-lockfile`, and the plain scripts of `bench/shell`,
 * whose agents also complete each task, since that is when their updates get lost.
 */
import {
  agentFile,
  cleanEnv,
  cli,
  inScratch,
  machineLine,
  newestNode,
  shellFile,
} from './support/machine.ts';
import { count, ms, numberOption, option, printTable } from './support/numbers.ts';
import { runTogether } from './support/processes.ts';
import { makeShellWorkspace, makeWorkspace } from './support/queues.ts';

const agents = numberOption('agents', 50);
const tasks = numberOption('tasks', 1_000);
const seconds = numberOption('seconds', 15);
const only = option('only');
const profile = option('profile');

const node = newestNode();
const shape = { size: tasks, withDependencies: false };
const machine = machineLine();

interface Answer {
  /** Ids of the tasks. */
  readonly claimed: readonly number[];
  /** What the process used for them; unknown where it started others for each. */
  readonly cpuMs?: number;
}

interface Racer {
  readonly name: string;
  readonly title: string;
  readonly make: (scratch: string, env: NodeJS.ProcessEnv) => string;
  readonly start: (dir: string, agent: string) => readonly string[];
}

const inProduct = (scratch: string, env: NodeJS.ProcessEnv) =>
  makeWorkspace(scratch, node, shape, env);
const inFiles = (scratch: string) => makeShellWorkspace(scratch, shape);

const racers: readonly Racer[] = [
  {
    name: 'long-lived',
    title: 'Signalbox, long-lived workers',
    make: inProduct,
    start: (dir, agent) => [
      ...[node.path, ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`])],
      ...[agentFile('raceSignalbox'), dir, agent, String(seconds)],
    ],
  },
  {
    name: 'guarded',
    title: '`proper-lockfile`, long-lived workers',
    make: inFiles,
    start: (dir, agent) => [node.path, agentFile('raceGuardedJson'), dir, agent, String(seconds)],
  },
  {
    name: 'commands',
    title: 'Signalbox, a new process each',
    make: inProduct,
    start: (_, agent) => [
      ...['bash', shellFile('raceAgent.sh'), 'commands', node.path, cli],
      ...[agent, String(seconds)],
    ],
  },
  {
    name: 'scripts',
    title: 'plain scripts (mkdir, jq)',
    make: inFiles,
    start: (_, agent) => [
      ...['bash', shellFile('raceAgent.sh'), 'scripts', shellFile('queue.sh')],
      ...[agent, String(seconds)],
    ],
  },
];

await inScratch(async (scratch) => {
  const env = cleanEnv(scratch);
  const rows = [['', 'claims', 'took', 'claims a second', 'CPU each', 'double claims']];
  for (const racer of racers) {
    if (only !== undefined && only !== racer.name) continue;
    const dir = racer.make(scratch, env);
    const starts = Array.from({ length: agents }, (_, n) => racer.start(dir, `Agent-${n + 1}`));
    const { tookMs, results } = await runTogether<Answer>(starts, { cwd: dir, env });
    const ids = results.flatMap(({ claimed }) => claimed);
    const cpuMs = results.reduce((sum, { cpuMs: own = Number.NaN }) => sum + own, 0);
    rows.push([
      racer.title,
      count(ids.length),
      `${(tookMs / 1_000).toFixed(1)} s`,
      count((ids.length / tookMs) * 1_000),
      ms(cpuMs / ids.length),
      count(ids.length - new Set(ids).size),
    ]);
  }
  console.log(`${machine}; Node ${node.version}; ${agents} agents over ${count(tasks)} tasks\n`);
  printTable(rows);
});
