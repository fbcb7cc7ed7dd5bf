/**
 * Carries out what a person wished by saving the queue file: each wish becomes a command, under an
 * id that the same save always gets, so that two processes that take it in, or one that is killed
 * and begins again, do it once.
 *
 * What someone else did since the person read the file is never undone: such a wish is refused.
 * What may be wished at all is `protocol/queueFileDifference`'s.
 */
import { createHash } from 'node:crypto';
import type { Command, CommandBody } from '../core/command.ts';
import type { LogRecord } from '../core/event.ts';
import type { Position, TaskId, TaskKey } from '../core/ids.ts';
import { formatTaskId, taskKey } from '../core/ids.ts';
import type { Queue } from '../core/queue.ts';
import { describeTask, findTask } from '../core/queue.ts';
import type { Task, TaskContent } from '../core/task.ts';
import { claimOf, isEnded } from '../core/task.ts';
import { ownPlace } from '../platform/processIdentity.ts';
import type { QueueFileForm } from '../protocol/queueFile.ts';
import type { Change, EditableField, RefusedEdit, Wish } from '../protocol/queueFileDifference.ts';
import { isEqual } from '../protocol/queueFileDifference.ts';
import { StoreError } from '../store/taskStore.ts';
import type { Outcome } from './coordinator.ts';
import type { EditedDesk } from './editedDesk.ts';
import { recordable } from './recordable.ts';

/** Who asks, in the log. */
export const fileAuthor = 'human:file';

type AddWish = Extract<Wish, { type: 'add' }>;

export interface WishesOptions {
  readonly desk: EditedDesk;
  /** The queue that the person began with; null where that is not known. */
  readonly base: Queue | null;
  /** What was recorded since. */
  readonly since: readonly LogRecord[];
  /** How the file was written that the person began with. */
  readonly form: QueueFileForm;
}

export class Wishes {
  /** What was done, in words. */
  readonly done: string[] = [];
  readonly refused: RefusedEdit[] = [];
  readonly #desk: EditedDesk;
  readonly #base: Queue | null;
  readonly #since: readonly LogRecord[];
  readonly #form: QueueFileForm;
  /** Tasks that the queue gave another id than the file asked for. */
  readonly #given = new Map<TaskKey, TaskId>();

  constructor({ desk, base, since, form }: WishesOptions) {
    this.#desk = desk;
    this.#base = base;
    this.#since = since;
    this.#form = form;
  }

  async carryOut(wishes: readonly Wish[]): Promise<void> {
    await this.#addAll(wishes.filter((wish) => wish.type === 'add'));
    for (const wish of wishes) {
      if (wish.type === 'change') {
        const before = this.#base === null ? undefined : findTask(this.#base, wish.task);
        await this.#change(wish.task, wish.changes, before?.content);
      }
      if (wish.type === 'cancel') await this.#cancel(wish.task, wish.isDeleted);
      if (wish.type === 'release') await this.#release(wish.task);
    }
  }

  /** Those that others depend on come first, whatever their order in the file. */
  async #addAll(wishes: readonly AddWish[]): Promise<void> {
    let left = wishes;
    while (left.length > 0) {
      const coming = new Set(left.flatMap(({ id }) => (id === null ? [] : [taskKey(id)])));
      const isReady = ({ id, content }: AddWish) =>
        content.dependencies.every((each) => each === id || !coming.has(taskKey(each)));
      const ready = left.filter(isReady);
      for (const wish of ready) await this.#add(wish);
      if (ready.length === 0) {
        const names = left.map(({ id }) => (id === null ? 'one without an id' : formatTaskId(id)));
        const message = `These tasks depend on one another in a circle: ${names.join(', ')}.`;
        this.refused.push({ about: 'queue', message });
        return;
      }
      left = left.filter((wish) => !ready.includes(wish));
    }
  }

  async #add({ id, ordinal, content: written }: AddWish): Promise<void> {
    const content = { ...written, ...(await this.#asRecorded(written)) };
    const place = id === null ? ['add', ordinal] : ['add', 'id', taskKey(id)];
    for (const name of [place, [...place, content.title]]) {
      const commandId = this.#commandId(...name);
      const made = this.#madeBy(commandId);
      // Someone else who began with the same file added another task under this number.
      if (made !== undefined && !isSameTitle(made.content.title, content.title)) continue;
      if (made === undefined) {
        await this.#addNew(id, content, commandId);
        return;
      }
      if (id !== null) this.#given.set(taskKey(id), made.id);
      await this.#change(made.id, changesBetween(made.content, content), made.content);
      return;
    }
  }

  /** What an earlier save of the same file added by that command, as it was then. */
  #madeBy(commandId: string): Pick<Task, 'id' | 'content'> | undefined {
    for (const record of this.#since) {
      if (record.commandId !== commandId || record.task === null) continue;
      if (record.event === 'CREATED') return { id: record.task, content: record.data };
    }
    return undefined;
  }

  async #addNew(id: TaskId | null, content: TaskContent, commandId: string): Promise<void> {
    const { queue } = this.#desk;
    const dependencies = content.dependencies.map((each) => this.#idOf(each));
    const whole = { ...content, dependencies };
    const about = id === null ? `"${content.title}"` : formatTaskId(id);
    const ask = (task: TaskId | null) =>
      this.#execute(about, commandId, {
        type: 'add',
        content: whole,
        dedupe: { mode: 'keep' },
        ...(task === null ? {} : { task }),
      });
    const isTaken = id !== null && findTask(queue, id) !== undefined;
    const outcome = await ask(isTaken ? null : id);
    if (outcome?.ok !== true || outcome.task === null) return;
    const added = findTask(queue, outcome.task);
    if (added === undefined) return;
    if (id !== null) this.#given.set(taskKey(id), added.id);
    if (outcome.records.length === 0) return;
    const isOther = id !== null && taskKey(added.id) !== taskKey(id);
    this.done.push(
      `added ${describeTask(added)}${isOther ? ` (${formatTaskId(id)} was taken meanwhile)` : ''}`,
    );
  }

  async #change(
    id: TaskId,
    changes: readonly Change[],
    before: TaskContent | undefined,
  ): Promise<void> {
    const task = findTask(this.#desk.queue, id);
    if (task === undefined) return;
    const read = await Promise.all(changes.map((change) => this.#asKept(change)));
    const fitting = read.filter((change) => this.#isFitting(task, change, before));
    if (fitting.length === 0) return;
    const { queue } = this.#desk;
    const { end } = queue;
    for (const part of commandsFor(fitting)) {
      const current = findTask(queue, id) ?? task;
      const fields = part.map(({ field }) => field);
      const about = `${formatTaskId(id)} ${fields.join(', ')}`;
      const commandId = this.#commandId('edit', taskKey(id), part, this.#lastByFile(id));
      await this.#execute(about, commandId, editOf(current, part));
    }
    if (queue.end > end) {
      const fields = fitting.map(({ field }) => (field === 'extra' ? 'fields of its own' : field));
      this.done.push(`changed ${fields.join(', ')} of ${describeTask(task)}`);
    }
  }

  /** The value as the log would have it: long texts stand beside it, and ids may be others. */
  async #asKept({ field, value }: Change): Promise<Change> {
    if (value === undefined) return { field, value };
    if (field === 'dependencies') {
      return { field, value: (value as readonly TaskId[]).map((id) => this.#idOf(id)) };
    }
    const recorded = await this.#asRecorded({ [field]: value });
    return { field, value: recorded[field] };
  }

  async #asRecorded(content: Partial<TaskContent>): Promise<Partial<TaskContent>> {
    const asked = { type: 'edit', task: 0, content, id: '', by: null } as const;
    const clean = await recordable(asked, this.#desk.store);
    return clean.type === 'edit' ? clean.content : content;
  }

  /** Whether a change is still to be made, and undoes nothing that someone else did meanwhile. */
  #isFitting(task: Task, { field, value }: Change, before: TaskContent | undefined): boolean {
    const now = task.content[field] ?? null;
    if (isEqual(now, value ?? null)) return false;
    if (before === undefined || isEqual(now, before[field] ?? null)) return true;
    const other = this.#since.findLast(
      (record) => touches(record, task.id, field) && record.agent !== fileAuthor,
    );
    if (other === undefined) return true;
    const who = other.agent ?? 'someone';
    this.refused.push({
      about: `${formatTaskId(task.id)} ${field}`,
      message: `It was changed by ${who} (position ${other.seq}) after you read the file, so your change was not made over it. Make it again if it still holds.`,
    });
    return false;
  }

  async #cancel(id: TaskId, isDeleted: boolean): Promise<void> {
    const task = findTask(this.#desk.queue, id);
    if (task === undefined || task.state.status === 'cancelled') return;
    const about = `${formatTaskId(id)}${isDeleted ? '' : ' status'}`;
    if (isEnded(task)) {
      if (isDeleted) return;
      const message = `It was ${task.state.status} meanwhile and can no longer be cancelled.`;
      this.refused.push({ about, message });
      return;
    }
    const claim = claimOf(task);
    if (claim !== null && claim.token !== this.#baseClaim(id)?.token) {
      const why =
        this.#form === 'live'
          ? 'took it after you read the file'
          : 'holds it, which the file hides';
      const message = `${claim.agent} ${why}, so it was not cancelled. \`signalbox cancel ${String(id)}\` does it all the same.`;
      this.refused.push({ about, message });
      return;
    }
    const reason = isDeleted ? 'Deleted from TASK_QUEUE.json' : 'Cancelled in TASK_QUEUE.json';
    const caller = { agent: fileAuthor, process: null, place: ownPlace() };
    const body = { type: 'cancel', task: id, reason, caller } as const;
    const outcome = await this.#execute(about, this.#commandId('cancel', taskKey(id)), body);
    if (outcome?.ok === true && outcome.records.length > 0) {
      this.done.push(`cancelled ${describeTask(task)}`);
    }
  }

  async #release(id: TaskId): Promise<void> {
    const task = findTask(this.#desk.queue, id);
    const claim = task === undefined ? null : claimOf(task);
    // Given back or ended meanwhile: nothing is left to be released.
    if (task === undefined || claim === null) return;
    const about = `${formatTaskId(id)} status`;
    if (claim.token !== this.#baseClaim(id)?.token) {
      const message = `${claim.agent} took it after you read the file, so it was not released. \`signalbox lock release ${String(id)} FORCED\` does it all the same.`;
      this.refused.push({ about, message });
      return;
    }
    const caller = { agent: fileAuthor, process: null, place: ownPlace() };
    const reason = 'Put back to pending in TASK_QUEUE.json';
    const body = { type: 'release', task: id, reason, forced: true, caller } as const;
    const commandId = this.#commandId('release', taskKey(id), claim.token);
    const outcome = await this.#execute(about, commandId, body);
    if (outcome?.ok === true && outcome.records.length > 0) {
      this.done.push(`released ${describeTask(task)}, which ${claim.agent} held`);
    }
  }

  /** The claim that the person saw in the file. */
  #baseClaim(id: TaskId) {
    if (this.#form === 'tracked') return null;
    const task = this.#base === null ? undefined : findTask(this.#base, id);
    return task === undefined ? null : claimOf(task);
  }

  #idOf(id: TaskId): TaskId {
    return this.#given.get(taskKey(id)) ?? id;
  }

  /** Null where it was refused, which is noted. */
  async #execute(about: string, commandId: string, body: CommandBody): Promise<Outcome | null> {
    const command: unknown = { ...body, id: commandId, by: fileAuthor };
    let message: string;
    try {
      const outcome = await this.#desk.execute(command as Command);
      if (outcome.ok) return outcome;
      ({ message } = outcome.rejection);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'LINE_TOO_LONG') throw error;
      ({ message } = error);
    }
    this.refused.push({ about, message });
    return null;
  }

  /** A later edit back to an earlier value must not be taken for a repetition of that one. */
  #lastByFile(id: TaskId): Position | 0 {
    const key = taskKey(id);
    const isOurs = ({ task, agent }: LogRecord) =>
      task !== null && taskKey(task) === key && agent === fileAuthor;
    return this.#since.findLast(isOurs)?.seq ?? 0;
  }

  #commandId(...parts: readonly unknown[]): string {
    return commandIdOf(this.#desk.store.logId, this.#base?.end ?? 'none', ...parts);
  }
}

/** A UUID that the same parts always give. */
export function commandIdOf(...parts: readonly unknown[]): string {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** Each part is one command: what concerns a rule of its own must not refuse the rest. */
function commandsFor(changes: readonly Change[]): readonly (readonly Change[])[] {
  const alone = changes.filter(({ field }) => field === 'priority' || field === 'dependencies');
  const rest = changes.filter((change) => !alone.includes(change));
  return [...alone.map((change) => [change]), ...(rest.length === 0 ? [] : [rest])];
}

function editOf(task: Task, changes: readonly Change[]): CommandBody {
  const [first] = changes;
  if (first?.field === 'priority') {
    const priority = first.value as TaskContent['priority'];
    return { type: 'prioritize', task: task.id, priority };
  }
  const content = Object.fromEntries(changes.map(({ field, value }) => [field, value]));
  if (changes.every(({ value }) => value !== undefined)) {
    return { type: 'edit', task: task.id, content };
  }
  const whole = { ...task.content, ...content };
  const kept = Object.entries(whole).filter(([, value]) => value !== undefined);
  return { type: 'edit', task: task.id, content: Object.fromEntries(kept), whole: true };
}

const editableFields: readonly EditableField[] = [
  ...(['title', 'description', 'type', 'priority', 'dependencies'] as const),
  ...(['estimateMinutes', 'extra'] as const),
];

function changesBetween(before: TaskContent, after: TaskContent): readonly Change[] {
  return editableFields
    .filter((field) => !isEqual(before[field] ?? null, after[field] ?? null))
    .map((field) => ({ field, value: after[field] }));
}

function touches(record: LogRecord, id: TaskId, field: EditableField): boolean {
  if (record.task === null || taskKey(record.task) !== taskKey(id)) return false;
  if (record.event === 'REPRIORITIZED') return field === 'priority';
  if (record.event !== 'EDITED') return false;
  return record.data.whole === true || Object.hasOwn(record.data.content, field);
}

/** Whether someone was still typing the title when the file was saved before. */
function isSameTitle(before: string, after: string): boolean {
  return before.startsWith(after) || after.startsWith(before);
}
