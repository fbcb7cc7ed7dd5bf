/** `signalbox audit rotate`: begins a new audit file. */
import path from 'node:path';
import type { Verb } from '../verb.ts';
import { done } from '../answer.ts';

export const verb: Verb = {
  usage: 'audit rotate',
  summary: 'Puts the audit file into the archive and begins a new one.',
  details: `Never happens by itself. Archives stand in AI/audit/archive, named by their positions; query, replay,
verify and export go on to cover them.`,
  async run(invocation) {
    const desk = await invocation.desk();
    const before = desk.queue.auditRotations;
    const seq = await desk.rotate({ id: invocation.commandId, by: invocation.agent }, 'audit');
    const first = (before.findLast((each) => each < seq) ?? 0) + 1;
    const file = path.join(desk.paths.auditArchive, `task_audit.${first}-${seq}.jsonl`);
    return done({ seq, file }, `Lines ${first} to ${seq} are in ${file}`);
  },
};
