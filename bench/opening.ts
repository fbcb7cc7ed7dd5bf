/**
 * What it takes to open a long log: time and memory of a new process that opens it by snapshot and
 * tail, of one that replays it whole, and of a cold `next`, each beside an empty process of the same
 * Node; and for how long the extension host's loop is blocked while its worker opens it.
 *
 *   --tasks 10000
 *   --events 100000   of which the first ones add the tasks
 *   --runs 5          of each, in turns; medians are compared
 */
import { randomUUID } from 'node:crypto';
import { Desk } from '../extension/coordinator/desk.ts';
import { findWorkspace } from '../extension/coordinator/workspace.ts';
import type { QueueEvent } from '../extension/core/event.ts';
import type { TaskId } from '../extension/core/ids.ts';
import { position } from '../extension/core/ids.ts';
import { openFileStore } from '../extension/store/openStore.ts';
import type { Node } from './support/machine.ts';
import {
  agentFile,
  cleanEnv,
  cli,
  editorWorker,
  inScratch,
  machineLine,
  nodes,
  supervisor,
} from './support/machine.ts';
import { count, median, ms, numberOption, printTable } from './support/numbers.ts';
import { run } from './support/processes.ts';
import { makeWorkspace } from './support/queues.ts';

const tasks = numberOption('tasks', 10_000);
const events = numberOption('events', 100_000);
const runs = numberOption('runs', 5);
const machine = machineLine();

/** Tasks of one command: its lines are written and synced at once. */
const groupSize = 100;

/** Claims, reports and releases tasks in turn, until the log has that many events. */
async function lengthen(dir: string): Promise<void> {
  const paths = findWorkspace({ cwd: dir, explicit: dir, env: {} });
  const store = openFileStore({ workspaceDir: dir, writer: 'bench', create: false });
  const desk = new Desk(paths, store, process.env);
  await desk.refresh();
  for (let first = 0; desk.queue.end + 3 * groupSize < events; first += groupSize) {
    const { end } = desk.queue;
    const group = Array.from({ length: groupSize }, (_, n) =>
      attempt((((first + n) % tasks) + 1) as TaskId, end + 3 * n + 1),
    ).flat();
    await store.append({ commandId: randomUUID(), at: store.now(), events: group }, end);
    // An ordinary command, since with one of those the log goes on in a new segment.
    const message = 'Another hundred';
    const id = randomUUID();
    await desk.execute({ type: 'note', id, by: 'bench', task: null, message });
  }
  await desk.close();
}

function attempt(task: TaskId, seq: number): readonly QueueEvent[] {
  const about = { task, agent: 'Copilot' };
  const token = position(seq);
  return [
    {
      event: 'CLAIMED',
      ...about,
      message: 'Claimed by Copilot',
      status: 'in_progress',
      data: { attempt: 1, holder: null },
    },
    {
      event: 'PROGRESS',
      ...about,
      message: 'Half of it is done',
      status: 'in_progress',
      data: { token, percent: 50 },
    },
    { event: 'RELEASED', ...about, message: 'Given back', status: 'pending', data: { token } },
  ];
}

interface Opened {
  readonly tookMs: number;
  readonly mebibytes: number;
}

interface Blocked {
  readonly longestMs: number;
}

function measure(node: Node, cwd: string, env: NodeJS.ProcessEnv): readonly string[] {
  const emptyMs: number[] = [];
  const found = { opening: new Series(), replay: new Series() };
  const nextMs: number[] = [];
  const idleBlocks: number[] = [];
  const blocks: number[] = [];
  const workerOptions = JSON.stringify({
    workspaceDir: cwd,
    supervisorPath: supervisor,
    by: 'human:bench',
    env,
    agents: {},
  });
  for (let turn = -1; turn < runs; turn++) {
    const start = (...args: readonly string[]) => run(node.path, args, { cwd, env });
    const empty = start('-e', '0');
    const opening = start(agentFile('opening'), cwd, 'opening');
    const replay = start(agentFile('opening'), cwd, 'replay');
    const next = start(cli, 'next', 'Copilot');
    const idle = start(agentFile('host'));
    const host = start(agentFile('host'), editorWorker, workerOptions);
    // Once for nothing: files come into the caches, as they are for whoever calls often.
    if (turn < 0) continue;
    emptyMs.push(empty.tookMs);
    found.opening.add(opening.tookMs, JSON.parse(opening.stdout) as Opened);
    found.replay.add(replay.tookMs, JSON.parse(replay.stdout) as Opened);
    nextMs.push(next.tookMs);
    idleBlocks.push((JSON.parse(idle.stdout) as Blocked).longestMs);
    blocks.push((JSON.parse(host.stdout) as Blocked).longestMs);
  }
  const base = median(emptyMs);
  const { opening, replay } = found;
  return [
    ...[node.version, ms(base)],
    ...[ms(median(opening.wholeMs) - base), `${median(opening.mebibytes).toFixed(0)} MiB`],
    ...[ms(median(replay.insideMs)), `${median(replay.mebibytes).toFixed(0)} MiB`],
    ...[ms(median(nextMs)), (median(nextMs) / base).toFixed(1)],
    ...[ms(median(blocks)), ms(median(idleBlocks))],
  ];
}

class Series {
  readonly wholeMs: number[] = [];
  readonly insideMs: number[] = [];
  readonly mebibytes: number[] = [];

  add(wholeMs: number, { tookMs, mebibytes }: Opened): void {
    this.wholeMs.push(wholeMs);
    this.insideMs.push(tookMs);
    this.mebibytes.push(mebibytes);
  }
}

await inScratch(async (scratch) => {
  const env = cleanEnv(scratch);
  const [first] = nodes();
  if (first === undefined) throw new Error('There is always the Node that runs this');
  const dir = makeWorkspace(scratch, first, { size: tasks }, env);
  await lengthen(dir);
  const rows = [
    [
      ...['Node', 'empty', 'opening, above it', 'memory', 'replay', 'memory'],
      ...['`next`', 'times empty', 'longest block', 'without worker'],
    ],
    ...nodes().map((node) => [...measure(node, dir, env)]),
  ];
  console.log(
    `${machine}; ${count(events)} events over ${count(tasks)} tasks; medians of ${runs} runs\n`,
  );
  printTable(rows);
});
