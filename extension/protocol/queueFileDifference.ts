/**
 * What a person changed in a queue file: the difference between the file that they began with and
 * the one that they saved, as wishes.
 *
 * Knows which changes may be made by hand and refuses the others with a reason. Whether a wish fits
 * the queue as it is by now is for whoever carries it out.
 */
import type { TaskId, TaskKey } from '../core/ids.ts';
import { formatTaskId, parseTaskId, taskKey } from '../core/ids.ts';
import type { TaskContent } from '../core/task.ts';
import { fieldsByWord, foreign, isObject } from './queueFileFields.ts';
import { readTask } from './queueFileInput.ts';
import type { Problem } from './queueFileInput.ts';

/** A task as it stood in the file: its fields by their words. */
export type TaskWords = Readonly<Record<string, unknown>>;

/** A field that may be changed by hand; `extra` are those that this product does not know. */
export type EditableField =
  'title' | 'description' | 'type' | 'priority' | 'dependencies' | 'estimateMinutes' | 'extra';

/** A field with its new value; undefined where the field was emptied. */
export interface Change {
  readonly field: EditableField;
  readonly value: unknown;
}

export type Wish =
  | {
      readonly type: 'add';
      /** As written in the file; null: the queue gives one. */
      readonly id: TaskId | null;
      /** Its place among the tasks that were added without an id. */
      readonly ordinal: number;
      readonly content: TaskContent;
    }
  | { readonly type: 'change'; readonly task: TaskId; readonly changes: readonly Change[] }
  | { readonly type: 'cancel'; readonly task: TaskId; readonly isDeleted: boolean }
  | { readonly type: 'release'; readonly task: TaskId };

/** A change that is not made. */
export interface RefusedEdit {
  /** The task, as people write it, or the place in the file. */
  readonly about: string;
  /** Why not, and what to do instead. */
  readonly message: string;
}

export interface Difference {
  readonly wishes: readonly Wish[];
  readonly refused: readonly RefusedEdit[];
}

const editable: Readonly<Record<string, Exclude<EditableField, 'extra'>>> = {
  title: 'title',
  description: 'description',
  type: 'type',
  priority: 'priority',
  dependencies: 'dependencies',
  estimate_minutes: 'estimateMinutes',
};

/** Values that a field of a new task may have and that say nothing. */
const saysNothing = new Set<unknown>([null, undefined, 0, '', false]);

/** Fields of a new task that tell of a life which it has not had here. */
const lived = [
  ...['attempts', 'failures', 'result', 'actual_minutes', 'completed_on', 'assigned_to'],
  ...['claimed_on', 'reason'],
];

/**
 * @param base the tasks of the file that the person began with
 * @param edited the list `queue` of the file that they saved
 */
export function differenceOf(
  base: ReadonlyMap<TaskKey, TaskWords>,
  edited: readonly unknown[],
): Difference {
  const reader = new Reader(base);
  for (const [index, item] of edited.entries()) reader.read(item, `queue[${index}]`);
  reader.findDeleted();
  return reader;
}

class Reader implements Difference {
  readonly wishes: Wish[] = [];
  readonly refused: RefusedEdit[] = [];
  readonly #base: ReadonlyMap<TaskKey, TaskWords>;
  readonly #seen = new Set<TaskKey>();
  #unnamed = 0;

  constructor(base: ReadonlyMap<TaskKey, TaskWords>) {
    this.#base = base;
  }

  read(item: unknown, place: string): void {
    if (!isObject(item)) {
      this.#refuse(place, 'A task is an object with at least a "title".');
      return;
    }
    const hasId = item['id'] !== undefined && item['id'] !== null;
    const id = hasId ? parseTaskId(item['id']) : null;
    if (id === undefined) {
      this.#refuse(
        `${place}.id`,
        `${JSON.stringify(item['id'])} is no id of a task. Leave the id out to be given one.`,
      );
      return;
    }
    if (id === null) {
      this.#readAdded(item, place, null);
      return;
    }
    const key = taskKey(id);
    if (this.#seen.has(key)) {
      this.#refuse(
        place,
        `The file has two tasks ${formatTaskId(id)}; the first one counts. Leave the id out to be given a new one.`,
      );
      return;
    }
    this.#seen.add(key);
    const before = this.#base.get(key);
    if (before === undefined) this.#readAdded(item, place, id);
    else this.#readChanged(item, before, id);
  }

  findDeleted(): void {
    for (const [key, words] of this.#base) {
      const id = parseTaskId(words['id']);
      if (id === undefined || this.#seen.has(key) || hasEnded(words['status'])) continue;
      this.wishes.push({ type: 'cancel', task: id, isDeleted: true });
    }
  }

  #readAdded(item: TaskWords, place: string, id: TaskId | null): void {
    const problems: Problem[] = [];
    // Without an id of its own it reads like any other.
    const task = readTask(id === null ? { ...item, id: 1 } : item, place, problems);
    for (const { path, message } of problems) this.#refuse(path, message);
    if (task === undefined) return;
    const name = id === null ? `"${task.content.title}"` : formatTaskId(id);
    if (task.status !== 'pending') {
      this.#refuse(
        name,
        `A task that is added begins as pending, not as ${task.status}. \`signalbox import FILE\` takes in tasks with a past.`,
      );
      return;
    }
    const past = lived.filter((word) => !saysNothing.has(item[word]));
    if (past.length > 0) {
      this.#refuse(name, `A new task has no ${past.join(', ')} yet, so that was left out.`);
    }
    const ordinal = id === null ? this.#unnamed++ : 0;
    this.wishes.push({ type: 'add', id, ordinal, content: task.content });
  }

  #readChanged(item: TaskWords, before: TaskWords, id: TaskId): void {
    const changes: Change[] = [];
    const extra: Record<string, unknown> = {};
    let isExtraChanged = false;
    for (const [word, value] of Object.entries(item)) {
      const field = fieldsByWord.get(word);
      if (word === 'id' || word === 'status') continue;
      if (field === undefined) {
        const isSame = isEqual(value, before[word]);
        if (!isSame && !this.#isKeepable(id, word, value)) {
          if (before[word] !== undefined) extra[word] = before[word];
          continue;
        }
        extra[word] = value;
        isExtraChanged ||= !isSame;
        continue;
      }
      if (isEqual(value, before[word] ?? null)) continue;
      const change = this.#readField(id, word, value, before[word]);
      if (change !== null) changes.push(change);
    }
    for (const word of Object.keys(before)) {
      // A known field that is left out says nothing; one of the person's own is gone.
      if (!fieldsByWord.has(word) && !Object.hasOwn(item, word)) isExtraChanged = true;
    }
    if (isExtraChanged) {
      const value = Object.keys(extra).length === 0 ? undefined : extra;
      changes.push({ field: 'extra', value });
    }
    if (changes.length > 0) this.wishes.push({ type: 'change', task: id, changes });
    this.#readStatus(id, item['status'], before['status']);
  }

  #isKeepable(id: TaskId, word: string, value: unknown): boolean {
    let isFine = word !== '__proto__';
    const refuse = (message: string) => {
      isFine = false;
      this.#refuse(`${formatTaskId(id)} ${word}`, message);
    };
    if (isFine) foreign(value, refuse);
    else refuse('A field cannot have this name.');
    return isFine;
  }

  /** Null where nothing is to be changed. */
  #readField(id: TaskId, word: string, value: unknown, before: unknown): Change | null {
    const about = `${formatTaskId(id)} ${word}`;
    const field = Object.hasOwn(editable, word) ? editable[word] : undefined;
    const read = fieldsByWord.get(word)?.read;
    if (read === undefined) return null;
    const problems: RefusedEdit[] = [];
    const known = read(value, (message, at = '') =>
      problems.push({ about: `${about}${at}`, message }),
    );
    const knownBefore = before === undefined ? undefined : read(before, () => undefined);
    // Written differently, and the same: "7" for 7, "high" for "HIGH".
    const isSame = problems.length === 0 && isEqual(known ?? null, knownBefore ?? null);
    if (isSame) return null;
    if (field === undefined) {
      this.#refuse(about, 'This cannot be changed in the file.' + instead(word));
      return null;
    }
    this.refused.push(...problems);
    return problems.length === 0 ? { field, value: known } : null;
  }

  #readStatus(id: TaskId, value: unknown, before: unknown): void {
    if (value === undefined || value === before) return;
    const about = `${formatTaskId(id)} status`;
    const problems: RefusedEdit[] = [];
    const status = fieldsByWord
      .get('status')
      ?.read(value, (message) => problems.push({ about, message }));
    this.refused.push(...problems);
    if (problems.length > 0 || status === before) return;
    if (before === 'pending' && status === 'cancelled') {
      this.wishes.push({ type: 'cancel', task: id, isDeleted: false });
    } else if (before === 'in_progress' && status === 'pending') {
      this.wishes.push({ type: 'release', task: id });
    } else {
      const way = statusWays[`${String(before)} ${String(status)}`] ?? statusWays[String(status)];
      const help = way === undefined ? '' : ` Use \`signalbox ${way} ${String(id)}\`.`;
      const what = `${String(before)} does not become ${String(status)} by hand`;
      this.#refuse(
        about,
        `${what}; only pending tasks can be cancelled in the file, and in_progress ones put back to pending.${help}`,
      );
    }
  }

  #refuse(about: string, message: string): void {
    this.refused.push({ about, message });
  }
}

/** The verb that makes a change of status which the file cannot make. */
const statusWays: Readonly<Record<string, string>> = {
  'failed pending': 'retry',
  'interrupted pending': 'retry',
  'poisoned pending': 'recovery clear',
  completed: 'complete',
  in_progress: 'claim',
  cancelled: 'cancel',
  failed: 'fail',
};

function instead(word: string): string {
  if (word === 'assigned_to' || word === 'claimed_on') {
    return ' `signalbox claim` or `signalbox assign` gives a task to someone.';
  }
  if (word === 'result' || word === 'completed_on')
    return ' `signalbox complete` records a result.';
  return lived.includes(word) ? ' The queue counts it.' : ' `signalbox edit` changes it.';
}

function hasEnded(status: unknown): boolean {
  return status === 'completed' || status === 'cancelled' || status === 'skipped';
}

/** Whether two JSON values are the same, whatever the order of their fields. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((each, n) => isEqual(each, b[n]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && isEqual(a[name], b[name]));
}
