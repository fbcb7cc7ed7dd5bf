/**
 * Makes a fresh copy of the examples ready to be worked: a queue, its tasks, and the approvals that
 * a person gives by starting them.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { tasksOf } from '../extension/core/queue.ts';
import { openDesk } from '../extension/cli/openDesk.ts';
import { homeFolder } from '../extension/coordinator/approvals.ts';
import { parseQueueFile } from '../extension/protocol/queueFileInput.ts';

/** Copies `examples` to `folder`, without anything that an earlier run left in it. */
export function copyExamples(examples: string, folder: string): void {
  cpSync(examples, folder, { recursive: true });
}

/**
 * Takes the tasks of `queue.json` in and approves their programs, for this copy only.
 *
 * @param env where `SIGNALBOX_HOME` says the approvals are kept
 */
export async function approveExamples(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const file = path.join(folder, 'queue.json');
  const parsed = parseQueueFile(readFileSync(file, 'utf8'));
  if (!parsed.ok) throw new Error(`${file} is no queue file`);
  configureStoryteller(env);
  const desk = await openDesk({ cwd: folder, env, workspace: folder, create: true });
  const { tasks } = parsed;
  const command = { type: 'import', id: randomUUID(), by: 'human:example', tasks } as const;
  const outcome = await desk.execute(command);
  if (!outcome.ok) throw new Error(outcome.rejection.message);
  for (const task of tasksOf(desk.queue, desk.queue.open)) desk.approvals.approve(task, 'person');
  await desk.close();
}

/** Says on this machine's side how the examples' agent is started: a workspace may not. */
export function configureStoryteller(env: NodeJS.ProcessEnv): void {
  const home = homeFolder(env);
  // npm runs its scripts in the checkout, wherever the bundle of this file lies.
  const agent = path.resolve('dist/example-agent.js');
  if (!existsSync(agent)) throw new Error(`${agent} is missing; run this from the checkout, built`);
  const pace = env['EXAMPLE_PACE_MS'];
  const Storyteller = {
    command: process.execPath,
    args: [agent],
    env: pace === undefined ? {} : { EXAMPLE_PACE_MS: pace },
  };
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const text = `${JSON.stringify({ agents: { Storyteller } }, null, 2)}\n`;
  writeFileSync(path.join(home, 'agents.json'), text, { mode: 0o600 });
}
