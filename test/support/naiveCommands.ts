/**
 * What each command does to the naive model: read from PRODUCT.md and CONTRACT.md, one case after
 * the other, with no helper of the core.
 */
import type { Command } from '../../extension/core/command.ts';
import type { TaskId } from '../../extension/core/ids.ts';
import type { TaskContent } from '../../extension/core/task.ts';
import type { NaiveContext, NaiveModel, NaiveTask } from './naiveModel.ts';
import { assign, balance, claim } from './naiveClaims.ts';
import { isHolder, same } from './naiveModel.ts';

/** Applies `command` and answers `ok` or the reason of its refusal. */
export function applyNaively(model: NaiveModel, command: Command, context: NaiveContext): string {
  const done = model.done.find(({ id }) => id === command.id);
  if (done !== undefined) return repeat(model, command, done);
  const length = model.log.length;
  const answer = apply(model, command, context);
  const left = model.log.slice(length);
  if (left.length > 0 && left[0] !== 'DEPENDENCY_BLOCKED') {
    const task = 'task' in command ? (command.task ?? null) : null;
    const claimed = model.attempts.at(-1);
    const isClaim = command.type === 'claimNext' && claimed !== undefined;
    model.done.push({ id: command.id, task: isClaim ? claimed.task : task, seq: model.log.length });
  }
  return answer;
}

function repeat(
  model: NaiveModel,
  command: Command,
  done: { readonly task: TaskId | null; readonly seq: number },
): string {
  if (command.type === 'laneAcquire') return model.owner?.token === done.seq ? 'ok' : 'stale-token';
  if (!['claim', 'claimNext', 'assign', 'laneClaim'].includes(command.type)) return 'ok';
  const task = done.task === null ? undefined : model.find(done.task);
  return task?.claim?.token === done.seq ? 'ok' : 'stale-token';
}

function apply(model: NaiveModel, command: Command, context: NaiveContext): string {
  switch (command.type) {
    case 'add':
      return add(model, command, context);
    case 'claimNext': {
      if (model.pausedQueue) return 'paused';
      const next = model.next(command.agent, context);
      if (next !== undefined) model.claim(next, command.agent, command.caller.process, false);
      return 'ok';
    }
    case 'balance':
      return balance(model, context);
    case 'pause':
    case 'resume': {
      const isPause = command.type === 'pause';
      const before = command.scope === 'lane' ? model.pausedLane : model.pausedQueue;
      if (before === isPause) return 'ok';
      if (command.scope === 'lane') model.pausedLane = isPause;
      else model.pausedQueue = isPause;
      model.record(isPause ? 'PAUSED' : 'RESUMED');
      return 'ok';
    }
    case 'clearWaiting': {
      const { session, all } = command;
      const cleared: NaiveTask[] = [];
      for (const task of model.tasks) {
        const isIt = model.isWaiting(task) || task.status === 'interrupted';
        if (!isIt || (session !== null && task.content.session !== session)) continue;
        if (!all && task.content.program === undefined) continue;
        model.record('SKIPPED');
        model.leave(task, 'skipped', 'skipped');
        cleared.push(task);
      }
      model.failDependents(...cleared);
      return 'ok';
    }
    case 'laneAcquire': {
      const isOwn = model.owner?.holder.pid === command.holder.pid;
      if (model.owner !== null) return isOwn ? 'ok' : 'lane-held';
      model.owner = { token: model.record('LANE'), holder: command.holder };
      return 'ok';
    }
    case 'laneRelease':
    case 'laneExpire':
      if (model.owner?.token !== command.lane) return 'ok';
      model.record('LANE');
      model.owner = null;
      return 'ok';
    case 'interrupt': {
      const running = model.laneAttempt();
      if (running?.claim == null || (command.task && !same(command.task, running.id))) return 'ok';
      const strengths = ['preempt', 'interrupt', 'cancel'];
      const asked = model.stop === null ? -1 : strengths.indexOf(model.stop.then);
      if (strengths.indexOf(command.then) <= asked) return 'ok';
      model.record('LANE');
      model.stop = { token: running.claim.token, then: command.then };
      return 'ok';
    }
    default: {
      if (!('task' in command) || command.task === null) throw new Error(`${command.type}?`);
      const task = model.find(command.task);
      if (task === undefined) return 'unknown-task';
      return applyTo(model, task, command, context);
    }
  }
}

function add(model: NaiveModel, command: Command<'add'>, context: NaiveContext): string {
  const { rules, now } = context;
  const { dedupe } = command;
  let { content } = command;
  if (dedupe.mode === 'debounce') {
    content = {
      ...content,
      notBeforeAt: Math.max(content.notBeforeAt ?? 0, now + dedupe.ms) as never,
    };
  }
  const { key, session, dependencies } = content;
  const isMissing = dependencies.some((id) => model.find(id) === undefined);
  const twin = model.waiting().find((task) => key !== undefined && task.content.key === key);
  if (twin !== undefined) {
    if (dedupe.mode === 'keep') return 'ok';
    if (isMissing) return 'unknown-task';
    if (model.reaches(dependencies, twin.id)) return 'cycle';
    model.record('EDITED');
    twin.content = content;
    model.failIfHopeless(twin);
    return 'ok';
  }
  const highest = Math.max(0, ...model.tasks.map(({ id }) => (typeof id === 'number' ? id : 0)));
  const id = command.task ?? highest + 1;
  if (model.find(id) !== undefined) return 'duplicate';
  if (command.task !== undefined && dependencies.some((each) => same(each, id))) return 'cycle';
  if (isMissing) return 'unknown-task';
  const waiting = model.waiting();
  const inSession = waiting.filter((task) => task.content.session === session);
  if (session !== undefined && inSession.length >= rules.maxWaitingPerSession) return 'queue-full';
  if (waiting.length >= rules.maxWaiting) return 'queue-full';
  model.record('CREATED');
  const task = fresh(id, content, now);
  model.tasks.push(task);
  model.failIfHopeless(task);
  return 'ok';
}

function fresh(id: TaskId, content: TaskContent, createdAt: number): NaiveTask {
  return {
    id,
    content,
    status: 'pending',
    createdAt,
    attempts: 0,
    failures: 0,
    failedLast: null,
    expirations: 0,
    claim: null,
    lastClaim: null,
    claims: 0,
    retryAt: 0,
    setAside: null,
    blockedBy: '',
  };
}

function applyTo(
  model: NaiveModel,
  task: NaiveTask,
  command: Command,
  context: NaiveContext,
): string {
  switch (command.type) {
    case 'edit': {
      const { content } = command;
      if (!model.isOpen(task)) return 'already-ended';
      if (task.status === 'in_progress' && content.dependencies) return 'already-claimed';
      if (content.dependencies?.some((id) => model.find(id) === undefined)) return 'unknown-task';
      if (content.dependencies && model.reaches(content.dependencies, task.id)) return 'cycle';
      model.record('EDITED');
      task.content = { ...task.content, ...content };
      if (content.dependencies || content.onDependencyFailure) model.failIfHopeless(task);
      return 'ok';
    }
    case 'prioritize':
      if (!model.isOpen(task)) return 'already-ended';
      if (task.content.priority !== command.priority) model.record('REPRIORITIZED');
      task.content = { ...task.content, priority: command.priority };
      return 'ok';
    case 'move':
      return move(model, task, command, context);
    case 'claim':
      return claim(model, task, command, context);
    case 'assign':
      return assign(model, task, command, context);
    case 'laneClaim': {
      if (model.owner?.token !== command.lane) return 'stale-token';
      if (model.laneAttempt() !== undefined) return 'lane-held';
      if (model.pausedLane || model.pausedQueue) return 'paused';
      const isLanes = task.content.program !== undefined;
      if (!isLanes || !model.isStartable(task, null, context)) return 'not-waiting';
      model.claim(task, command.agent, command.holder, true);
      return 'ok';
    }
    case 'laneSettle': {
      if (command.lane !== undefined && model.owner?.token !== command.lane) return 'stale-token';
      if (task.claim?.token !== command.token || !task.claim.lane) return 'stale-token';
      const [event, status, end] = {
        interrupt: ['INTERRUPTED', 'interrupted', 'interrupted'],
        preempt: ['PREEMPTED', 'pending', 'preempted'],
        cancel: ['CANCELLED', 'cancelled', 'cancelled'],
        release: ['RELEASED', 'pending', 'released'],
        skip: ['SKIPPED', 'skipped', 'skipped'],
      }[command.as] as [string, NaiveTask['status'], string];
      model.record(event);
      if (status === 'pending') task.claims = 0;
      model.leave(task, status, end);
      if (!model.isOpen(task)) model.failDependents(task);
      return 'ok';
    }
    case 'retry':
      if (task.status === 'poisoned') return 'poisoned';
      if (task.status === 'in_progress') return 'already-claimed';
      if (!model.isOpen(task)) return 'already-ended';
      if (task.status === 'pending') return 'ok';
      model.record('RETRY');
      task.status = 'pending';
      task.claims = 0;
      task.setAside =
        command.setAsideFor === null
          ? null
          : { agent: command.setAsideFor, until: context.now + 600_000 };
      return 'ok';
    case 'expire':
      if (task.claim?.token !== command.token) return 'ok';
      model.record('LEASE_EXPIRED');
      task.expirations++;
      model.leave(task, 'pending', 'expired');
      if (isHopeless(task, context, '')) giveUp(model, task);
      return 'ok';
    case 'clearFailures': {
      const isClear = task.status === 'pending' && task.failures + task.expirations === 0;
      if (!['failed', 'poisoned', 'pending'].includes(task.status) || isClear) return 'ok';
      model.record('CLEARED');
      task.status = 'pending';
      task.failures = 0;
      task.expirations = 0;
      return 'ok';
    }
    default:
      return endOrChange(model, task, command, context);
  }
}

function isHopeless(task: NaiveTask, { rules }: NaiveContext, errorClass: string): boolean {
  const { permanentErrors, maxRetries, poisonPillThreshold } = rules.retry;
  if (permanentErrors.includes(errorClass) || task.failures > maxRetries) return true;
  return task.failures + task.expirations >= poisonPillThreshold;
}

function giveUp(model: NaiveModel, task: NaiveTask): void {
  model.poison(task);
  model.failDependents(task);
}

/** The commands that need the holder. */
function endOrChange(
  model: NaiveModel,
  task: NaiveTask,
  command: Command,
  { now, rules, random }: NaiveContext,
): string {
  if (command.type === 'cancel') {
    if (task.status === 'cancelled') return 'ok';
    if (!model.isOpen(task)) return 'already-ended';
    if (task.claim?.lane === true) return 'lane-held';
    const isPerson = command.caller.agent?.startsWith('human:') === true;
    const refused = task.claim === null || isPerson ? null : model.refusalOf(task, command.caller);
    if (refused !== null) return refused;
    model.record('CANCELLED');
    model.leave(task, 'cancelled', 'cancelled');
    model.failDependents(task);
    return 'ok';
  }
  if (command.type === 'release' && command.forced) {
    if (task.claim === null) return 'ok';
    if (task.claim.lane) return 'lane-held';
    model.record('RELEASED');
    model.leave(task, 'pending', 'released');
    return 'ok';
  }
  if (!('caller' in command)) throw new Error(`The naive model does not know ${command.type}`);
  const { caller } = command;
  const completedBy = task.status === 'completed' ? task.lastClaim : null;
  const isRepeat = completedBy !== null && isHolder(completedBy, caller);
  if (command.type === 'complete' && isRepeat) return 'ok';
  const refused = model.refusalOf(task, caller);
  if (refused !== null) return refused;
  switch (command.type) {
    case 'progress':
      model.record('PROGRESS');
      return 'ok';
    case 'complete':
      model.record('COMPLETED');
      model.leave(task, 'completed', 'completed');
      return 'ok';
    case 'release':
      model.record('RELEASED');
      model.leave(task, 'pending', 'released');
      task.claims = 0;
      return 'ok';
    case 'fail': {
      const isTimeout = command.errorClass === 'TIMEOUT';
      model.record(isTimeout ? 'TIMEOUT' : 'FAILED');
      model.leave(task, 'failed', isTimeout ? 'timed-out' : 'failed');
      task.claims = 0;
      task.failures++;
      task.failedLast = { agent: task.lastClaim?.agent ?? '', at: now };
      let delay: number = rules.retry.retryDelayMs;
      for (let n = 1; n < task.failures; n++) delay *= rules.retry.backoffMultiplier;
      task.retryAt = now + Math.round(delay * (1 + rules.retry.jitter * random));
      if (isHopeless(task, { now, rules, random }, command.errorClass)) giveUp(model, task);
      return 'ok';
    }
    default:
      throw new Error(`The naive model does not know ${command.type}`);
  }
}

function move(
  model: NaiveModel,
  task: NaiveTask,
  { place }: Command<'move'>,
  context: NaiveContext,
): string {
  if (!model.isWaiting(task)) return 'not-waiting';
  const isMoved = ({ id }: NaiveTask) => model.moved.some((each) => same(each, id));
  const others = model
    .order(context)
    .filter((other) => other !== task && (model.isWaiting(other) || isMoved(other)));
  let index = place.to === 'first' ? 0 : others.length;
  if (place.to === 'before' || place.to === 'after') {
    const at = others.findIndex((other) => model.isWaiting(other) && same(other.id, place.other));
    if (at < 0) return 'not-waiting';
    index = place.to === 'before' ? at : at + 1;
  }
  model.record('MOVED');
  const pinned = [...others.slice(0, index), task, ...others.slice(index).filter(isMoved)];
  model.moved = pinned.map(({ id }) => id);
  return 'ok';
}
