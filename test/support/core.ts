/**
 * Drives the core in tests: what happened before, one command, and what came of it.
 *
 * `given(add('a'), claim(1, 'Copilot')).when(complete(1))`. Knows no store: positions are counted
 * here, time stands still unless a step says `later`.
 */
import type { Caller, Command, Dedupe } from '../../extension/core/command.ts';
import { decide } from '../../extension/core/decide.ts';
import type { Decision } from '../../extension/core/decision.ts';
import type { EventData, EventName, LogRecord, QueueEvent } from '../../extension/core/event.ts';
import { evolve } from '../../extension/core/evolve.ts';
import type { Instant, Millis, TaskId, TaskKey } from '../../extension/core/ids.ts';
import { instant, position } from '../../extension/core/ids.ts';
import type { Place } from '../../extension/core/lease.ts';
import type { Queue } from '../../extension/core/queue.ts';
import { findTask, newQueue } from '../../extension/core/queue.ts';
import type { Reason } from '../../extension/core/rejection.ts';
import type { RetryRules, Rules } from '../../extension/core/rules.ts';
import { defaultRules } from '../../extension/core/rules.ts';
import type { Holder, Task, TaskContent } from '../../extension/core/task.ts';
import { claimOf } from '../../extension/core/task.ts';

export const start = instant(Date.UTC(2026, 10, 22, 10));
export const second = 1_000;
export const minute = 60 * second;

type Unnamed<Each> = Each extends unknown
  ? Omit<Each, 'id' | 'by'> & { readonly id?: string; readonly by?: string | null }
  : never;
/** A command without what only tells it apart. */
export type Request = Unnamed<Command>;

/** One thing that happened before: a command, time that passed, other rules, or the world itself. */
export type Step =
  | Request
  | { readonly laterMs: number }
  | { readonly rules: Partial<Rules> & { readonly retry?: RetryRules } }
  | { readonly locked: ReadonlyMap<TaskKey, string> }
  | { readonly random: number }
  | ((queue: Queue) => Request);

/** What one command did. */
export interface Outcome {
  readonly ok: boolean;
  /** Names of the events, in order. */
  readonly events: readonly EventName[];
  readonly reason: Reason | null;
  readonly message: string;
  readonly answer: TaskId | null;
  readonly decision: Decision;
  readonly records: readonly LogRecord[];
  readonly world: World;
}

export class World {
  readonly queue = newQueue();
  readonly records: LogRecord[] = [];
  now: Instant = start;
  rules: Rules = defaultRules;
  locked: ReadonlyMap<TaskKey, string> = new Map();
  random = 0;
  #commands = 0;

  /** Decides, records and folds one command. */
  when(request: Request | ((queue: Queue) => Request)): Outcome {
    const asked = typeof request === 'function' ? request(this.queue) : request;
    const command = { by: null, id: `command-${++this.#commands}`, ...asked };
    const { now, rules, locked, random } = this;
    const decision = decide(this.queue, command, { now, rules, locked, random });
    const records = decision.events.map((event) => this.record(event, command.id));
    return {
      ok: decision.ok,
      events: decision.events.map(({ event }) => event),
      reason: decision.ok ? null : decision.rejection.reason,
      message: decision.ok ? '' : decision.rejection.message,
      answer: decision.ok ? decision.task : null,
      decision,
      records,
      world: this,
    };
  }

  record(event: QueueEvent, commandId: string): LogRecord {
    const record: LogRecord = {
      ...event,
      seq: position(this.queue.end + 1),
      at: this.now,
      commandId,
    };
    this.records.push(record);
    evolve(this.queue, record);
    return record;
  }

  take(step: Step): void {
    if (typeof step === 'function' || 'type' in step) {
      const { ok, message } = this.when(step);
      if (!ok) throw new Error(`A step of the history was refused: ${message}`);
    } else if ('laterMs' in step) this.now = instant(this.now + step.laterMs);
    else if ('rules' in step) this.rules = { ...this.rules, ...step.rules };
    else if ('locked' in step) this.locked = step.locked;
    else this.random = step.random;
  }

  task(id: TaskId): Task {
    const task = findTask(this.queue, id);
    if (task === undefined) throw new Error(`There is no task ${String(id)}`);
    return task;
  }

  status(id: TaskId): string {
    return this.task(id).state.status;
  }

  /** The token of the claim that stands. */
  token(id: TaskId): number {
    const claim = claimOf(this.task(id));
    if (claim === null) throw new Error(`Nobody holds ${String(id)}`);
    return claim.token;
  }

  /** Data of the last event of that name. */
  data<Name extends EventName>(name: Name): EventData[Name] {
    const record = this.records.findLast(({ event }) => event === name);
    if (record === undefined) throw new Error(`No ${name} was recorded`);
    return record.data as EventData[Name];
  }
}

export function given(...steps: readonly Step[]): World {
  const world = new World();
  for (const step of steps) world.take(step);
  return world;
}

export function later(laterMs: number): Step {
  return { laterMs };
}

export function rules(changed: Partial<Rules>): Step {
  return { rules: changed };
}

export function retryRules(changed: Partial<RetryRules>): Step {
  return { rules: { retry: { ...defaultRules.retry, ...changed } } };
}

export const ms = (value: number): Millis => value as Millis;

/** Content of a task of which only `changed` matters. */
export function content(title: string, changed: Partial<TaskContent> = {}): TaskContent {
  return {
    title,
    description: null,
    type: 'any',
    kind: 'ai',
    priority: 'NORMAL',
    dependencies: [],
    ...changed,
  };
}

export const here: Place = { host: 'machine-a', bootId: 'boot-1', pidNamespace: 'ns-1' };
export const elsewhere: Place = { host: 'machine-b', bootId: 'boot-9', pidNamespace: 'ns-9' };

export function processAt(pid: number, place: Place = here): Holder {
  return { pid, startTime: `started-${pid}`, ...place };
}

export function caller(changed: Partial<Caller> = {}): Caller {
  return { agent: null, process: null, place: here, ...changed };
}

export function add(
  title: string,
  changed: Partial<TaskContent> = {},
  more: { readonly task?: TaskId; readonly dedupe?: Dedupe; readonly id?: string } = {},
): Request {
  const { dedupe = { mode: 'keep' }, ...rest } = more;
  return { type: 'add', content: content(title, changed), dedupe, ...rest };
}

export function edit(task: TaskId, changed: Partial<TaskContent>): Request {
  return { type: 'edit', task, content: changed };
}

export function claim(task: TaskId, agent: string, who: Partial<Caller> = {}): Request {
  return { type: 'claim', task, agent, caller: caller({ agent, ...who }) };
}

export function complete(task: TaskId, who: Partial<Caller> = {}): Request {
  return { type: 'complete', task, result: 'done', caller: caller(who) };
}

export function fail(task: TaskId, errorClass: string, who: Partial<Caller> = {}): Request {
  return { type: 'fail', task, errorClass, message: 'it broke', caller: caller(who) };
}

export function release(task: TaskId, who: Partial<Caller> = {}, forced = false): Request {
  return { type: 'release', task, reason: '', forced, caller: caller(who) };
}

export function cancel(task: TaskId, who: Partial<Caller> = {}): Request {
  return { type: 'cancel', task, reason: '', caller: caller(who) };
}

export function retry(task: TaskId, setAsideFor: string | null = null): Request {
  return { type: 'retry', task, setAsideFor };
}

export function clearFailures(task: TaskId): Request {
  return { type: 'clearFailures', task };
}

/** Ends the lease that stands on `task`. */
export function expire(task: TaskId) {
  return (queue: Queue): Request => {
    const held = findTask(queue, task);
    const token = (held && claimOf(held)?.token) ?? position(0);
    return { type: 'expire', task, token, evidence: 'its process is gone' };
  };
}

export const laneHolder = processAt(900);

export const takeLane: Request = {
  type: 'laneAcquire',
  holder: laneHolder,
  label: 'signalbox run',
};

/** The lane's owner starts `task`. */
export function laneClaim(task: TaskId) {
  return (queue: Queue): Request => ({
    type: 'laneClaim',
    task,
    agent: 'shell',
    lane: queue.lane.owner?.token ?? position(0),
    holder: laneHolder,
  });
}

/** The lane's owner ends the attempt that runs, or one under another token. */
export function settle(
  task: TaskId,
  as: Extract<Command, { type: 'laneSettle' }>['as'],
  token?: number,
) {
  return (queue: Queue): Request => {
    const held = findTask(queue, task);
    const standing = (held && claimOf(held)?.token) ?? position(0);
    const named = token === undefined ? standing : position(token);
    return { type: 'laneSettle', task, token: named, as, reason: `by ${as}` };
  };
}

export function interrupt(
  then: 'interrupt' | 'cancel' | 'preempt' = 'interrupt',
  task?: TaskId,
): Request {
  const asked = { type: 'interrupt', then, reason: 'a person asked' } as const;
  return task === undefined ? asked : { ...asked, task };
}

/** A task that the lane runs. */
export function addProgram(title: string, changed: Partial<TaskContent> = {}): Request {
  return add(title, { program: 'shell:true', ...changed });
}
