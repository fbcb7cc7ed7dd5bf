/** `signalbox audit query`: the log, or a part of it. */
import type { LogRecord } from '../../core/event.ts';
import { taskKey } from '../../core/ids.ts';
import { renderAuditStats } from '../render/records.ts';
import { agentNameOf, taskIdOf } from '../invocation.ts';
import type { Invocation } from '../invocation.ts';
import type { Verb } from '../verb.ts';
import { exit, items, UsageError } from '../answer.ts';

const errorEvents = new Set([
  'FAILED',
  'TIMEOUT',
  'LEASE_EXPIRED',
  'POISON_PILL',
  'DEPENDENCY_BLOCKED',
]);
const defaultRecent = 20;

export const verb: Verb = {
  usage: 'audit query all|task ID|ai NAME|errors|recent [20]|stats',
  summary: 'Lines of the log: all, of a task, of an agent, errors, the newest, or counts.',
  details: 'Without --json it prints the JSONL lines as they are.',
  positionals: ['WHAT', 'WHICH?'],
  async run(invocation) {
    const test = testOf(invocation);
    const desk = await invocation.desk();
    const what = invocation.required('WHAT');
    const records = await desk.history();
    if (what === 'stats') {
      const { json, text } = renderAuditStats(records);
      return { exit: exit.done, json, text };
    }
    const count = what === 'recent' ? recentCount(invocation) : Infinity;
    const wanted = records.filter(test);
    const chosen = desk.lineTexts(wanted.slice(Math.max(0, wanted.length - count)));
    const list = invocation.json ? chosen.map((line) => JSON.parse(line) as unknown) : [];
    return { ...items(list, ''), data: chosen.join('\n') };
  },
};

function testOf(invocation: Invocation): (record: LogRecord) => boolean {
  const which = invocation.positional('WHICH');
  const what = invocation.required('WHAT');
  switch (what) {
    case 'all':
    case 'recent':
    case 'stats':
      return () => true;
    case 'errors':
      return ({ event }) => errorEvents.has(event);
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
