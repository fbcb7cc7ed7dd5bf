/** `signalbox init`: makes a folder the workspace of a queue. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { QueueFileRead } from '../../coordinator/importQueueFile.ts';
import { readQueueFile } from '../../coordinator/importQueueFile.ts';
import type { OlderFailures } from '../../coordinator/olderSystem.ts';
import {
  archiveOlderAudit,
  readOlderFailures,
  withFailures,
  withLockOwners,
} from '../../coordinator/olderSystem.ts';
import type { ScriptLock } from '../../coordinator/projector/lockDirs.ts';
import { prepareWorkspace } from '../../coordinator/prepareWorkspace.ts';
import { SettingsFiles } from '../../coordinator/settingsFiles.ts';
import { chooseTracking } from '../../coordinator/trackChoice.ts';
import { findWorkspace, hasLog } from '../../coordinator/workspace.ts';
import type { WorkspacePaths } from '../../coordinator/workspace.ts';
import { formatTaskId } from '../../core/ids.ts';
import { importFile } from '../importFile.ts';
import { writeAgentsMd } from '../init/agentsMd.ts';
import { otherClients, writeMcpJson } from '../init/mcpJson.ts';
import type { Invocation } from '../invocation.ts';
import { writeScripts } from '../scripts/writeScripts.ts';
import type { Verb } from '../verb.ts';
import { done, refused } from '../answer.ts';

export const verb: Verb = {
  usage: 'init [--scripts] [--mcp] [--agents-md] [--track]',
  summary: 'Prepares the workspace: the log, its folders, what git is to ignore.',
  details: `Safe to repeat. A TASK_QUEUE.json that is there without a log is taken in.
Files that agents read are written on request only; what is there of others stays.`,
  options: {
    scripts: {
      type: 'boolean',
      help: 'Writes the shell scripts of the older system; differing ones are kept as *.old.',
    },
    mcp: { type: 'boolean', help: 'Adds the MCP server to .mcp.json.' },
    'agents-md': { type: 'boolean', help: 'Adds instructions for agents to AGENTS.md.' },
    track: {
      type: 'boolean',
      help: 'Lets TASK_QUEUE.json go into git, without what every claim changes.',
    },
  },
  async run(invocation) {
    const workspace = invocation.option('workspace');
    const paths = findWorkspace({ cwd: invocation.cwd, explicit: workspace, env: invocation.env });
    const isNew = !hasLog(paths);
    const wantsTrack = invocation.flag('track');
    prepareWorkspace(paths, { track: wantsTrack || new SettingsFiles(paths).current().track });
    const chosen = wantsTrack ? await chooseTracking(paths) : null;
    if (chosen?.ok === false) return refused('invalid-file', chosen.refusal);
    // Before the log is there, what lies in these places is the older system's.
    const failures = readOlderFailures(paths.failedTasks);
    const archived = isNew ? archiveOlderAudit(paths) : null;
    const desk = await invocation.desk({ create: true, takesIn: !isNew });
    const locks = isNew ? desk.scriptLocks().filter(({ isStale }) => !isStale) : [];
    const imported =
      isNew && desk.queue.end === 1 && existsSync(paths.queueFile)
        ? await importFile(desk, invocation, paths.queueFile, queueOf(paths, failures, locks))
        : null;
    if (imported !== null && !imported.ok) return imported.answer;
    const offered = writeOffered(invocation, paths);
    const lines = [
      isNew ? `The queue is ready in ${paths.state}` : `The queue was ready in ${paths.state}`,
      ...(paths.stateName === 'AI' ? [] : ['(AI is a folder of yours, so it is in .signalbox)']),
      ...(imported === null ? [] : [`Took in ${imported.count} tasks of TASK_QUEUE.json`]),
      ...(archived === null ? [] : [`Moved the older audit file to ${archived}`]),
      ...locks.map(
        ({ task, owner }) => `${formatTaskId(task)} stays with ${owner ?? 'the owner of its lock'}`,
      ),
      ...(chosen === null ? [] : ['TASK_QUEUE.json may go into git: it shows no claims']),
      ...(chosen?.keptAt == null
        ? []
        : [`Comments cannot be kept; config.json as it was is ${chosen.keptAt}`]),
      ...offered.lines,
      'Next: signalbox add "A first task"',
    ];
    const fields = {
      workspace: paths.root,
      state: paths.stateName,
      imported: imported?.count ?? 0,
      ...(chosen === null ? {} : { track: true }),
      ...offered.fields,
    };
    return done({ ...fields, log_id: desk.store.logId }, lines.join('\n'));
  },
};

/** The older queue, with the failures that were counted beside it, and who is at work. */
function queueOf(
  { queueFile }: WorkspacePaths,
  failures: OlderFailures,
  locks: readonly ScriptLock[],
): QueueFileRead {
  const read = readQueueFile(queueFile);
  return read.ok
    ? { ...read, tasks: withLockOwners(withFailures(read.tasks, failures), locks) }
    : read;
}

interface Offered {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

/** The files that help agents, as far as they are wanted. */
function writeOffered(invocation: Invocation, paths: WorkspacePaths): Offered {
  // This bundle lies in a folder beside the entry that people and scripts start.
  const cli = fileURLToPath(new URL('../cli.js', import.meta.url));
  const fields: Record<string, unknown> = {};
  const lines: string[] = [];
  if (invocation.flag('scripts')) {
    const { scripts, kept } = writeScripts(paths, cli);
    Object.assign(fields, { scripts, kept });
    lines.push(`Wrote ${scripts.length} scripts, such as ${scripts[0] ?? ''}`);
    lines.push(...kept.map((name) => `Kept what stood there as ${name}`));
  }
  if (invocation.flag('agents-md')) {
    fields['agents_md'] = writeAgentsMd(paths);
    lines.push('Wrote the instructions for agents into AGENTS.md');
  }
  if (invocation.flag('mcp')) {
    const entry = { command: 'node', args: [cli, 'mcp'] };
    fields['mcp_json'] = writeMcpJson(paths, entry);
    lines.push('The MCP server is in .mcp.json', otherClients(entry));
  }
  return { fields, lines };
}
