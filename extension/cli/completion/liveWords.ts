/**
 * Task ids and agent names for the shell to offer, read from the files that show the queue.
 *
 * Opens no log and writes nothing: whoever presses Tab waits. What cannot be read offers nothing.
 */
import { readFileSync } from 'node:fs';
import { parseAgentName, parseTaskId } from '../../core/ids.ts';
import { findWorkspace } from '../../coordinator/workspace.ts';
import { parseSettings } from '../../protocol/settings.ts';
import { plain } from '../render/text.ts';

/** The newest that fit; nobody picks one of thousands from a list. */
const mostTasks = 500;
const mostTitleChars = 60;

interface TaskWords {
  readonly id?: unknown;
  readonly title?: unknown;
  readonly status?: unknown;
  readonly assigned_to?: unknown;
}

/** `words`: `tasks` or `agents`, then statuses with commas (or `any`), then `--workspace DIR`. */
export function liveWords(words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): string {
  const [what = '', which = 'any', , explicit] = words;
  try {
    const workspace = explicit || env['SIGNALBOX_WORKSPACE'] || undefined;
    const paths = findWorkspace({ cwd, explicit: workspace, env });
    const tasks = tasksOf(paths.queueFile);
    const lines = what === 'tasks' ? taskLines(tasks, which) : agentLines(tasks, paths.agents);
    return lines.map((line) => `${line}\n`).join('');
  } catch {
    // No workspace here: the shell offers nothing.
    return '';
  }
}

function tasksOf(file: string): readonly TaskWords[] {
  const { queue } = JSON.parse(readFileSync(file, 'utf8')) as { readonly queue?: unknown };
  return Array.isArray(queue) ? (queue as readonly TaskWords[]) : [];
}

/** `7<tab>Its title`, the newest first. */
function taskLines(tasks: readonly TaskWords[], which: string): readonly string[] {
  const statuses = which.split(',');
  return tasks
    .filter(({ status }) => which === 'any' || statuses.includes(String(status)))
    .slice(-mostTasks)
    .reverse()
    .flatMap(({ id, title }) => {
      const known = parseTaskId(id);
      const shown = typeof title === 'string' ? plain(title).slice(0, mostTitleChars) : '';
      return known === undefined ? [] : [`${known}\t${shown}`];
    });
}

function agentLines(tasks: readonly TaskWords[], agentsFile: string): readonly string[] {
  const { rules } = parseSettings({ 'agents.json': textOf(agentsFile) });
  const holders = tasks.flatMap(({ assigned_to }) => parseAgentName(assigned_to) ?? []);
  return [...new Set([...rules.agents.keys(), ...holders])];
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
