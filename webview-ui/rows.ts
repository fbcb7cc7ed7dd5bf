/**
 * The rows of the view as one line that the keyboard walks along, across sections.
 *
 * Pure: knows which rows there are and which comes next, not how they look or what they do.
 */
import { taskKey } from '../extension/core/ids.ts';
import type { TaskId } from '../extension/core/ids.ts';
import type { Attention, QueueViewModel, UpNextRow } from '../extension/protocol/webviewModel.ts';
import type { Params } from '../extension/protocol/webview.ts';

export type SectionName = 'needsYou' | 'upNext' | 'waiting' | 'workload' | 'doneToday';
export type Place = Params<'moveTask'>['place'];

/** How many rows a section shows before anybody asks for more, and how many more each time. */
export const rowsPerStep = 50;

export interface Item {
  /** Unique in the view and stable while the row lives. */
  readonly key: string;
  readonly section: SectionName;
  readonly type: 'header' | 'row' | 'more';
  readonly task: TaskId | null;
  /** What typing finds. */
  readonly text: string;
}

/** What the person did to the sections. */
export interface SectionUi {
  readonly collapsed: Readonly<Partial<Record<SectionName, boolean>>>;
  readonly limits: Readonly<Partial<Record<SectionName, number>>>;
}

export function isCollapsed(ui: SectionUi, section: SectionName): boolean {
  return ui.collapsed[section] ?? section === 'doneToday';
}

export function limitOf(ui: SectionUi, section: SectionName): number {
  return ui.limits[section] ?? rowsPerStep;
}

export function headerKey(section: SectionName): string {
  return `${section}:`;
}

export function rowKey(section: SectionName, id: TaskId | string): string {
  return `${section}:${taskKey(id)}`;
}

export function moreKey(section: SectionName): string {
  return `${section}>more`;
}

export function attentionKey(item: Attention): string {
  if (item.type === 'permission') return `needsYou:ask:${item.questionId}`;
  if (item.type === 'health') return `needsYou:health:${item.check}`;
  return rowKey('needsYou', item.task);
}

/** All rows that can be walked to, in the order in which they stand. */
export function itemsOf(model: QueueViewModel, ui: SectionUi): readonly Item[] {
  const items: Item[] = [];
  const add = <Row>(
    section: SectionName,
    list: { readonly rows: readonly Row[]; readonly more: number },
    itemOf: (row: Row) => Pick<Item, 'key' | 'task' | 'text'>,
  ) => {
    if (list.rows.length + list.more === 0) return;
    items.push({ key: headerKey(section), section, type: 'header', task: null, text: '' });
    if (isCollapsed(ui, section)) return;
    const shown = list.rows.slice(0, limitOf(ui, section));
    for (const row of shown) items.push({ section, type: 'row', ...itemOf(row) });
    if (shown.length < list.rows.length + list.more) {
      items.push({ key: moreKey(section), section, type: 'more', task: null, text: '' });
    }
  };
  const ofTask =
    (section: SectionName) => (row: { readonly id: TaskId; readonly title: string }) => ({
      key: rowKey(section, row.id),
      task: row.id,
      text: row.title,
    });
  add('needsYou', model.needsYou, (row) => ({
    key: attentionKey(row),
    task: row.type === 'health' ? null : row.task,
    text: row.type === 'health' ? row.text : row.title,
  }));
  add('upNext', model.upNext, ofTask('upNext'));
  add('waiting', model.waiting, ofTask('waiting'));
  add('workload', model.workload, (row) => ({
    key: `workload:${row.agent}`,
    task: null,
    text: row.agent,
  }));
  add('doneToday', model.doneToday, ofTask('doneToday'));
  return items;
}

/**
 * The row that has the focus after a change: the same one while it lives, else the one that took
 * its place in the line.
 */
export function keepFocus(
  before: readonly Item[],
  after: readonly Item[],
  focus: string | null,
): string | null {
  if (after.some((item) => item.key === focus)) return focus;
  const index = before.findIndex((item) => item.key === focus);
  const section = before[index]?.section;
  const here = after[Math.min(Math.max(index, 0), after.length - 1)];
  const above = index > 0 ? before[index - 1]?.key : undefined;
  if (here !== undefined && section !== undefined && here.section !== section) {
    return after.find((item) => item.key === above)?.key ?? here.key;
  }
  return here?.key ?? null;
}

/** Walks `by` rows along, and stops at either end. */
export function walk(items: readonly Item[], focus: string | null, by: number): string | null {
  const index = items.findIndex((item) => item.key === focus);
  const next = index === -1 ? 0 : Math.min(Math.max(index + by, 0), items.length - 1);
  return items[next]?.key ?? null;
}

/**
 * The next row, from `focus` on and around, that has a word beginning with what was typed, or whose
 * id does. A single letter typed again goes on to the next such row.
 */
export function find(items: readonly Item[], focus: string | null, typed: string): string | null {
  const wanted = typed.toLocaleLowerCase();
  const start = Math.max(
    0,
    items.findIndex((item) => item.key === focus),
  );
  // While more letters come, the row they already found may stay.
  const skip = wanted.length > 1 ? 0 : 1;
  for (let n = 0; n < items.length; n++) {
    const item = items[(start + skip + n) % items.length];
    if (item?.type === 'row' && matches(item, wanted)) return item.key;
  }
  return null;
}

function matches(item: Item, wanted: string): boolean {
  const text = item.text.toLocaleLowerCase();
  if (item.task !== null) {
    const id = taskKey(item.task);
    if (id.startsWith(wanted) || `#${id}`.startsWith(wanted)) return true;
  }
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? '')) return true;
  }
  return false;
}

/** Where a task goes when it moves `by` places among `order`; null where it cannot. */
export function placeAfterStep(order: readonly TaskId[], task: TaskId, by: -1 | 1): Place | null {
  const index = indexIn(order, task);
  const neighbour = index === -1 ? undefined : order[index + by];
  if (neighbour === undefined) return null;
  return { at: by < 0 ? 'before' : 'after', task: neighbour };
}

/** `order` as it will be once `task` stands at `place`. */
export function moved(order: readonly TaskId[], task: TaskId, place: Place): readonly TaskId[] {
  const rest = order.filter((id) => taskKey(id) !== taskKey(task));
  if (place.at === 'first') return [task, ...rest];
  if (place.at === 'last') return [...rest, task];
  const index = indexIn(rest, place.task);
  if (index === -1) return order;
  return rest.toSpliced(place.at === 'before' ? index : index + 1, 0, task);
}

/** Rows in `order`, as far as it names them; whatever it does not name keeps its place behind. */
export function inOrder(
  rows: readonly UpNextRow[],
  order: readonly TaskId[],
): readonly UpNextRow[] {
  const rank = new Map(order.map((id, n) => [taskKey(id), n]));
  const last = order.length;
  return rows.toSorted(
    (one, other) => (rank.get(taskKey(one.id)) ?? last) - (rank.get(taskKey(other.id)) ?? last),
  );
}

function indexIn(order: readonly TaskId[], task: TaskId): number {
  return order.findIndex((id) => taskKey(id) === taskKey(task));
}
