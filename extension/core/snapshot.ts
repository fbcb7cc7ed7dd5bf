/**
 * The whole queue as one text, and back: what lets a long log be opened without folding all of it.
 *
 * A pure function of the fold: two processes that folded the same records write the same text, to
 * the byte. Knows nothing of where the text is kept. What follows from the tasks (who depends on
 * whom, what is open) is not written but made again.
 */
import type { Instant, Position, TaskId, TaskKey } from './ids.ts';
import { taskKey } from './ids.ts';
import type { CommandTrace, Lane, Queue, QueueDraft } from './queue.ts';
import { indexTask, newQueue } from './queue.ts';
import type { Claim, Holder, Task, TaskContent, TaskState } from './task.ts';
import { priorities } from './task.ts';

/**
 * Raised whenever the fold comes to remember something else: a text of another version is never
 * read, so that no build goes on from a state which it would have folded differently.
 */
export const snapshotVersion = 1;

/** A task without its keys; zeros at the end are left out. */
type TaskRow = readonly unknown[];
type ClaimRow = readonly [
  agent: string,
  token: Position,
  claimedAt: Instant,
  lane: 0 | 1,
  holder?: readonly [pid: number, startTime: string, place: number],
];
type Place = readonly [host: string, bootId: string, pidNamespace: string];

interface Snapshot {
  readonly version: number;
  readonly end: Position;
  readonly lastAt: Instant;
  readonly nextId: number;
  readonly completed: number;
  readonly lane: Lane;
  readonly paused: Queue['paused'];
  readonly focus: string | null;
  readonly sealed: boolean;
  readonly auditRotations: readonly Position[];
  readonly places: readonly Place[];
  readonly tasks: readonly TaskRow[];
  /** Places in `tasks` of those that have ended, oldest end first. */
  readonly ended: readonly number[];
  /** Names of events, for `commands`. */
  readonly events: readonly string[];
  /** Four values for each command, the oldest first: id, task, place in `events`, position. */
  readonly commands: readonly (string | number | null)[];
}

/** The text of `queue`; the same for every queue that the same records were folded into. */
export function encodeSnapshot(queue: Queue): string {
  const places = new Numbered<string>();
  const events = new Numbered<string>();
  const numbers = new Map<TaskKey, number>();
  const tasks: TaskRow[] = [];
  for (const [key, task] of queue.tasks) {
    numbers.set(key, tasks.length);
    tasks.push(encodeTask(task, places));
  }
  const commands: (string | number | null)[] = [];
  for (const [id, { task, event, seq }] of queue.commands) {
    commands.push(id, task, events.numberOf(event), seq);
  }
  const { end, lastAt, nextId, completedCount, lane, paused, focus, sealed, auditRotations } =
    queue;
  const snapshot: Snapshot = {
    version: snapshotVersion,
    end,
    lastAt,
    nextId,
    completed: completedCount,
    lane,
    paused: { lane: paused.lane, queue: paused.queue },
    focus,
    sealed,
    auditRotations,
    places: places.all.map((place) => JSON.parse(place) as Place),
    tasks,
    ended: [...queue.ended].map((key) => numbers.get(key) ?? 0),
    events: events.all,
    commands,
  };
  return JSON.stringify(snapshot);
}

/**
 * The queue that `text` was made of.
 *
 * @throws {TypeError} where it is no snapshot of this version
 */
export function decodeSnapshot(text: string): QueueDraft {
  const snapshot = JSON.parse(text) as Snapshot;
  if (snapshot.version !== snapshotVersion) {
    throw new TypeError(`A snapshot of version ${snapshot.version} cannot be read`);
  }
  const queue = newQueue();
  queue.end = snapshot.end;
  queue.lastAt = snapshot.lastAt;
  queue.nextId = snapshot.nextId;
  queue.completedCount = snapshot.completed;
  queue.lane = snapshot.lane;
  queue.paused = snapshot.paused;
  queue.focus = snapshot.focus;
  queue.sealed = snapshot.sealed;
  queue.auditRotations = snapshot.auditRotations;
  const keys: TaskKey[] = [];
  for (const row of snapshot.tasks) {
    const task = decodeTask(row, snapshot.places);
    const key = taskKey(task.id);
    keys.push(key);
    queue.tasks.set(key, task);
    indexTask(queue, key, task);
    if (task.state.status === 'in_progress') queue.held.add(key);
  }
  // In the order in which they ended, which is not that of the tasks.
  queue.ended.clear();
  for (const number of snapshot.ended) queue.ended.add(at(keys, number));
  const { commands, events } = snapshot;
  for (let n = 0; n < commands.length; n += 4) {
    const trace: CommandTrace = {
      task: commands[n + 1] as TaskId | null,
      event: at(events, commands[n + 2] as number),
      seq: commands[n + 3] as Position,
    };
    queue.commands.set(commands[n] as string, trace);
  }
  return queue;
}

function encodeTask(task: Task, places: Numbered<string>): TaskRow {
  const { id, content, state, createdAt, createdSeq, createdBy, imported, ...counted } = task;
  const { attempts, failures, expirations, lastFailure, claimsSincePending, ...left } = counted;
  // What a task has at times stands as it is, whatever it is.
  const { lastClaim, ...more } = left;
  const { title, description, type, kind, priority, dependencies, ...others } = content;
  const row: unknown[] = [
    id,
    createdAt,
    createdSeq,
    title,
    type,
    kind,
    priorities.indexOf(priority),
    description ?? 0,
    dependencies.length === 0 ? 0 : dependencies,
    orZero(others),
    createdBy ?? 0,
    encodeState(state),
    lastClaim === null ? 0 : encodeClaim(lastClaim, places),
    attempts,
    claimsSincePending,
    failures,
    expirations,
    lastFailure ?? 0,
    orZero(more),
    imported ? 1 : 0,
  ];
  while (row.at(-1) === 0) row.pop();
  return row;
}

function decodeTask(row: TaskRow, places: readonly Place[]): Task {
  const dependencies = row[8];
  const lastClaim = decodeClaim(row[12] as ClaimRow | 0 | undefined, places);
  const content: TaskContent = {
    title: row[3] as string,
    description: (row[7] || null) === null ? emptyOr(row[7]) : (row[7] as string),
    type: row[4] as string,
    kind: row[5] as string,
    priority: at(priorities, (row[6] as number | undefined) ?? 0),
    dependencies: dependencies ? (dependencies as readonly TaskId[]) : [],
  };
  const task: Task = {
    id: row[0] as TaskId,
    content: row[9] ? { ...content, ...(row[9] as Partial<TaskContent>) } : content,
    state: decodeState(row[11] as StateRow | undefined, lastClaim),
    createdAt: row[1] as Instant,
    createdBy: typeof row[10] === 'string' ? row[10] : null,
    imported: row[19] === 1,
    createdSeq: row[2] as Position,
    attempts: (row[13] as number | undefined) ?? 0,
    failures: (row[15] as number | undefined) ?? 0,
    expirations: (row[16] as number | undefined) ?? 0,
    lastFailure: (row[17] || null) as Task['lastFailure'],
    claimsSincePending: (row[14] as number | undefined) ?? 0,
    lastClaim,
  };
  return row[18] ? { ...task, ...(row[18] as Partial<Task>) } : task;
}

/** An empty text is falsy like the zero that stands for none, and is a text all the same. */
function emptyOr(value: unknown): '' | null {
  return value === '' ? '' : null;
}

type StateRow = 0 | readonly [code: number, ...facts: unknown[]];

const codes = {
  pending: 0,
  in_progress: 1,
  failed: 2,
  poisoned: 3,
  interrupted: 4,
  completed: 5,
  cancelled: 6,
  skipped: 7,
} as const satisfies Record<TaskState['status'], number>;

function encodeState(state: TaskState): StateRow {
  const code = codes[state.status];
  switch (state.status) {
    case 'pending':
      return 0;
    case 'in_progress': {
      // Its claim is the last one, and what the holder reported since.
      const { percent, message } = state.claim;
      return percent === undefined ? [code] : [code, percent, message];
    }
    case 'failed':
      return [code, state.notBeforeAt];
    case 'poisoned':
      return [code, state.at, state.errorClass, state.reason];
    case 'interrupted':
      return [code, state.at, state.by, state.reason];
    case 'completed':
      return [code, state.at, state.result, state.actualMinutes];
    case 'cancelled':
    case 'skipped':
      return [code, state.at, state.reason];
  }
}

function decodeState(row: StateRow | undefined, lastClaim: Claim | null): TaskState {
  if (row === undefined || row === 0) return { status: 'pending' };
  const [code, one, two, three] = row as readonly [number, never, never, never];
  switch (code) {
    case codes.in_progress: {
      if (lastClaim === null) throw new TypeError('A snapshot holds a task without its claim');
      const claim = row.length === 1 ? lastClaim : { ...lastClaim, percent: one, message: two };
      return { status: 'in_progress', claim };
    }
    case codes.failed:
      return { status: 'failed', notBeforeAt: one };
    case codes.poisoned:
      return { status: 'poisoned', at: one, errorClass: two, reason: three };
    case codes.interrupted:
      return { status: 'interrupted', at: one, by: two, reason: three };
    case codes.completed:
      return { status: 'completed', at: one, result: two, actualMinutes: three };
    case codes.cancelled:
      return { status: 'cancelled', at: one, reason: two };
    case codes.skipped:
      return { status: 'skipped', at: one, reason: two };
    default:
      throw new TypeError(`A snapshot holds a task in state ${code}`);
  }
}

function encodeClaim(claim: Claim, places: Numbered<string>): ClaimRow {
  const { agent, token, claimedAt, lane, holder } = claim;
  if (holder === null) return [agent, token, claimedAt, lane ? 1 : 0];
  const { pid, startTime, host, bootId, pidNamespace } = holder;
  const place = places.numberOf(JSON.stringify([host, bootId, pidNamespace]));
  return [agent, token, claimedAt, lane ? 1 : 0, [pid, startTime, place]];
}

function decodeClaim(row: ClaimRow | 0 | undefined, places: readonly Place[]): Claim | null {
  if (row === undefined || row === 0) return null;
  const [agent, token, claimedAt, lane, who] = row;
  return { agent, token, claimedAt, holder: decodeHolder(who, places), lane: lane === 1 };
}

function decodeHolder(who: ClaimRow[4], places: readonly Place[]): Holder | null {
  if (who === undefined) return null;
  const [pid, startTime, place] = who;
  const [host, bootId, pidNamespace] = at(places, place);
  return { pid, startTime, host, bootId, pidNamespace };
}

function at<Value>(values: readonly Value[], number: number): Value {
  const value = values[number];
  if (value === undefined) throw new TypeError(`A snapshot names number ${number} of a list`);
  return value;
}

/** `fields`, or 0 where none of them has a value. */
function orZero(fields: object): object | 0 {
  for (const value of Object.values(fields)) if (value !== undefined) return fields;
  return 0;
}

/** Values by number, in the order in which they were met. */
class Numbered<Value> {
  readonly all: Value[] = [];
  readonly #numbers = new Map<Value, number>();

  numberOf(value: Value): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    this.#numbers.set(value, this.all.length);
    this.all.push(value);
    return this.all.length - 1;
  }
}
