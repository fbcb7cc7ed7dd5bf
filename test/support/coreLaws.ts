/**
 * The laws of the core, each as a check of one simulated run. A check throws where its law does not
 * hold; it takes the core that was simulated, since a faulty one must be folded by its own fold.
 */
import assert from 'node:assert/strict';
import type { LogRecord } from '../../extension/core/event.ts';
import type { TaskKey } from '../../extension/core/ids.ts';
import { taskKey } from '../../extension/core/ids.ts';
import { endReason } from '../../extension/core/projections/timeline.ts';
import type { Queue } from '../../extension/core/queue.ts';
import { newQueue } from '../../extension/core/queue.ts';
import type { Task } from '../../extension/core/task.ts';
import type { Core, Run } from './coreSimulation.ts';
import { simulatedRules, stages } from './coreSimulation.ts';

export type Law = (run: Run, core: Core) => void;

function keyOf({ task }: LogRecord): TaskKey {
  assert(task !== null);
  return taskKey(task);
}

/** Calls `check` for each record with the queue as it was before the record's command. */
function eachBefore(run: Run, core: Core, check: (record: LogRecord, before: Queue) => void): void {
  const queue = newQueue();
  let pending: LogRecord[] = [];
  for (const record of run.records) {
    if (pending[0] !== undefined && pending[0].commandId !== record.commandId) {
      for (const each of pending) core.evolve(queue, each);
      pending = [];
    }
    check(record, queue);
    pending.push(record);
  }
}

export const oneHolder: Law = ({ records }) => {
  const holders = new Map<TaskKey, number>();
  for (const record of records) {
    if (record.event === 'CLAIMED') {
      assert(!holders.has(keyOf(record)), `#${String(record.task)} is claimed while it is held`);
      holders.set(keyOf(record), record.seq);
    } else if (record.task !== null && endReason(record.event) !== null) {
      holders.delete(keyOf(record));
    }
  }
};

export const tokensGrow: Law = (run, core) => {
  const newest = new Map<TaskKey, number>();
  for (const { queue, added } of stages(run, core)) {
    for (const record of added.filter(({ event }) => event === 'CLAIMED')) {
      const state = queue.tasks.get(keyOf(record))?.state;
      assert(state?.status === 'in_progress');
      assert.equal(state.claim.token, record.seq);
      assert(state.claim.token > (newest.get(keyOf(record)) ?? 0), 'a token did not grow');
      newest.set(keyOf(record), state.claim.token);
    }
  }
};

export const oneOutcome: Law = ({ records }) => {
  const standing = new Map<TaskKey, number>();
  const ended = new Set<TaskKey>();
  for (const record of records) {
    if (record.task === null) continue;
    const key = keyOf(record);
    if (record.event === 'CLAIMED') standing.set(key, record.seq);
    if (endReason(record.event) === null) continue;
    const { token } = record.data as { readonly token?: number };
    assert.equal(token, standing.get(key), `${record.event} ends an attempt that does not stand`);
    standing.delete(key);
    if (!['COMPLETED', 'CANCELLED', 'SKIPPED'].includes(record.event)) continue;
    assert(!ended.has(key), `#${String(record.task)} has two final outcomes`);
    ended.add(key);
  }
};

export const staleTokensDoNothing: Law = (run, core) => {
  const tokenAt = new Map<string, number | undefined>();
  const remember = (queue: Queue) => {
    for (const [key, { state }] of queue.tasks) {
      const token = state.status === 'in_progress' ? state.claim.token : undefined;
      tokenAt.set(`${queue.end} ${key}`, token);
    }
  };
  for (const { queue } of stages(run, core)) remember(queue);
  for (const { command, decision, end } of run.answers) {
    if (!('caller' in command) || !('task' in command)) continue;
    const { token, agent } = command.caller;
    const isByPerson = agent?.startsWith('human:') === true || command.type === 'claim';
    const isForced = command.type === 'release' && command.forced;
    if (token === undefined || isByPerson || isForced) continue;
    const standing = tokenAt.get(`${end} ${taskKey(command.task)}`);
    if (standing === token) continue;
    // An open task that nobody holds may be cancelled by anyone, whatever else the call carries.
    if (command.type === 'cancel' && standing === undefined) continue;
    assert.deepEqual(decision.events, [], `${command.type} worked with token ${token}`);
  }
};

export const repetitionsAddNothing: Law = ({ records }) => {
  const lastOf = new Map<string, number>();
  for (const { commandId, seq, event } of records) {
    if (event === 'DEPENDENCY_BLOCKED') continue;
    const last = lastOf.get(commandId);
    assert(last === undefined || last === seq - 1, `${commandId} was done twice`);
    lastOf.set(commandId, seq);
  }
  // A command that runs on into its own repetition would look like one: count what may be one each.
  const once = new Set<string>();
  for (const { commandId, event } of records) {
    if (!['CREATED', 'CLAIMED', 'COMPLETED', 'RELEASED', 'MOVED', 'EDITED'].includes(event))
      continue;
    assert(!once.has(`${commandId} ${event}`), `${commandId} was done twice`);
    once.add(`${commandId} ${event}`);
  }
};

export const laneRunsOne: Law = (run, core) => {
  for (const { queue } of stages(run, core)) {
    const running = [...queue.tasks.values()].filter(
      ({ state }) => state.status === 'in_progress' && state.claim.lane,
    );
    assert(running.length <= 1, `the lane runs ${running.length} tasks`);
  }
};

export const onlyTheOwnerStarts: Law = (run, core) => {
  const ownerAt = new Map<number, number | undefined>([[0, undefined]]);
  for (const { queue } of stages(run, core)) ownerAt.set(queue.end, queue.lane.owner?.token);
  for (const { command, decision, end } of run.answers) {
    if (command.type !== 'laneClaim' || !decision.ok || decision.events.length === 0) continue;
    assert.equal(command.lane, ownerAt.get(end), 'a lane started a task without owning the lane');
  }
};

export const idsAreNeverReused: Law = ({ records, answers }) => {
  const used = new Set<TaskKey>();
  let highest = 0;
  const chosen = new Set(
    answers.flatMap(({ command }) =>
      command.type === 'add' && command.task !== undefined ? [command.id] : [],
    ),
  );
  for (const record of records.filter(({ event }) => event === 'CREATED')) {
    assert(!used.has(keyOf(record)), `the id ${String(record.task)} was given twice`);
    used.add(keyOf(record));
    if (typeof record.task !== 'number') continue;
    if (!chosen.has(record.commandId)) assert.equal(record.task, highest + 1);
    highest = Math.max(highest, record.task);
  }
};

export const dependenciesComeFirst: Law = (run, core) => {
  eachBefore(run, core, (record, before) => {
    if (record.event !== 'CLAIMED') return;
    const task = before.tasks.get(keyOf(record));
    assert(task !== undefined);
    for (const id of task.content.dependencies) {
      const status = before.tasks.get(taskKey(id))?.state.status ?? 'missing';
      const isOver = ['cancelled', 'skipped', 'poisoned'].includes(status);
      const isIgnored = isOver && task.content.onDependencyFailure === 'ignore';
      assert(status === 'completed' || isIgnored, `claimed while ${String(id)} is ${status}`);
    }
  });
};

export const neverBeforeItsTime: Law = (run, core) => {
  eachBefore(run, core, (record, before) => {
    if (record.event !== 'CLAIMED') return;
    const { content, state, setAside } = before.tasks.get(keyOf(record))!;
    const retryAt = state.status === 'failed' ? state.notBeforeAt : 0;
    assert(record.at >= Math.max(retryAt, content.notBeforeAt ?? 0), 'claimed too early');
    const isKept = setAside !== undefined && setAside.balanced !== true;
    const isFree = !isKept || setAside.until <= record.at;
    assert(isFree || setAside.agent === record.agent, 'claimed though it was set aside');
  });
};

export const pathsAreNeverShared: Law = (run, core) => {
  const covers = (glob: string, path: string) =>
    glob === path || (glob.endsWith('/**') && path.startsWith(glob.slice(0, -2)));
  for (const { queue } of stages(run, core)) {
    const held = [...queue.tasks.values()].filter(({ state }) => state.status === 'in_progress');
    for (const [n, { id, content }] of held.entries()) {
      for (const other of held.slice(n + 1)) {
        for (const a of content.paths ?? []) {
          for (const b of other.content.paths ?? []) {
            const isShared = covers(a, b) || covers(b, a);
            assert(!isShared, `${String(id)} and ${String(other.id)} share ${a}`);
          }
        }
      }
    }
  }
};

export const noCycleEver: Law = (run, core) => {
  for (const { queue } of stages(run, core)) {
    const finished = new Set<TaskKey>();
    const visit = (key: TaskKey, way: readonly TaskKey[]): void => {
      assert(!way.includes(key), `a cycle: ${[...way, key].join(' -> ')}`);
      if (finished.has(key)) return;
      for (const id of queue.tasks.get(key)?.content.dependencies ?? []) {
        visit(taskKey(id), [...way, key]);
      }
      finished.add(key);
    };
    for (const key of queue.tasks.keys()) visit(key, []);
  }
};

export const waitingIsBounded: Law = (run, core) => {
  const isWaiting = ({ state }: Task) => state.status === 'pending' || state.status === 'failed';
  eachBefore(run, core, (record, before) => {
    if (record.event !== 'CREATED') return;
    const waiting = [...before.tasks.values()].filter(isWaiting);
    assert(waiting.length < simulatedRules.maxWaiting, `${waiting.length} waited already`);
    const { session } = record.data;
    const inSession = waiting.filter(({ content }) => content.session === session);
    const isRoom = inSession.length < simulatedRules.maxWaitingPerSession;
    assert(session === undefined || isRoom, `${inSession.length} of the session waited already`);
  });
};

export const failuresAreCounted: Law = (run, core) => {
  const { maxRetries, poisonPillThreshold, permanentErrors } = simulatedRules.retry;
  const counts = new Map<TaskKey, { failures: number; expirations: number }>();
  for (const { queue, added } of stages(run, core)) {
    for (const record of added) {
      if (record.task === null) continue;
      const count = counts.get(keyOf(record)) ?? { failures: 0, expirations: 0 };
      counts.set(keyOf(record), count);
      if (record.event === 'CLEARED') count.failures = count.expirations = 0;
      const isFailure = record.event === 'FAILED' || record.event === 'TIMEOUT';
      if (isFailure) count.failures++;
      if (record.event === 'LEASE_EXPIRED') count.expirations++;
      if (!isFailure && record.event !== 'LEASE_EXPIRED') continue;
      const isHopeless =
        (isFailure && permanentErrors.includes(record.data.errorClass)) ||
        count.failures > maxRetries ||
        count.failures + count.expirations >= poisonPillThreshold;
      const next = run.records[record.seq]?.event;
      const isPoisoned = queue.tasks.get(keyOf(record))?.state.status === 'poisoned';
      assert.equal(isPoisoned, isHopeless, `after ${count.failures} failures`);
      assert(!isHopeless || next === 'POISON_PILL', 'the last failure has no POISON_PILL');
    }
    for (const [key, { failures, expirations }] of queue.tasks) {
      const count = counts.get(key) ?? { failures: 0, expirations: 0 };
      assert.deepEqual({ failures, expirations }, count, `counts of ${key}`);
    }
  }
};

export const stopsOnlyGrow: Law = (run, core) => {
  const strengths = ['preempt', 'interrupt', 'cancel'];
  let before: Queue['lane']['stop'] = null;
  for (const { queue } of stages(run, core)) {
    const { stop } = queue.lane;
    if (stop !== null && stop.token === before?.token) {
      assert(strengths.indexOf(stop.then) >= strengths.indexOf(before.then), 'a stop was weakened');
    }
    const isOfAttempt = [...queue.tasks.values()].some(
      ({ state }) => state.status === 'in_progress' && state.claim.token === stop?.token,
    );
    assert(stop === null || isOfAttempt, 'a stop outlived its attempt');
    before = stop;
  }
};
