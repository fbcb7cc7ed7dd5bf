/**
 * Who runs what a person adds: asked at the first time, kept as a setting of this machine.
 *
 * Finds agents by a look at the PATH and starts none of them.
 */
import * as vscode from 'vscode';
import { homeFolder } from '../coordinator/approvals.ts';
import { listAgentCommands, parseAgents } from '../runner/agentCommands.ts';
import type { AgentCommand } from '../runner/agentPresets.ts';
import type { AgentCommandSetting } from './worker/contract.ts';
import { forLabel } from './text.ts';

/** `shell`: each task has a command line of its own. `outside`: agents claim it. Else `acp:NAME`. */
export type WhoRuns = 'shell' | 'outside' | `acp:${string}`;

const setting = 'lane.defaultProgram';

/** What was answered before, or undefined. */
export function whoRuns(): WhoRuns | undefined {
  const value = configuration().get<string>(setting, '');
  const isKnown = value === 'shell' || value === 'outside' || /^acp:[\w.-]{1,64}$/.test(value);
  return isKnown ? (value as WhoRuns) : undefined;
}

/** Asks, and keeps the answer; undefined where the person went away. */
export async function askWhoRuns(log: vscode.LogOutputChannel): Promise<WhoRuns | undefined> {
  const { t } = vscode.l10n;
  const agents = foundAgents(log);
  const picked = await vscode.window.showQuickPick(
    [
      ...agents.map((agent) => ({
        label: `$(sparkle) ${forLabel(agent.name)}`,
        description: forLabel(agent.argv[0] ?? ''),
        value: `acp:${agent.name}` as const,
      })),
      {
        label: `$(terminal) ${t('Shell command')}`,
        description: t('Each task has a command line of its own'),
        value: 'shell' as const,
      },
      {
        label: `$(person) ${t('An agent outside the editor')}`,
        description: t('It claims the task with the signalbox command'),
        value: 'outside' as const,
      },
    ],
    {
      title: t('Who runs the tasks that you add?'),
      placeHolder: t('Kept for this machine; "Choose Who Runs Tasks" changes it'),
      ignoreFocusOut: true,
    },
  );
  if (picked === undefined) return undefined;
  await configuration().update(setting, picked.value, vscode.ConfigurationTarget.Global);
  return picked.value;
}

/** Command lines of agents from the person's settings, for the worker. */
export function configuredAgents(
  log: vscode.LogOutputChannel,
): Readonly<Record<string, AgentCommandSetting>> {
  return Object.fromEntries(
    readAgents(log).map(({ name, argv: [command = '', ...args], env = {} }) => [
      name,
      { command, args, env },
    ]),
  );
}

function foundAgents(log: vscode.LogOutputChannel): readonly AgentCommand[] {
  const { env } = process;
  try {
    return listAgentCommands({ home: homeFolder(env), env, configured: readAgents(log) });
  } catch (error) {
    log.warn(String(error));
    return readAgents(log);
  }
}

function readAgents(log: vscode.LogOutputChannel): readonly AgentCommand[] {
  try {
    return parseAgents(configuration().get<unknown>('agents', {}), 'The setting signalbox.agents');
  } catch (error) {
    log.warn(String(error));
    return [];
  }
}

function configuration(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration('signalbox');
}
