/** `signalbox audit query`: the trail, or a part of it. */
import type { OlderLine } from '../../coordinator/auditArchive.ts';
import { olderLines } from '../../coordinator/auditArchive.ts';
import type { LogRecord } from '../../core/event.ts';
import { taskKey } from '../../core/ids.ts';
import { isError } from '../../core/projections/eventKinds.ts';
import { auditStats, renderAuditStats } from '../render/auditStats.ts';
import { agentNameOf, taskIdOf } from '../invocation.ts';
import type { Invocation } from '../invocation.ts';
import type { Verb } from '../verb.ts';
import { exit, items, UsageError } from '../answer.ts';

const defaultRecent = 20;

/** What a query asks of a line, whoever wrote it. */
type Asked = Pick<LogRecord, 'event' | 'task' | 'agent' | 'data'> | OlderLine;

export const verb: Verb = {
  usage: 'audit query all|task ID|ai NAME|errors|recent [20]|stats',
  summary: 'Lines of the trail: all, of a task, of an agent, errors, the newest, or counts.',
  details: `Without --json it prints the JSONL lines as they are. Archives are searched too.
errors are FAILED, TIMEOUT, LEASE_EXPIRED, POISON_PILL and DEPENDENCY_BLOCKED, and notes of those.`,
  positionals: ['WHAT', 'WHICH?'],
  async run(invocation) {
    const test = testOf(invocation);
    const desk = await invocation.desk();
    const what = invocation.required('WHAT');
    const older = olderLines(desk.paths);
    const records = await desk.history();
    if (what === 'stats') {
      const stats = auditStats([...older, ...records]);
      return { exit: exit.done, json: { ok: true, ...stats }, text: renderAuditStats(stats) };
    }
    const count = what === 'recent' ? recentCount(invocation) : Infinity;
    const wanted = records.filter(test);
    const lines = desk.lineTexts(wanted.slice(Math.max(0, wanted.length - count)));
    const texts = [...older.filter(test).map(({ text }) => text), ...lines];
    const chosen = texts.slice(Math.max(0, texts.length - count));
    const list = invocation.json ? chosen.map((line) => JSON.parse(line) as unknown) : [];
    return { ...items(list, ''), data: chosen.join('\n') };
  },
};

function testOf(invocation: Invocation): (line: Asked) => boolean {
  const which = invocation.positional('WHICH');
  const what = invocation.required('WHAT');
  if (which !== undefined && ['all', 'errors', 'stats'].includes(what)) {
    throw new UsageError(`"${what}" takes nothing more, so "${which}" says nothing.`);
  }
  switch (what) {
    case 'all':
    case 'recent':
    case 'stats':
      return () => true;
    case 'errors':
      return isError;
    case 'task': {
      if (which === undefined) throw new UsageError('Which task? audit query task ID.');
      const key = taskKey(taskIdOf(which));
      return ({ task }) => task !== null && taskKey(task) === key;
    }
    case 'ai': {
      if (which === undefined) throw new UsageError('Which agent? audit query ai NAME.');
      const name = agentNameOf(which);
      return ({ agent }) => agent === name;
    }
    default:
      throw new UsageError(`"${what}" is none of all, task, ai, errors, recent, stats.`);
  }
}

function recentCount(invocation: Invocation): number {
  const text = invocation.positional('WHICH');
  if (text === undefined) return defaultRecent;
  if (!/^\d{1,7}$/.test(text)) throw new UsageError(`recent takes a number, not "${text}".`);
  return Number(text);
}
