/**
 * The head of the queue view: each kind with its word, the lane's phase, and the one active task.
 *
 * Pure; whether a process lives was judged before.
 */
import { laneStatus } from '../core/projections/activeTask.ts';
import type { ActiveTask as Running, LanePhase } from '../core/projections/activeTask.ts';
import { findTask, tasksOf } from '../core/queue.ts';
import type { Queue } from '../core/queue.ts';
import type { Task } from '../core/task.ts';
import type { KindWords } from '../protocol/settings.ts';
import type { ActiveTask, KindStatus, LaneState } from '../protocol/webviewModel.ts';
import type { ViewInput } from './viewInput.ts';
import { actorName, long, short, workerName } from './words.ts';

const maxKinds = 50;
const minuteMs = 60_000;

export interface LaneView {
  readonly lane: LaneState;
  readonly active: ActiveTask | null;
  readonly kinds: KindStatus[];
  /** What a lane left behind whose process is gone; it is settled by whoever starts the lane. */
  readonly orphan: Task | null;
}

export function laneView(input: ViewInput): LaneView {
  const { queue } = input;
  const { phase, active: running } = laneStatus(queue);
  const isOwned = isLaneOwned(input);
  const active = running === null || !isOwned ? null : activeOf(input, running);
  return {
    lane: laneState(input, isOwned ? phase : phaseAlone(queue), isOwned),
    active,
    kinds: kindsOf(input, isOwned ? running : null),
    orphan: running !== null && !isOwned ? (findTask(queue, running.task) ?? null) : null,
  };
}

/** Whether a process that may be alive owns the lane. */
export function isLaneOwned({ queue, ownsLane, isGone }: ViewInput): boolean {
  const { owner } = queue.lane;
  return owner !== null && (ownsLane || !isGone(owner.holder));
}

/** The phase where no owner is left to run or to stop anything. */
function phaseAlone({ lane, paused }: Queue): LanePhase {
  if (lane.alive.length > 0) return 'held';
  return paused.lane || paused.queue ? 'paused' : 'idle';
}

function laneState(input: ViewInput, phase: LanePhase, isOwned: boolean): LaneState {
  const { queue, ownsLane, ownLabel, started } = input;
  // Where a lane can be started, that comes before its pause.
  const isStopped = !started && !isOwned && (ownLabel !== null || phase === 'idle');
  return {
    phase: isStopped ? 'stopped' : phase,
    owner: isOwned && !ownsLane ? ownerName(queue.lane.owner?.label ?? '', ownLabel) : null,
    since: isOwned ? (queue.lane.owner?.since ?? null) : null,
    message: isStopped ? null : phaseMessage(input, phase),
    resumesAt: null,
  };
}

function ownerName(label: string, ownLabel: string | null): string {
  return label === ownLabel ? 'another window' : short(label);
}

function phaseMessage({ queue, self }: ViewInput, phase: LanePhase): string | null {
  const { lane, paused } = queue;
  switch (phase) {
    case 'stopping': {
      if (lane.stop === null) return null;
      const { by, then, reason } = lane.stop;
      if (then === 'preempt') return long(reason);
      return by === null ? long(reason) : long(`Stopped by ${actorName(by, self)}`);
    }
    case 'held':
      return long(`Processes of a stopped program do not end: ${lane.alive.join(', ')}`);
    case 'paused':
      return paused.queue ? 'The whole queue is paused, for agents too' : null;
    case 'running':
    case 'idle':
      return null;
  }
}

function activeOf({ queue, context, kinds, live }: ViewInput, running: Running): ActiveTask | null {
  const task = findTask(queue, running.task);
  if (task === undefined) return null;
  const said = live?.token === running.token ? live : null;
  const { maxRetries } = context.rules.retry;
  return {
    id: running.task,
    token: running.token,
    title: long(running.title),
    kind: short(running.kind),
    kindLabel: kindLabel(kinds, running.kind),
    agent: short(workerName(task, running.agent)),
    session: running.session === null ? null : short(running.session),
    attempt: Math.max(1, running.attempt),
    maxAttempts: Math.max(maxRetries + 1, running.attempt),
    startedAt: running.since,
    estimateMs: running.estimateMinutes === null ? null : running.estimateMinutes * minuteMs,
    percent: said?.percent ?? running.percent,
    progress: said?.progress ?? (running.message === null ? null : long(running.message)),
    output: said?.output ?? { seq: 0, text: '', cut: false },
    tools: [...(said?.tools ?? [])],
    hasDiff: false,
  };
}

export function kindLabel(kinds: ReadonlyMap<string, KindWords>, kind: string): string {
  return short(kinds.get(kind)?.label ?? kind);
}

/** `ai`, and every kind that a task uses, in the order of the settings. */
function kindsOf({ queue, kinds, dismissed }: ViewInput, running: Running | null): KindStatus[] {
  const newest = newestAttempts(queue);
  const used = [...kinds.keys()].filter((kind) => kind === 'ai' || newest.has(kind));
  const others = [...newest.keys()].filter((kind) => !kinds.has(kind));
  return [...used, ...others].slice(0, maxKinds).map((kind): KindStatus => {
    const label = kindLabel(kinds, kind);
    const named = { kind: short(kind), label };
    const words = kinds.get(kind);
    if (running?.kind === kind) {
      const word = wordOf(words?.working, label, 'Working');
      return { ...named, word, state: 'working', detail: long(running.title) };
    }
    const last = newest.get(kind) ?? null;
    const error = last === null ? null : errorOf(last);
    if (error !== null && dismissed.get(kind) !== last?.lastClaim?.token) {
      return {
        ...named,
        word: wordOf(words?.error, label, 'Error'),
        state: 'error',
        detail: error,
      };
    }
    return { ...named, word: wordOf(words?.ready, label, 'Ready'), state: 'ready', detail: null };
  });
}

/** Settings hold the whole of what is shown, `AI: Working`; the view puts the label before it. */
function wordOf(whole: string | undefined, label: string, usual: string): string {
  if (whole === undefined) return usual;
  return short(whole.startsWith(`${label}: `) ? whole.slice(label.length + 2) : whole);
}

/** For each kind that a task has, the task that the lane started last; null where it started none. */
export function newestAttempts(queue: Queue): ReadonlyMap<string, Task | null> {
  const newest = new Map<string, Task | null>();
  for (const task of tasksOf(queue, queue.tasks.keys())) {
    const { kind } = task.content;
    const before = newest.get(kind);
    if (before === undefined) newest.set(kind, null);
    if (task.lastClaim?.lane !== true) continue;
    if (task.lastClaim.token > (before?.lastClaim?.token ?? 0)) newest.set(kind, task);
  }
  return newest;
}

/** What went wrong in the last attempt of a kind, as long as nobody retried or ended its task. */
function errorOf({ state, lastFailure, content }: Task): string | null {
  if (state.status !== 'failed' && state.status !== 'poisoned') return null;
  if (lastFailure === null) return null;
  return long(`${content.title}: ${lastFailure.errorClass}, ${lastFailure.message}`);
}
