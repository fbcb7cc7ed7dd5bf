/** `signalbox init`: makes a folder the workspace of a queue. */
import { existsSync } from 'node:fs';
import { prepareWorkspace } from '../../coordinator/prepareWorkspace.ts';
import { findWorkspace, hasLog } from '../../coordinator/workspace.ts';
import { importFile } from '../importFile.ts';
import type { Verb } from '../verb.ts';
import { done } from '../answer.ts';

export const verb: Verb = {
  usage: 'init [--track]',
  summary: 'Prepares the workspace: the log, its folders, what git is to ignore.',
  details: `Safe to repeat. A TASK_QUEUE.json that is there without a log is taken in.`,
  options: { track: { type: 'boolean', help: 'Lets TASK_QUEUE.json go into git.' } },
  async run(invocation) {
    const workspace = invocation.option('workspace');
    const paths = findWorkspace({ cwd: invocation.cwd, explicit: workspace, env: invocation.env });
    const isNew = !hasLog(paths);
    prepareWorkspace(paths, { track: invocation.flag('track') });
    const desk = await invocation.desk({ create: true });
    const imported =
      isNew && existsSync(paths.queueFile)
        ? await importFile(desk, invocation, paths.queueFile)
        : null;
    if (imported !== null && !imported.ok) return imported.answer;
    const lines = [
      isNew ? `The queue is ready in ${paths.state}` : `The queue was ready in ${paths.state}`,
      ...(paths.stateName === 'AI' ? [] : ['(AI is a folder of yours, so it is in .signalbox)']),
      ...(imported === null ? [] : [`Took in ${imported.count} tasks of TASK_QUEUE.json`]),
      'Next: signalbox add "A first task"',
    ];
    const fields = {
      workspace: paths.root,
      state: paths.stateName,
      imported: imported?.count ?? 0,
    };
    return done({ ...fields, log_id: desk.store.logId }, lines.join('\n'));
  },
};
