/**
 * Laws that compare: the core with the naive model, the indexes with a recount, one fold with
 * another.
 */
import assert from 'node:assert/strict';
import type { LogRecord } from '../../extension/core/event.ts';
import { taskKey } from '../../extension/core/ids.ts';
import { pickNext, waitingInOrder } from '../../extension/core/pick.ts';
import { activeTask } from '../../extension/core/projections/activeTask.ts';
import { attentionCount } from '../../extension/core/projections/attention.ts';
import { queueView } from '../../extension/core/projections/queueView.ts';
import { stats } from '../../extension/core/projections/stats.ts';
import { attemptSpans } from '../../extension/core/projections/timeline.ts';
import { workload } from '../../extension/core/projections/workload.ts';
import type { Queue, QueueDraft } from '../../extension/core/queue.ts';
import { newQueue, openDependencies, waitingCount } from '../../extension/core/queue.ts';
import { claimOf, isEnded } from '../../extension/core/task.ts';
import type { Law } from './coreLaws.ts';
import type { Answer, Core, Run } from './coreSimulation.ts';
import { simulatedRules } from './coreSimulation.ts';
import { applyNaively } from './naiveCommands.ts';
import { NaiveModel } from './naiveModel.ts';

/** Applies every answered command to a naive model, and stops after each that left events. */
function eachAnswer(
  run: Run,
  core: Core,
  check: (queue: Queue, model: NaiveModel, answer: Answer, naiveAnswer: string) => void,
): void {
  const model = new NaiveModel();
  const queue = newQueue();
  for (const answer of run.answers) {
    const { command, context, decision } = answer;
    const naiveAnswer = applyNaively(model, command, context);
    for (const record of run.records.slice(answer.end, answer.end + decision.events.length)) {
      core.evolve(queue, record);
    }
    check(queue, model, answer, naiveAnswer);
  }
}

export const answersAgree: Law = (run, core) => {
  eachAnswer(run, core, (queue, model, { command, decision }, expected) => {
    const answer = decision.ok ? 'ok' : decision.rejection.reason;
    assert.equal(answer, expected, `${command.type} at ${queue.end}`);
    const names = run.records.slice(0, queue.end).map(({ event }) => event);
    assert.deepEqual(model.log, names, `events of ${command.type}`);
  });
};

export const statesAgree: Law = (run, core) => {
  eachAnswer(run, core, (queue, model) => {
    const core = [...queue.tasks.values()].map((task) => ({
      id: task.id,
      content: task.content,
      status: task.state.status,
      token: claimOf(task)?.token ?? null,
      attempts: task.attempts,
      failures: task.failures,
      expirations: task.expirations,
      claims: task.claimsSincePending,
      retryAt: task.state.status === 'failed' ? task.state.notBeforeAt : null,
      setAside: task.setAside ?? null,
      open: openDependencies(queue, task),
    }));
    const naive = model.tasks.map((task) => ({
      id: task.id,
      content: task.content,
      status: task.status,
      token: task.claim?.token ?? null,
      attempts: task.attempts,
      failures: task.failures,
      expirations: task.expirations,
      claims: task.claims,
      retryAt: task.status === 'failed' ? task.retryAt : null,
      setAside: task.setAside,
      open: model.openDependencies(task),
    }));
    assert.deepEqual(core, naive);
    assert.equal(waitingCount(queue), model.waiting().length);
    assert.equal(queue.lane.owner?.token, model.owner?.token);
    assert.equal(queue.lane.stop?.then, model.stop?.then);
    assert.deepEqual(queue.paused, { lane: model.pausedLane, queue: model.pausedQueue });
  });
};

export const orderIsTheNaiveSort: Law = (run, core) => {
  eachAnswer(run, core, (queue, model, { context }) => {
    const naive = model.order(context).filter((task) => model.isWaiting(task));
    const order = waitingInOrder(queue, context).map(({ id }) => id);
    assert.deepEqual(
      order,
      naive.map(({ id }) => id),
    );
    for (const agent of ['Copilot', 'Claude-1', 'Zed']) {
      const next = pickNext(queue, { agent }, context)?.id;
      assert.equal(next, model.next(agent, context)?.id, `the next for ${agent}`);
    }
  });
};

export const projectionsAgree: Law = (run, core) => {
  eachAnswer(run, core, (queue, model, { context }) => {
    const count = (...statuses: readonly string[]) =>
      model.tasks.filter(({ status }) => statuses.includes(status)).length;
    const figures = stats(queue, context.now);
    assert.equal(figures.waiting, count('pending', 'failed'));
    assert.equal(figures.running, count('in_progress'));
    assert.equal(figures.attention, count('poisoned', 'interrupted'));
    assert.equal(figures.ended, count('completed', 'cancelled', 'skipped'));
    assert.equal(attentionCount(queue), figures.attention);
    assert.equal(activeTask(queue)?.task, model.laneAttempt()?.id);

    const rows = workload(queue, simulatedRules, context.now);
    for (const { agent, held, completed } of rows) {
      const own = model.tasks.filter(({ lastClaim }) => lastClaim?.agent === agent);
      const holds = own.filter(({ claim }) => claim !== null);
      assert.deepEqual(new Set(held.map(({ task }) => task)), new Set(holds.map(({ id }) => id)));
      assert.equal(completed, own.filter(({ status }) => status === 'completed').length);
    }

    const view = queueView(queue, context, { endedRows: 1_000 });
    assert.equal(view.upNext.length + view.waiting.length, figures.waiting);
    assert.equal(view.held.length + (view.active === null ? 0 : 1), figures.running);
    assert.equal(view.attention.length, figures.attention);
    assert.equal(view.ended.length, figures.ended);
    for (const { task, agent } of view.upNext) {
      assert(model.isStartable(model.find(task.id)!, agent, context), 'up next, but not startable');
    }
    for (const { task } of view.waiting) {
      const { setAside } = model.find(task.id)!;
      const agent = task.content.program === undefined ? (setAside?.agent ?? null) : null;
      assert(!model.isStartable(model.find(task.id)!, agent, context), 'waiting, but startable');
    }
  });
  const model = new NaiveModel();
  for (const { command, context } of run.answers) applyNaively(model, command, context);
  const spans = attemptSpans(run.records).map(({ task, agent, token, end }) => ({
    task,
    agent,
    token,
    end,
  }));
  assert.deepEqual(spans, model.attempts);
};

/** The whole queue as text, with every map and set in its order. */
function written(queue: Queue): string {
  return JSON.stringify(queue, (_, value: unknown) =>
    value instanceof Map || value instanceof Set ? [...(value as Iterable<unknown>)] : value,
  );
}

function folded(records: readonly LogRecord[], core: Core): QueueDraft {
  const queue = newQueue();
  for (const record of records) core.evolve(queue, record);
  return queue;
}

export const everyFoldAgrees: Law = (run, core) => {
  const all = written(folded(run.records, core));
  for (const { queue } of run.clients) {
    for (const record of run.records.slice(queue.end)) core.evolve(queue, record);
    assert.equal(written(queue), all, 'a client that read in pieces sees another queue');
  }
};

export const recordsSurviveText: Law = (run, core) => {
  const read = JSON.parse(JSON.stringify(run.records)) as LogRecord[];
  assert.equal(written(folded(read, core)), written(folded(run.records, core)));
};

/** Each index, recounted from the tasks alone. */
export const indexes = {
  open: (queue) => keysOf(queue, (task) => !isEnded(task)),
  held: (queue) => keysOf(queue, (task) => task.state.status === 'in_progress'),
  ended: (queue) => keysOf(queue, isEnded),
  dependents: (queue) =>
    grouped(queue, ({ content }) => new Set(content.dependencies.map((id) => taskKey(id)))),
  byDedupeKey: (queue) =>
    grouped(queue, (task) => new Set(isEnded(task) ? [] : [task.content.key ?? []].flat())),
  sessionSizes: (queue) => {
    const sizes = new Map<string, number>();
    for (const task of queue.tasks.values()) {
      const { session } = task.content;
      if (session === undefined || isEnded(task)) continue;
      sizes.set(session, (sizes.get(session) ?? 0) + 1);
    }
    return sizes;
  },
  completedCount: (queue) => keysOf(queue, ({ state }) => state.status === 'completed').size,
} as const satisfies Partial<Record<keyof Queue, (queue: Queue) => unknown>>;

function keysOf(queue: Queue, is: (task: Parameters<typeof isEnded>[0]) => boolean): Set<string> {
  return new Set([...queue.tasks].filter(([, task]) => is(task)).map(([key]) => key));
}

function grouped(
  queue: Queue,
  groupsOf: (task: Parameters<typeof isEnded>[0]) => ReadonlySet<string>,
): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const [key, task] of queue.tasks) {
    for (const group of groupsOf(task))
      groups.set(group, (groups.get(group) ?? new Set()).add(key));
  }
  return groups;
}

/** The law for one index: after every record it equals its recount. */
export function indexIsTrue(name: keyof typeof indexes): Law {
  return (run, core) => {
    const queue = newQueue();
    for (const record of run.records) {
      core.evolve(queue, record);
      assert.deepEqual(queue[name], indexes[name](queue), `${name} after ${record.event}`);
    }
  };
}

export const endedInOrder: Law = (run, core) => {
  const order: string[] = [];
  for (const { event, task } of run.records) {
    const isFinal = ['COMPLETED', 'CANCELLED', 'SKIPPED'].includes(event);
    if (isFinal && task !== null) order.push(taskKey(task));
  }
  assert.deepEqual([...folded(run.records, core).ended], order);
};
