/**
 * The fields of a task in a queue file, each with what it may hold.
 *
 * Reads values; which of them a task must have, and what becomes of the others, is
 * `queueFileInput`'s.
 */
import type { Instant, TaskId } from '../core/ids.ts';
import { parseTaskId } from '../core/ids.ts';
import { checkProgram } from '../core/programSpec.ts';
import type { BlobRef, Limits, Priority, TaskContent, TaskPast, TaskStatus } from '../core/task.ts';
import { dependencyPolicies, priorities } from '../core/task.ts';
import { isBlobRef, isTaskPast, isTaskStatus } from './eventData.ts';
import { fromWords, parseIsoInstant, toWords } from './words.ts';

const maxTitleChars = 500;
const maxTextChars = 1024 * 1024;
const maxShortChars = 200;
const maxCommandChars = 4_096;
const maxItems = 1_000;
/** Of one value that is kept as it is: together with the rest it must fit a line of the log. */
const maxForeignChars = 16 * 1024;
/** A checkpoint may fill most of a line. */
const maxPastChars = 56 * 1024;
const maxForeignDepth = 32;
/** Words of older systems for the states of a task. */
const olderStatuses: Readonly<Record<string, TaskStatus>> = {
  todo: 'pending',
  open: 'pending',
  new: 'pending',
  queued: 'pending',
  ready: 'pending',
  waiting: 'pending',
  available: 'pending',
  blocked: 'pending',
  retry: 'pending',
  claimed: 'in_progress',
  assigned: 'in_progress',
  active: 'in_progress',
  running: 'in_progress',
  done: 'completed',
  complete: 'completed',
  closed: 'completed',
  finished: 'completed',
  error: 'failed',
  timeout: 'failed',
  poison: 'poisoned',
  poison_pill: 'poisoned',
  canceled: 'cancelled',
};

/** What a reader says of a value that it cannot take. `at` is the place within it, as `[2]`. */
export type Refuse = (message: string, at?: string) => void;
/** The value as the code knows it; undefined where it was refused, or says nothing. */
type Reader<Value> = (value: unknown, refuse: Refuse) => Value | undefined;

interface KnownField {
  readonly name: string;
  readonly read: Reader<unknown>;
}

type ContentFields = Omit<TaskContent, 'extra'>;
/** What a file says of a task, as far as this product understands it. */
export type KnownFields = Partial<ContentFields> &
  Pick<TaskContent, 'title'> & {
    readonly id: TaskId;
    readonly status?: TaskStatus;
    readonly attempts?: number;
    readonly failures?: number;
    readonly result?: string | BlobRef;
    readonly actualMinutes?: number;
    readonly completedAt?: Instant;
    readonly assignedTo?: string;
    readonly claimedAt?: string;
    readonly reason?: string;
    readonly past?: TaskPast;
  };

const title = text(maxTitleChars, 'A title');
const short = text(maxShortChars, 'It');
const count = number('a whole number', (value) => Number.isSafeInteger(value));
const amount = number('a number', Number.isFinite);

/** One reader for each field: a field added to a task does not compile without one. */
const readers: { readonly [Field in keyof KnownFields]-?: Reader<KnownFields[Field]> } = {
  id: (value, refuse) => {
    const id = parseTaskId(value);
    if (id !== undefined) return id;
    refuse(
      `${quoted(value)} is no id: whole numbers from 1, or letters, digits, dots, dashes and underscores, 64 at most.`,
    );
    return undefined;
  },
  title: (value, refuse) => {
    const read = title(value, refuse);
    if (read?.trim() === '') refuse('A title cannot be empty.');
    return read;
  },
  description: orNull(textOrBlob('A description')),
  type: word,
  kind: word,
  status: (value, refuse) => {
    const name = scalarText(value)
      .toLowerCase()
      .trim()
      .replaceAll(/[\s-]+/g, '_');
    if (isTaskStatus(name)) return name;
    if (Object.hasOwn(olderStatuses, name)) return olderStatuses[name];
    refuse(`${quoted(value)} is no status of a task.`);
    return undefined;
  },
  priority: (value, refuse) => {
    const priority = priorities.find(
      (each): each is Priority => each === scalarText(value).toUpperCase(),
    );
    if (priority === undefined) refuse(`${quoted(value)} is none of ${priorities.join(', ')}.`);
    return priority;
  },
  dependencies: (value, refuse) => {
    const ids = list(readId)(value ?? [], refuse);
    return ids === undefined ? undefined : [...new Set(ids)];
  },
  onDependencyFailure: (value, refuse) => {
    const policy = dependencyPolicies.find((each) => each === value);
    if (policy === undefined)
      refuse(`${quoted(value)} is none of ${dependencyPolicies.join(', ')}.`);
    return policy;
  },
  key: nothing(short),
  session: nothing(short),
  group: nothing(short),
  labels: nothing(list(short)),
  program: nothing((value, refuse) => {
    const program = text(maxCommandChars, 'A program')(value, refuse);
    const problem = program === undefined ? null : checkProgram(program);
    if (problem !== null) refuse(problem);
    return program;
  }),
  accept: nothing(text(maxCommandChars, 'A command line')),
  paths: nothing(list(text(maxCommandChars, 'A path'))),
  estimateMinutes: nothing(amount),
  deadlineAt: nothing(instant),
  notBeforeAt: nothing(instant),
  validIf: nothing((value, refuse) => {
    const condition = text(maxCommandChars, 'A condition')(value, refuse);
    if (condition === undefined || /^(?:file|branch|cmd):./.test(condition)) return condition;
    refuse(`${quoted(value)} is none of file:PATH, branch:NAME, cmd:COMMAND.`);
    return undefined;
  }),
  capture: foreign,
  background: nothing(flag),
  preemptible: nothing(flag),
  limit: nothing(limits),
  provenance: nothing(short),
  attempts: nothing(count),
  failures: nothing(count),
  result: nothing(textOrBlob('A result')),
  actualMinutes: nothing(amount),
  completedAt: nothing(instant),
  assignedTo: nothing(short),
  claimedAt: nothing(short),
  reason: nothing(text(maxCommandChars, 'A reason')),
  past: nothing((value, refuse) => {
    const past = isObject(value) ? fromWords(value) : undefined;
    if (past !== undefined && isTaskPast(past)) {
      return foreign(value, refuse, maxPastChars) === undefined ? undefined : past;
    }
    refuse(`${quoted(value)} is no past of a task as \`signalbox export\` writes it.`);
    return undefined;
  }),
};

/** The readers by the words that the fields have in files. */
export const fieldsByWord: ReadonlyMap<string, KnownField> = new Map(
  Object.entries(readers).map(([name, read]) => {
    const [inFile = name] = Object.keys(toWords({ [name]: '' }));
    return [inFile, { name, read: read }] as const;
  }),
);

function readId(value: unknown, refuse: Refuse): TaskId | undefined {
  return readers.id(value, refuse);
}

/** For a field that other systems write as null, or empty, where it has no value. */
function nothing<Value>(read: Reader<Value>): Reader<Value> {
  return (value, refuse) => (value === null || value === '' ? undefined : read(value, refuse));
}

function orNull<Value>(read: Reader<Value>): Reader<Value | null> {
  return (value, refuse) => (value === null ? null : read(value, refuse));
}

function text(maxChars: number, what: string): Reader<string> {
  return (value, refuse) => {
    if (typeof value === 'string' && value.length <= maxChars) return value;
    if (typeof value === 'string') refuse(`${what} has ${maxChars} characters at most.`);
    else refuse(`${what} is a text, not ${quoted(value)}.`);
    return undefined;
  };
}

/** A text, or the name of one that is kept beside the log, as `TASK_QUEUE.json` shows long ones. */
function textOrBlob(what: string): Reader<string | BlobRef> {
  const readText = text(maxTextChars, what);
  return (value, refuse) => (isBlobRef(value) ? value : readText(value, refuse));
}

function word(value: unknown, refuse: Refuse): string | undefined {
  if (typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value)) return value;
  refuse(`${quoted(value)} is no word of letters, digits, dots, dashes and underscores.`);
  return undefined;
}

function number(what: string, check: (value: unknown) => boolean): Reader<number> {
  return (value, refuse) => {
    if (check(value) && (value as number) >= 0) return value as number;
    refuse(`${quoted(value)} is not ${what} from 0.`);
    return undefined;
  };
}

function flag(value: unknown, refuse: Refuse): boolean | undefined {
  if (typeof value === 'boolean') return value;
  refuse(`${quoted(value)} is not true or false.`);
  return undefined;
}

function list<Item>(read: Reader<Item>): Reader<readonly Item[]> {
  return (value, refuse) => {
    if (!Array.isArray(value)) {
      refuse(`${quoted(value)} is no list.`);
      return undefined;
    }
    if (value.length > maxItems) {
      refuse(`The list has ${maxItems} items at most.`);
      return undefined;
    }
    return value
      .map((item, index) => read(item, (message, at = '') => refuse(message, `[${index}]${at}`)))
      .filter((item) => item !== undefined);
  };
}

/** Dates of older systems have a space, or no time zone, and mean UTC. */
function instant(value: unknown, refuse: Refuse): Instant | undefined {
  if (typeof value === 'string') {
    const at = parseIsoInstant(value) ?? parseIsoInstant(`${value.trim().replace(' ', 'T')}Z`);
    if (at !== undefined) return at as Instant;
  }
  refuse(`${quoted(value)} is no time such as 2026-11-22T14:30:00Z.`);
  return undefined;
}

function limits(value: unknown, refuse: Refuse): Limits | undefined {
  if (!isObject(value)) {
    refuse(`${quoted(value)} is no object with minutes, turns or tokens.`);
    return undefined;
  }
  const read: Record<string, number> = {};
  for (const [name, limit] of Object.entries(value)) {
    if (!['minutes', 'turns', 'tokens'].includes(name)) {
      refuse('There are limits for minutes, turns and tokens.', `.${name}`);
      continue;
    }
    const checked = amount(limit, (message) => refuse(message, `.${name}`));
    if (checked !== undefined) read[name] = checked;
  }
  return read;
}

/** A value that is not ours to understand, kept as it is within bounds. */
export function foreign(
  value: unknown,
  refuse: Refuse,
  maxChars: number = maxForeignChars,
): unknown {
  if (depthOf(value) > maxForeignDepth) {
    refuse(`It is nested more than ${maxForeignDepth} levels deep.`);
    return undefined;
  }
  if (JSON.stringify(value).length > maxChars) {
    refuse(`It is longer than ${maxChars} characters.`);
    return undefined;
  }
  return value;
}

/** How deep `value` is nested, counted no further than needed to refuse it. */
function depthOf(value: unknown): number {
  let depth = 0;
  let level: unknown[] = [value];
  while (depth <= maxForeignDepth) {
    const inner = level.filter((each) => typeof each === 'object' && each !== null);
    if (inner.length === 0) return depth;
    level = inner.flatMap((each) => Object.values(each) as unknown[]);
    depth++;
  }
  return depth;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function scalarText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The value in a sentence, shortened: what is refused may be of any size. */
export function quoted(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value);
  }
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
