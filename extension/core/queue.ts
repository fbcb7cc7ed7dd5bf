/**
 * The queue as folded from the log, and the questions that everyone asks of it.
 *
 * Holds no rules about what may happen next (`decide`) and no order (`pick`).
 */
import type { ProcessRecord } from './event.ts';
import type { Instant, Position, TaskId, TaskKey } from './ids.ts';
import { formatTaskId, position, taskKey } from './ids.ts';
import type { Claim, Holder, Task } from './task.ts';
import { claimOf, isEnded, willNotComplete } from './task.ts';

/** Who may start programs. Like a claim, with the position of its `LANE` event as fencing token. */
export interface LaneOwner {
  readonly token: Position;
  readonly holder: Holder;
  /** For people: `signalbox run`, `VS Code`. */
  readonly label: string;
  readonly since: Instant;
}

export interface LaneStop {
  /** Token of the attempt that is to stop. */
  readonly token: Position;
  readonly then: 'interrupt' | 'cancel' | 'preempt';
  readonly reason: string;
  readonly by: string | null;
  readonly farewell?: string;
}

export interface Lane {
  readonly owner: LaneOwner | null;
  /** The process of the running attempt, once it was recorded. */
  readonly running: { readonly token: Position; readonly process: ProcessRecord } | null;
  /** A stop that was asked for and is not over. */
  readonly stop: LaneStop | null;
  /** Processes of a stopped program that would not end; empty when all is quiet. */
  readonly alive: readonly number[];
}

/** What one command did, to recognise its repetition. */
export interface CommandTrace {
  readonly task: TaskId | null;
  /** Its first event, or `CLAIMED` where it made a claim. */
  readonly event: string;
  /** Position of its last event; the fencing token where it made a claim. */
  readonly seq: Position;
}

export interface Queue {
  /** Position of the last event folded; 0 for none. */
  readonly end: Position;
  readonly lastAt: Instant;
  /** One above the highest number ever given. */
  readonly nextId: number;
  /** All tasks ever, in order of creation. */
  readonly tasks: ReadonlyMap<TaskKey, Task>;
  /** Tasks that have not ended. */
  readonly open: ReadonlySet<TaskKey>;
  /** Tasks that someone holds. */
  readonly held: ReadonlySet<TaskKey>;
  /** Ended tasks, oldest end first; a task appears once. */
  readonly ended: ReadonlySet<TaskKey>;
  readonly completedCount: number;
  /** Who depends on a task. */
  readonly dependents: ReadonlyMap<TaskKey, ReadonlySet<TaskKey>>;
  /** Open tasks by dedupe key. */
  readonly byDedupeKey: ReadonlyMap<string, ReadonlySet<TaskKey>>;
  readonly sessionSizes: ReadonlyMap<string, number>;
  readonly commands: ReadonlyMap<string, CommandTrace>;
  readonly lane: Lane;
  readonly paused: { readonly lane: boolean; readonly queue: boolean };
  /** The session that the person looks at. */
  readonly focus: string | null;
  /** Whether the last event sealed its part of the log: a snapshot must follow before anything. */
  readonly sealed: boolean;
  /** Positions of the events that rotated the audit file; it begins after the last one. */
  readonly auditRotations: readonly Position[];
}

/** The queue that `evolve` writes to. Only the fold that made it may hold one. */
export interface QueueDraft {
  end: Position;
  lastAt: Instant;
  nextId: number;
  readonly tasks: Map<TaskKey, Task>;
  readonly open: Set<TaskKey>;
  readonly held: Set<TaskKey>;
  readonly ended: Set<TaskKey>;
  completedCount: number;
  readonly dependents: Map<TaskKey, Set<TaskKey>>;
  readonly byDedupeKey: Map<string, Set<TaskKey>>;
  readonly sessionSizes: Map<string, number>;
  readonly commands: Map<string, CommandTrace>;
  lane: Lane;
  paused: { readonly lane: boolean; readonly queue: boolean };
  focus: string | null;
  sealed: boolean;
  auditRotations: readonly Position[];
}

export function newQueue(): QueueDraft {
  return {
    end: position(0),
    lastAt: 0 as Instant,
    nextId: 1,
    tasks: new Map(),
    open: new Set(),
    held: new Set(),
    ended: new Set(),
    completedCount: 0,
    dependents: new Map(),
    byDedupeKey: new Map(),
    sessionSizes: new Map(),
    commands: new Map(),
    lane: { owner: null, running: null, stop: null, alive: [] },
    paused: { lane: false, queue: false },
    focus: null,
    sealed: false,
    auditRotations: [],
  };
}

/** Takes `task` into every index that its content and its end decide. */
export function indexTask(draft: QueueDraft, key: TaskKey, task: Task): void {
  for (const id of task.content.dependencies) addTo(draft.dependents, taskKey(id), key);
  if (isEnded(task)) {
    draft.ended.add(key);
    return;
  }
  draft.open.add(key);
  const { key: dedupeKey, session } = task.content;
  if (dedupeKey !== undefined) addTo(draft.byDedupeKey, dedupeKey, key);
  if (session !== undefined) {
    draft.sessionSizes.set(session, (draft.sessionSizes.get(session) ?? 0) + 1);
  }
}

function addTo<Key, Value>(index: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const values = index.get(key);
  if (values === undefined) index.set(key, new Set([value]));
  else values.add(value);
}

export function findTask(queue: Queue, id: TaskId): Task | undefined {
  return queue.tasks.get(taskKey(id));
}

/** The tasks behind `keys`, in that order. */
export function* tasksOf(queue: Queue, keys: Iterable<TaskKey>): Generator<Task> {
  for (const key of keys) {
    const task = queue.tasks.get(key);
    if (task !== undefined) yield task;
  }
}

/** The attempt that the lane runs now, or null. At most one exists, by `decide`. */
export function laneAttempt(queue: Queue): { readonly task: Task; readonly claim: Claim } | null {
  for (const task of tasksOf(queue, queue.held)) {
    const claim = claimOf(task);
    if (claim?.lane === true) return { task, claim };
  }
  return null;
}

/** Dependencies that keep a task from starting: those that are not completed, by its policy. */
export function openDependencies(queue: Queue, task: Task): readonly TaskId[] {
  const ignoresFailure = task.content.onDependencyFailure === 'ignore';
  return task.content.dependencies.filter((id) => {
    const dependency = findTask(queue, id);
    if (dependency?.state.status === 'completed') return false;
    return !(ignoresFailure && dependency !== undefined && willNotComplete(dependency));
  });
}

/** Tasks that `finished` was the last open dependency of, in order of creation. */
export function becameAvailable(queue: Queue, finished: TaskId): readonly Task[] {
  const keys = queue.dependents.get(taskKey(finished)) ?? [];
  return [...tasksOf(queue, keys)]
    .filter((task) => task.state.status === 'pending')
    .filter((task) => openDependencies(queue, task).length === 0)
    .sort((a, b) => a.createdSeq - b.createdSeq);
}

/** How many tasks wait: pending ones and those with a retry to come. */
export function waitingCount(queue: Queue): number {
  let count = 0;
  for (const { state } of tasksOf(queue, queue.open)) {
    if (state.status === 'pending' || state.status === 'failed') count++;
  }
  return count;
}

/** `#12 "Narrate the harbour scene"`, for messages. Titles are data: control characters go. */
export function describeTask(task: Pick<Task, 'id' | 'content'>): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for here
  const title = task.content.title.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
  return `${formatTaskId(task.id)} "${title.length > 60 ? `${title.slice(0, 59)}…` : title}"`;
}
