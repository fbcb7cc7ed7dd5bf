/**
 * What the data of each event must look like before it may be folded: plain guards, since a cold
 * command reads thousands of lines and cannot afford a schema library.
 *
 * Checks shapes only. Whether an event may happen was settled before it was written. A field that
 * is not named here is of a newer build, and passes.
 */
import type { EventData, EventName, LaneData, ProcessRecord } from '../core/event.ts';
import { parseTaskId } from '../core/ids.ts';
import type {
  BlobRef,
  Failure,
  Holder,
  Limits,
  TaskContent,
  TaskPast,
  TaskStatus,
} from '../core/task.ts';
import { dependencyPolicies, priorities } from '../core/task.ts';

type Check = (value: unknown) => boolean;
/** One check for each field, so that a field added to an event does not compile without one. */
type Shape<Data> = { readonly [Field in keyof Data]-?: Check };

const statuses: Readonly<Record<TaskStatus, true>> = {
  pending: true,
  in_progress: true,
  failed: true,
  poisoned: true,
  interrupted: true,
  completed: true,
  cancelled: true,
  skipped: true,
};

export function isTaskStatus(value: unknown): value is TaskStatus {
  return typeof value === 'string' && Object.hasOwn(statuses, value);
}

export function isKnownEvent(name: string): name is EventName {
  return Object.hasOwn(checks, name);
}

/** Whether `data`, with its fields named as in the code, is what `event` carries. */
export function isEventData(event: EventName, data: object): boolean {
  return checks[event](data);
}

const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const number: Check = (value) => Number.isFinite(value);
const instant: Check = (value) => Number.isSafeInteger(value);
const anything: Check = () => true;
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const place: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 1;
const taskId: Check = (value) => value !== undefined && parseTaskId(value) === value;

function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}
function orNull(check: Check): Check {
  return (value) => value === null || check(value);
}
function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}
function oneOf(words: readonly string[]): Check {
  return (value) => typeof value === 'string' && words.includes(value);
}
function shape<Data>(fields: Shape<Data>): Check {
  const checks = new Map(Object.entries<Check>(fields));
  // Of many fields few are there: the others are looked at once, here.
  const needed = [...checks].filter(([, check]) => !check(undefined)).map(([field]) => field);
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const object = value as Readonly<Record<string, unknown>>;
    for (const field of needed) if (object[field] === undefined) return false;
    for (const field of Object.keys(object)) {
      const check = checks.get(field);
      if (check !== undefined && !check(object[field])) return false;
    }
    return true;
  };
}

const digest: Check = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const blobRef = shape<BlobRef>({ blob: digest, bytes: count });
/** Whether `value` names a text that is kept beside the log. */
export function isBlobRef(value: unknown): value is BlobRef {
  return blobRef(value);
}

const textOrBlob: Check = (value) => value === null || typeof value === 'string' || blobRef(value);

const holder = shape<Holder>({
  pid: place,
  startTime: text,
  host: text,
  bootId: text,
  pidNamespace: text,
});
const processRecord = shape<ProcessRecord>({ pid: place, startTime: text, cookie: text });
const limits = shape<Limits>({
  minutes: optional(number),
  turns: optional(number),
  tokens: optional(number),
});

const contentShape: Shape<TaskContent> = {
  title: text,
  description: textOrBlob,
  type: text,
  kind: text,
  priority: oneOf(priorities),
  dependencies: listOf(taskId),
  onDependencyFailure: optional(oneOf(dependencyPolicies)),
  key: optional(text),
  session: optional(text),
  group: optional(text),
  labels: optional(listOf(text)),
  program: optional(text),
  accept: optional(text),
  paths: optional(listOf(text)),
  estimateMinutes: optional(number),
  deadlineAt: optional(instant),
  notBeforeAt: optional(instant),
  validIf: optional(text),
  capture: anything,
  background: optional(flag),
  preemptible: optional(flag),
  limit: optional(limits),
  provenance: optional(text),
  extra: optional(shape({})),
};
const content = shape(contentShape);
const partOfContent = shape(
  Object.fromEntries(
    Object.entries(contentShape).map(([field, check]) => [field, optional(check)]),
  ) as Shape<Partial<TaskContent>>,
);

/** Whether `value`, with its fields named as in the code, is the past of a task. */
export function isTaskPast(value: object): value is TaskPast {
  return past(value);
}

const past = shape<TaskPast>({
  createdAt: optional(instant),
  expirations: optional(count),
  lastFailure: optional(
    shape<Failure>({ agent: orNull(text), errorClass: text, message: text, at: instant }),
  ),
  errorClass: optional(text),
  rank: optional(number),
  checkpoint: anything,
});

const failure: Shape<EventData['FAILED']> = {
  token: place,
  errorClass: text,
  failures: count,
  notBeforeAt: orNull(instant),
};
const setAside = shape<NonNullable<EventData['RETRY']['setAside']>>({
  agent: text,
  until: instant,
});
const rank: Check = (value) =>
  Array.isArray(value) && value.length === 2 && taskId(value[0]) && number(value[1]);
const scope: Shape<EventData['PAUSED']> = { scope: oneOf(['lane', 'queue']) };

type LaneAction = LaneData['action'];
const laneChecks: Readonly<Record<LaneAction, Check>> = {
  acquired: shape<Extract<LaneData, { action: 'acquired' }>>({
    action: text,
    holder,
    label: text,
  }),
  released: shape<Extract<LaneData, { action: 'released' }>>({ action: text, lane: place }),
  expired: shape<Extract<LaneData, { action: 'expired' }>>({
    action: text,
    lane: place,
    evidence: text,
  }),
  started: shape<Extract<LaneData, { action: 'started' }>>({
    action: text,
    token: place,
    process: processRecord,
  }),
  interrupt: shape<Extract<LaneData, { action: 'interrupt' }>>({
    action: text,
    token: place,
    then: oneOf(['interrupt', 'cancel', 'preempt']),
    reason: text,
    farewell: optional(text),
  }),
  held: shape<Extract<LaneData, { action: 'held' }>>({ action: text, pids: listOf(place) }),
  quiet: shape<Extract<LaneData, { action: 'quiet' }>>({ action: text }),
};

function lane(data: unknown): boolean {
  const action = (data as { readonly action?: unknown }).action;
  if (typeof action !== 'string' || !Object.hasOwn(laneChecks, action)) return false;
  return laneChecks[action as LaneAction](data);
}

const checks: Readonly<Record<EventName, Check>> = {
  GENESIS: shape<EventData['GENESIS']>({ store: text }),
  CREATED: content,
  IMPORTED: shape<EventData['IMPORTED']>({
    content,
    attempts: count,
    failures: count,
    at: orNull(instant),
    result: textOrBlob,
    actualMinutes: number,
    past: optional(past),
  }),
  EDITED: shape<EventData['EDITED']>({ content: partOfContent, whole: optional(flag) }),
  CLAIMED: shape<EventData['CLAIMED']>({
    attempt: count,
    holder: orNull(holder),
    lane: optional(flag),
  }),
  RELEASED: shape<EventData['RELEASED']>({ token: place, forced: optional(flag) }),
  PROGRESS: shape<EventData['PROGRESS']>({ token: place, percent: number }),
  CHECKPOINT: shape<EventData['CHECKPOINT']>({ token: place, checkpoint: anything }),
  COMPLETED: shape<EventData['COMPLETED']>({
    token: place,
    result: textOrBlob,
    actualMinutes: number,
  }),
  FAILED: shape(failure),
  TIMEOUT: shape(failure),
  LEASE_EXPIRED: shape<EventData['LEASE_EXPIRED']>({
    token: place,
    evidence: text,
    expirations: count,
  }),
  RETRY: shape<EventData['RETRY']>({ attempt: count, setAside: optional(setAside) }),
  DEPENDENCY_BLOCKED: shape<EventData['DEPENDENCY_BLOCKED']>({ open: listOf(taskId) }),
  POISON_PILL: shape<EventData['POISON_PILL']>({ failures: count, errorClass: text }),
  CLEARED: shape({}),
  CANCELLED: shape<EventData['CANCELLED']>({ token: optional(place) }),
  SKIPPED: shape<EventData['SKIPPED']>({ token: optional(place) }),
  INTERRUPTED: shape<EventData['INTERRUPTED']>({ token: place }),
  PREEMPTED: shape<EventData['PREEMPTED']>({ token: place }),
  ASSIGNED: shape<EventData['ASSIGNED']>({ until: optional(instant) }),
  REPRIORITIZED: shape<EventData['REPRIORITIZED']>({ priority: oneOf(priorities) }),
  MOVED: shape<EventData['MOVED']>({ ranks: listOf(rank) }),
  PAUSED: shape(scope),
  RESUMED: shape(scope),
  SESSION: shape<EventData['SESSION']>({ focus: orNull(text) }),
  NOTE: shape<EventData['NOTE']>({ event: optional(text), status: optional(text) }),
  AGENT: shape<EventData['AGENT']>({
    capabilities: optional(listOf(text)),
    capacity: optional(number),
    removed: optional(flag),
  }),
  LANE: lane,
  HEALED: shape<EventData['HEALED']>({ done: listOf(text), store: optional(text) }),
  SEALED: shape<EventData['SEALED']>({
    why: text,
    next: optional(text),
  }),
  SNAPSHOT: shape<EventData['SNAPSHOT']>({
    version: count,
    store: text,
    bytesBefore: count,
    state: anything,
    blob: optional(blobRef),
  }),
};
