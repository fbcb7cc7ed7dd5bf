/**
 * What the tools about single tasks do. Rules are the core's; these only ask and shape the answer.
 */
import { authorize } from '../core/authorize.ts';
import type { CommandBody, CommandType } from '../core/command.ts';
import type { Instant, TaskId } from '../core/ids.ts';
import { formatTaskId, instant, parseAgentName, parseTaskId, taskKey } from '../core/ids.ts';
import { pickNext, waitingInOrder, waitReason } from '../core/pick.ts';
import { checkProgram } from '../core/programSpec.ts';
import { explainNext, explainNone } from '../core/projections/explain.ts';
import { becameAvailable, describeTask, findTask, tasksOf } from '../core/queue.ts';
import type { Queue } from '../core/queue.ts';
import { isCapable } from '../core/rules.ts';
import type { Task, TaskContent } from '../core/task.ts';
import { claimOf, isLaneTask } from '../core/task.ts';
import { secretWarnings } from '../coordinator/recordable.ts';
import { otherAgentFor } from '../coordinator/retryDue.ts';
import { stopLane } from '../coordinator/stopLane.ts';
import type { ToolAnswer, ToolHandlers, ToolInput } from '../protocol/tools.ts';
import type { Session } from './session.ts';

const defaultListed = 50;
const shownHistory = 20;

export type TaskTools = Pick<
  ToolHandlers,
  Exclude<keyof ToolHandlers, 'queue_status' | 'audit_query' | 'paths_reserve' | 'paths_release'>
>;

export function taskTools(session: Session): TaskTools {
  const { desk } = session;
  return {
    task_add: (input) => addTask(session, input),
    task_list: async (input) => listTasks(session, input),
    task_get: ({ id }) => showTask(session, idOf(id)),
    task_next: (input) => nextTask(session, input),
    async task_claim({ id, token }) {
      const task = idOf(id);
      const { agent } = session;
      const caller = session.caller(task, token);
      await desk.sweep(task);
      return change<'claim'>(session, { type: 'claim', task, agent, caller }, () =>
        claimed(session, task),
      );
    },
    async task_heartbeat({ id, token }) {
      const task = findTask(desk.queue, idOf(id));
      if (task === undefined) return unknown(idOf(id));
      const claim = claimOf(task);
      if (claim === null) {
        const message = `Nobody holds ${describeTask(task)}; its lease is over.`;
        return { ok: false, reason: 'stale-token', message };
      }
      const rejection = authorize(task, claim, session.caller(task.id, token));
      if (rejection !== null) return { ok: false, ...rejection };
      await desk.beat(task.id, claim.token);
      const lease_expires = isoTime(desk.leaseEnd(claim));
      return { ok: true, id: task.id, token: claim.token, lease_expires };
    },
    async task_progress({ id, percent, message = '', token }) {
      const task = idOf(id);
      const caller = session.caller(task, token);
      return change<'progress'>(session, { type: 'progress', task, percent, message, caller });
    },
    async task_checkpoint({ id, data, token }) {
      const task = idOf(id);
      const caller = session.caller(task, token);
      const checkpoint = data ?? null;
      return change<'checkpoint'>(session, { type: 'checkpoint', task, checkpoint, caller });
    },
    async task_complete({ id, result = null, token }) {
      const task = idOf(id);
      const caller = session.caller(task, token);
      return change<'complete'>(session, { type: 'complete', task, result, caller }, () =>
        completed(session, task),
      );
    },
    async task_fail({ id, error_class: errorClass, message, token }) {
      const task = idOf(id);
      const caller = session.caller(task, token);
      return change<'fail'>(session, { type: 'fail', task, errorClass, message, caller }, () =>
        failed(session, task),
      );
    },
    async task_release({ id, reason = '', token }) {
      const task = idOf(id);
      const caller = session.caller(task, token);
      const body = { type: 'release', task, reason, forced: false, caller } as const;
      return change<'release'>(session, body, async () => {
        session.forget(task);
        return {};
      });
    },
    task_cancel: (input) => cancelTask(session, input),
    task_retry: ({ id, agent }) => retryTask(session, idOf(id), agent),
  };
}

/** An id that cannot be one: the words of a refusal, thrown to the one place that answers. */
export class Unfit extends Error {
  readonly reason = 'invalid-value';
}

export function idOf(value: number | string): TaskId {
  const id = parseTaskId(value);
  if (id !== undefined) return id;
  throw new Unfit(`${JSON.stringify(value)} is no task id.`);
}

/** Executes a command; `answer` adds what the holder wants to know to an answer of yes. */
export async function change<Type extends CommandType>(
  session: Session,
  body: CommandBody<Type>,
  answer: () => Promise<Readonly<Record<string, unknown>>> = async () => ({}),
): Promise<ToolAnswer> {
  const outcome = await session.desk.execute(session.command<Type>(body));
  if (!outcome.ok) return { ok: false, ...outcome.rejection };
  const seq = outcome.records.at(-1)?.seq ?? null;
  return {
    ok: true,
    ...(outcome.task === null ? {} : { id: outcome.task }),
    seq,
    ...(await answer()),
  };
}

function unknown(id: TaskId): ToolAnswer {
  return { ok: false, reason: 'unknown-task', message: `There is no task ${formatTaskId(id)}.` };
}

function isoTime(at: Instant): string {
  return new Date(at).toISOString();
}

async function addTask(session: Session, input: ToolInput<'task_add'>): Promise<ToolAnswer> {
  const { desk } = session;
  const content = contentOf(input);
  const outcome = await desk.execute(
    session.command<'add'>({
      type: 'add',
      content,
      dedupe: { mode: input.dedupe ?? 'keep' },
      ...(input.id === undefined ? {} : { task: idOf(input.id) }),
    }),
  );
  if (!outcome.ok) return { ok: false, ...outcome.rejection };
  const task = outcome.task === null ? undefined : findTask(desk.queue, outcome.task);
  if (task === undefined) throw new Error('The task is gone right after it was added');
  const seq = outcome.records.at(-1)?.seq ?? null;
  const created = outcome.records.some(({ event }) => event === 'CREATED');
  // An agent chooses among programs; whether one may run is for a person to say.
  const waits = isLaneTask(task) && !desk.approvals.read(['person'])(task);
  const warnings = secretWarnings(content);
  return {
    ok: true,
    id: task.id,
    seq,
    created,
    ...(waits ? { needs_approval: true } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

function contentOf(input: ToolInput<'task_add'>): TaskContent {
  const problem = input.program === undefined ? null : checkProgram(input.program);
  if (problem !== null) throw new Unfit(problem);
  const title = input.title.trim();
  if (title === '') throw new Unfit('The title is empty.');
  const optional: { readonly [Field in keyof TaskContent]?: TaskContent[Field] | undefined } = {
    onDependencyFailure: input.on_dependency_failure,
    key: input.key,
    session: input.session,
    group: input.group,
    labels: input.labels,
    estimateMinutes: input.estimate_minutes,
    deadlineAt: timeOf(input.deadline),
    notBeforeAt: timeOf(input.not_before),
    paths: input.paths,
    background: input.background,
    program: input.program,
  };
  const given = Object.entries(optional).filter(([, value]) => value !== undefined);
  return {
    title,
    description: input.description ?? null,
    type: input.type ?? 'any',
    kind: 'ai',
    priority: input.priority ?? 'NORMAL',
    dependencies: (input.depends ?? []).map(idOf),
    ...Object.fromEntries(given),
  };
}

function timeOf(text: string | undefined): Instant | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (Number.isFinite(at)) return instant(at);
  throw new Unfit(`${JSON.stringify(text)} is no time such as 2026-11-22T14:30:00Z.`);
}

function listTasks({ desk, agent: own }: Session, input: ToolInput<'task_list'>): ToolAnswer {
  const { queue } = desk;
  const { status, agent, ready = false, limit = defaultListed } = input;
  const context = desk.pickContext();
  const isReady = (task: Task) =>
    !isLaneTask(task) &&
    isCapable(context.rules, own, task.content.type) &&
    waitReason(queue, task, own, context) === null;
  const tasks = ready
    ? waitingInOrder(queue, context, own).filter(isReady)
    : [...tasksOf(queue, queue.tasks.keys())];
  const wanted = tasks.filter(
    (task) =>
      (status === undefined || task.state.status === status) &&
      (agent === undefined || claimOf(task)?.agent === agent),
  );
  return {
    ok: true,
    tasks: wanted.slice(0, limit).map((task) => desk.taskJson(task)),
    total: wanted.length,
  };
}

/** A task with its text, and the newest lines about it. */
export async function showTask({ desk }: Session, id: TaskId): Promise<ToolAnswer> {
  const task = findTask(desk.queue, id);
  if (task === undefined) return unknown(id);
  const about = (await desk.history()).filter(
    (record) => record.task !== null && taskKey(record.task) === taskKey(id),
  );
  const lines = desk.lineTexts(about.slice(-shownHistory));
  const history = lines.map((line) => JSON.parse(line) as unknown);
  return { ok: true, task: await desk.fullTaskJson(task), history };
}

async function nextTask(session: Session, input: ToolInput<'task_next'>): Promise<ToolAnswer> {
  const { desk, agent } = session;
  const { priority: atLeast } = input;
  await desk.sweep();
  const filter = { agent, atLeast };
  const none = () => ({
    ok: true,
    task: null,
    why: explainNone(desk.queue, filter, desk.pickContext(), isoTime),
  });
  if (input.claim === true) {
    const caller = session.caller();
    const body = { type: 'claimNext', agent, caller } as const;
    const command = { ...body, ...(atLeast === undefined ? {} : { atLeast }) };
    const outcome = await desk.execute(session.command<'claimNext'>(command));
    if (!outcome.ok) return { ok: false, ...outcome.rejection };
    return outcome.task === null ? none() : { ok: true, ...(await claimed(session, outcome.task)) };
  }
  if (desk.queue.paused.queue) {
    return { ok: false, reason: 'paused', message: 'The queue is paused.' };
  }
  const context = desk.pickContext();
  const task = pickNext(desk.queue, filter, context);
  if (task === null) return none();
  const why = explainNext(desk.queue, task, filter, context, isoTime);
  return { ok: true, task: await desk.fullTaskJson(task), why };
}

/** The claim that was just recorded, which this session remembers. */
async function claimed(session: Session, id: TaskId): Promise<Readonly<Record<string, unknown>>> {
  const { desk, agent } = session;
  const task = findTask(desk.queue, id);
  const claim = task === undefined ? null : claimOf(task);
  if (task === undefined || claim === null) {
    throw new Error(`The claim of ${String(id)} was recorded and has already ended`);
  }
  session.remember(task.id, claim.token);
  const isFit = isCapable(desk.rules, agent, task.content.type);
  const warning = `${agent} is not known to be able to do ${task.content.type} tasks.`;
  return {
    task: await desk.fullTaskJson(task),
    token: claim.token,
    lease_expires: isoTime(desk.leaseEnd(claim)),
    ...(isFit ? {} : { warning }),
  };
}

async function completed(session: Session, id: TaskId) {
  session.forget(id);
  const { queue } = session.desk;
  const state = findTask(queue, id)?.state;
  return {
    actual_minutes: state?.status === 'completed' ? state.actualMinutes : null,
    available: becameAvailable(queue, id).map((each) => each.id),
    progress: { completed: queue.completedCount, total: queue.tasks.size },
  };
}

async function failed(session: Session, id: TaskId) {
  session.forget(id);
  const task = findTask(session.desk.queue, id);
  const state = task?.state;
  return {
    status: state?.status ?? 'unknown',
    failures: task?.failures ?? 0,
    not_before: state?.status === 'failed' ? isoTime(state.notBeforeAt) : null,
  };
}

async function cancelTask(session: Session, input: ToolInput<'task_cancel'>): Promise<ToolAnswer> {
  const { desk } = session;
  const task = idOf(input.id);
  const reason = input.reason ?? '';
  const stop = { type: 'interrupt', then: 'cancel', task, reason: reason || 'Cancelled' } as const;
  const stopped = await stopLane(desk, session.command<'interrupt'>(stop));
  switch (stopped.type) {
    case 'not-stopped':
      return { ok: false, reason: 'lane-held', message: stopped.message };
    case 'stopped':
      return { ok: true, id: task, seq: stopped.seq };
    case 'nothing': {
      const caller = session.caller(task, input.token);
      return change<'cancel'>(session, { type: 'cancel', task, reason, caller }, async () => {
        session.forget(task);
        return {};
      });
    }
  }
}

async function retryTask(
  session: Session,
  task: TaskId,
  wanted: string | undefined,
): Promise<ToolAnswer> {
  const setAsideFor = wanted === undefined ? null : agentFor(session, task, wanted);
  return change<'retry'>(session, { type: 'retry', task, setAsideFor }, async () => ({
    set_aside: setAsideFor,
  }));
}

function agentFor({ desk }: Session, id: TaskId, wanted: string): string | null {
  const queue: Queue = desk.queue;
  if (wanted === 'auto') {
    const task = findTask(queue, id);
    return task === undefined ? null : otherAgentFor(queue, task, desk.rules);
  }
  const name = parseAgentName(wanted);
  if (name !== undefined) return name;
  throw new Unfit(`${JSON.stringify(wanted)} is no agent name.`);
}
