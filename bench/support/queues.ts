/**
 * Queues to measure with: as real ones are, with texts of some length, three priorities, some
 * dependencies.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cli, type Node } from './machine.ts';
import { run } from './processes.ts';

/** Agents with room for any number of tasks, since a race is about claims and not about work. */
const roomy = { capabilities: ['technical', 'any'], capacity: 1_000 };
const roomyAgents = { agents: { Agent: roomy, Copilot: roomy } };

export interface QueueShape {
  readonly size: number;
  /** Every fifth task waits for the one before it, unless none is to wait. */
  readonly withDependencies?: boolean;
}

/** The tasks of a queue file. */
export function taskList({ size, withDependencies = true }: QueueShape) {
  return Array.from({ length: size }, (_, n) => ({
    id: n + 1,
    title: `Task number ${n + 1} of the benchmark`,
    description: 'Some words about what is to be done, and how to see that it was. '.repeat(2),
    type: 'technical',
    priority: ['LOW', 'NORMAL', 'HIGH'][n % 3],
    status: 'pending',
    dependencies: withDependencies && n % 5 === 4 ? [n] : [],
  }));
}

/** A new workspace in `scratch` whose queue has those tasks. */
export function makeWorkspace(
  scratch: string,
  node: Node,
  shape: QueueShape,
  env: NodeJS.ProcessEnv,
): string {
  const cwd = mkdtempSync(path.join(scratch, `${shape.size}-`));
  writeFileSync(path.join(cwd, 'tasks.json'), JSON.stringify({ queue: taskList(shape) }));
  run(node.path, [cli, 'init'], { cwd, env });
  writeFileSync(path.join(cwd, 'AI/agents.json'), JSON.stringify(roomyAgents));
  run(node.path, [cli, 'import', 'tasks.json'], { cwd, env });
  return cwd;
}

/** The same queue as the older system kept it, for the scripts of `bench/shell`. */
export function makeShellWorkspace(scratch: string, shape: QueueShape): string {
  const cwd = mkdtempSync(path.join(scratch, `shell-${shape.size}-`));
  for (const folder of ['AI/locks', 'AI/audit'])
    mkdirSync(path.join(cwd, folder), { recursive: true });
  const queue = taskList(shape).map((task) => ({ ...task, assigned_to: null }));
  writeFileSync(path.join(cwd, 'TASK_QUEUE.json'), JSON.stringify({ queue }, null, 2));
  return cwd;
}
