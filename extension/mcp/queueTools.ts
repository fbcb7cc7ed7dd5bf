/**
 * What the tools about the queue as a whole do: its status, its log, and the paths that tasks touch.
 */
import type { CommandBody } from '../core/command.ts';
import type { LogRecord } from '../core/event.ts';
import { taskKey } from '../core/ids.ts';
import type { TaskId } from '../core/ids.ts';
import { laneStatus } from '../core/projections/activeTask.ts';
import { attentionCount } from '../core/projections/attention.ts';
import { isError } from '../core/projections/eventKinds.ts';
import { stats } from '../core/projections/stats.ts';
import { findTask, tasksOf, waitingCount } from '../core/queue.ts';
import { claimOf } from '../core/task.ts';
import type { ToolAnswer, ToolHandlers, ToolInput } from '../protocol/tools.ts';
import type { Session } from './session.ts';
import { change, idOf, Unfit } from './taskTools.ts';

const defaultLines = 20;
export type QueueTools = Pick<
  ToolHandlers,
  'queue_status' | 'audit_query' | 'paths_reserve' | 'paths_release'
>;

export function queueTools(session: Session): QueueTools {
  return {
    queue_status: async () => statusOf(session),
    audit_query: (input) => query(session, input),
    paths_reserve: (input) => setPaths(session, input, { add: input.paths, remove: [] }),
    paths_release: (input) => setPaths(session, input, { add: [], remove: input.paths ?? 'all' }),
  };
}

function statusOf(session: Session): ToolAnswer {
  const { desk, agent } = session;
  const { queue } = desk;
  const { byStatus } = stats(queue, desk.now());
  const { phase, owner, active } = laneStatus(queue);
  const working = [...tasksOf(queue, queue.held)].map((task) => ({
    id: task.id,
    title: task.content.title,
    agent: claimOf(task)?.agent ?? null,
    percent: claimOf(task)?.percent ?? null,
  }));
  return {
    ok: true,
    agent,
    held: session.held(),
    waiting: waitingCount(queue),
    attention: attentionCount(queue),
    by_status: byStatus,
    working,
    lane: { phase, owner, task: active?.task ?? null },
    paused: queue.paused.queue,
  };
}

async function query({ desk }: Session, input: ToolInput<'audit_query'>): Promise<ToolAnswer> {
  const { what = 'recent', limit = defaultLines } = input;
  const records = (await desk.history()).filter(testOf(what, input));
  if (what === 'stats') return { ok: true, ...countsOf(records) };
  const lines = desk.lineTexts(records.slice(-limit));
  return { ok: true, items: lines.map((line) => JSON.parse(line) as unknown) };
}

function testOf(
  what: NonNullable<ToolInput<'audit_query'>['what']>,
  { id, agent }: ToolInput<'audit_query'>,
): (record: LogRecord) => boolean {
  switch (what) {
    case 'recent':
    case 'stats':
      return () => true;
    case 'errors':
      return isError;
    case 'agent':
      if (agent === undefined) throw new Unfit('Which agent? Give `agent`.');
      return (record) => record.agent === agent;
    case 'task': {
      if (id === undefined) throw new Unfit('Which task? Give `id`.');
      const key = taskKey(idOf(id));
      return ({ task }) => task !== null && taskKey(task) === key;
    }
  }
}

function countsOf(records: readonly LogRecord[]) {
  const by_event: Record<string, number> = {};
  const by_agent: Record<string, number> = {};
  for (const { event, agent } of records) {
    by_event[event] = (by_event[event] ?? 0) + 1;
    if (agent !== null) by_agent[agent] = (by_agent[agent] ?? 0) + 1;
  }
  return { total: records.length, by_event, by_agent };
}

/** Changes what a held task says of the files that it touches. */
async function setPaths(
  session: Session,
  { id, token }: Pick<ToolInput<'paths_release'>, 'id' | 'token'>,
  paths: Pick<CommandBody<'reserve'>, 'add' | 'remove'>,
): Promise<ToolAnswer> {
  const { queue } = session.desk;
  const task = id === undefined ? onlyHeld(session) : idOf(id);
  const caller = session.caller(task, token);
  return change<'reserve'>(session, { type: 'reserve', task, ...paths, caller }, async () => ({
    paths: findTask(queue, task)?.content.paths ?? [],
  }));
}

function onlyHeld(session: Session): TaskId {
  const held = session.held();
  const [only] = held;
  if (only !== undefined && held.length === 1) return only.id;
  throw new Unfit(
    held.length === 0 ? 'You hold no task.' : 'You hold several tasks: say which one by `id`.',
  );
}
