/**
 * Takes in what people wrote into `TASK_QUEUE.json`: finds out which projection they began with,
 * and what they changed; what may not be changed by hand is kept aside with the reasons.
 *
 * Nothing that was saved is ever lost, and no file halts anything. What a change means is
 * `protocol/queueFileDifference`'s business, carrying it out `queueFileSyncWishes`'.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { LogRecord } from '../core/event.ts';
import { fold } from '../core/evolve.ts';
import type { TaskKey } from '../core/ids.ts';
import { formatTaskId, parseTaskId, position, taskKey } from '../core/ids.ts';
import type { Queue } from '../core/queue.ts';
import type { QueueFileForm, QueueFileHead } from '../protocol/queueFile.ts';
import { decodeQueueHead, encodeQueue, wordsIn } from '../protocol/queueFile.ts';
import type { Difference, TaskWords } from '../protocol/queueFileDifference.ts';
import { differenceOf } from '../protocol/queueFileDifference.ts';
import { isObject } from '../protocol/queueFileFields.ts';
import { parseQueueFile } from '../protocol/queueFileInput.ts';
import { StoreError, withLines } from '../store/taskStore.ts';
import type { EditedDesk, EditNote } from './editedDesk.ts';
import { readPlain, unreadIn } from './projector/files.ts';
import { docHash } from './projector/queueFileOnDisk.ts';
import type { Verdict } from './queueFileSyncKept.ts';
import { finishKept, keepWithReasons, reasonsOf } from './queueFileSyncKept.ts';
import { commandIdOf, fileAuthor, Wishes } from './queueFileSyncWishes.ts';

/** An editor that writes in place needs a moment; a file that is older stays as it is. */
const settlesMs = 300;
const settlePollMs = 15;
const headChars = 1_024;

/**
 * Takes in the file as it stands, and those that were moved out of a projection's way.
 *
 * @param options `adoptBy` takes in a whole file of others in that name, as where the log was made
 *   for it just now
 * @returns what to tell the person
 * @throws {StoreError} where nothing can be recorded; the files then stay as they are
 */
export async function takeInQueueFiles(
  desk: EditedDesk,
  options: { readonly adoptBy: string | null },
): Promise<readonly EditNote[]> {
  const messages: EditNote[] = [];
  try {
    await takeInAll(desk, options, messages);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    messages.push({
      text: `TASK_QUEUE.json could not be taken in: ${why}. The next command tries again.`,
      reasons: null,
    });
  }
  return messages;
}

async function takeInAll(
  desk: EditedDesk,
  { adoptBy }: { readonly adoptBy: string | null },
  messages: EditNote[],
): Promise<void> {
  const { edits, queueFile } = desk.paths;
  const name = path.parse(queueFile).name;
  for (const file of unreadIn(edits)) {
    if (!path.basename(file).startsWith(`${name}.`)) continue;
    // Whoever had it open when it was moved may still be writing.
    const found = await readSettled(file);
    const verdict = found === null ? notAFile : await takeIn(desk, found.bytes, null);
    const kept = finishKept(file, verdict);
    messages.push(...describe(verdict, kept));
  }
  const found = await readSettled(queueFile);
  if (found === null) return;
  const verdict = await takeIn(desk, found.bytes, adoptBy);
  if (verdict === null) return;
  // From here on it need not be kept when a projection replaces it.
  desk.noteTakenIn(found.bytes);
  const kept = verdict.refused.length === 0 ? null : keepWithReasons(desk.paths, found, verdict);
  messages.push(...describe(verdict, kept));
}

const notAFile: Verdict = {
  done: [],
  refused: [{ about: 'TASK_QUEUE.json', message: 'It was no plain file, so it was not read.' }],
};

/** What `bytes` change, carried out; null where they are a projection of this log. */
async function takeIn(
  desk: EditedDesk,
  bytes: Buffer,
  adoptBy: string | null,
): Promise<Verdict | null> {
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const head = decodeQueueHead(text.slice(0, headChars));
  const isOwnLog = head !== null && (await isOfThisLog(desk, head));
  if (isOwnLog && head.docHash === docHash(bytes)) return null;
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    return refuseWhole(whyNotJson(text, error));
  }
  if (!isObject(file) || !Array.isArray(file['queue'])) {
    return refuseWhole('It has no list "queue", so nothing in it could be taken in.');
  }
  const queue = file['queue'] as readonly unknown[];
  if (isOwnLog) return takeInEdited(desk, head, queue);
  const isFirst = head === null && desk.queue.tasks.size === 0;
  if (adoptBy !== null || isFirst) return adoptAll(desk, text, adoptBy ?? fileAuthor);
  return head === null ? takeInBare(desk, queue) : offer(desk, queue, otherLog);
}

/** Whether the log has the very line that the head names. */
async function isOfThisLog(desk: EditedDesk, head: QueueFileHead): Promise<boolean> {
  if (head.logId !== desk.store.logId) return false;
  // Another process may have recorded and projected more since we read the log.
  if (head.seq > desk.queue.end) await desk.refresh();
  return (await withLines(() => desk.store.hashAt(head.seq))) === head.hash;
}

async function takeInEdited(
  desk: EditedDesk,
  head: QueueFileHead,
  edited: readonly unknown[],
): Promise<Verdict> {
  const records = await desk.history();
  const base = fold(recordsUpTo(records, head));
  const difference = differenceOf(wordsShown(base, head.form), edited);
  const since = records.filter(({ seq }) => seq > head.seq);
  return carryOut(desk, difference, new Wishes({ desk, base, since, form: head.form }));
}

function* recordsUpTo(records: readonly LogRecord[], { seq }: QueueFileHead) {
  for (const record of records) {
    if (record.seq > seq) return;
    yield record;
  }
}

async function carryOut(
  desk: EditedDesk,
  { wishes, refused }: Difference,
  carrier: Wishes,
): Promise<Verdict> {
  await carrier.carryOut(wishes);
  await desk.refresh();
  return { done: carrier.done, refused: [...refused, ...carrier.refused] };
}

/** The tasks as a file of that moment shows them. */
function wordsShown(queue: Queue, form: QueueFileForm): ReadonlyMap<TaskKey, TaskWords> {
  const file: unknown = JSON.parse(`{${encodeQueue(queue, form)}`);
  return byKey((file as { readonly queue: readonly TaskWords[] }).queue);
}

function byKey(tasks: readonly TaskWords[]): ReadonlyMap<TaskKey, TaskWords> {
  return new Map(
    tasks.flatMap((words) => {
      const id = parseTaskId(words['id']);
      return id === undefined ? [] : [[taskKey(id), words] as const];
    }),
  );
}

/**
 * A file that does not say which projection it was made from: what it adds is taken in; what else
 * it may mean cannot be told, since nobody knows what was there before.
 */
async function takeInBare(desk: EditedDesk, edited: readonly unknown[]): Promise<Verdict> {
  const words = [...desk.queue.tasks.values()].map(
    (task) => JSON.parse(JSON.stringify(wordsIn(desk.queueFileForm, task))) as TaskWords,
  );
  const known = byKey(words);
  if (edited.some((item) => isOtherTask(known, item))) return offer(desk, edited, otherTasks);
  const { wishes, refused } = differenceOf(known, edited);
  const others = wishes.flatMap((wish) => {
    if (wish.type === 'add' || (wish.type === 'cancel' && wish.isDeleted)) return [];
    const message =
      'The file has lost its "generated", so it cannot be told what was changed and what is only older. Make the change in the file as it is now.';
    return [{ about: formatTaskId(wish.task), message }];
  });
  const adds = wishes.filter(({ type }) => type === 'add');
  const since = await desk.history(position(0));
  const carrier = new Wishes({ desk, base: null, since, form: desk.queueFileForm });
  return carryOut(desk, { wishes: adds, refused: [...refused, ...others] }, carrier);
}

/** Whether `item` is another task than the queue's under the same id. */
function isOtherTask(known: ReadonlyMap<TaskKey, TaskWords>, item: unknown): boolean {
  if (!isObject(item)) return false;
  const id = parseTaskId(item['id']);
  const words = id === undefined ? undefined : known.get(taskKey(id));
  return words !== undefined && words['title'] !== item['title'];
}

async function adoptAll(desk: EditedDesk, text: string, by: string): Promise<Verdict> {
  const parsed = parseQueueFile(text);
  if (!parsed.ok) {
    const refused = parsed.problems.map(({ path: about, message }) => ({ about, message }));
    return { done: [], refused };
  }
  if (parsed.tasks.length === 0) return { done: [], refused: [] };
  const digest = createHash('sha256').update(text).digest('hex');
  const id = commandIdOf(desk.store.logId, 'import', digest);
  const outcome = await desk.execute({ type: 'import', tasks: parsed.tasks, id, by });
  if (!outcome.ok) return refuseWhole(outcome.rejection.message);
  return { done: [`imported ${parsed.tasks.length} tasks`], refused: [] };
}

const otherLog = 'It was written for another log than this one';
const otherTasks = 'It has other tasks under ids that this queue has given';

function offer(desk: EditedDesk, tasks: readonly unknown[], why: string): Verdict {
  const taken = tasks.flatMap((item) => {
    const id = isObject(item) ? parseTaskId(item['id']) : undefined;
    return id !== undefined && desk.queue.tasks.has(taskKey(id)) ? [formatTaskId(id)] : [];
  });
  const rename =
    taken.length === 0
      ? ''
      : `Give ${taken.slice(0, 5).join(', ')}${taken.length > 5 ? ' …' : ''} other ids in that file first: this queue has tasks of these ids.`;
  const how = `so nothing was changed. \`signalbox import FILE\` takes in its ${tasks.length} tasks from the file that was kept. ${rename}`;
  return refuseWhole(`${why}, ${how.trimEnd()}`);
}

function refuseWhole(message: string): Verdict {
  return { done: [], refused: [{ about: '', message }] };
}

function whyNotJson(text: string, error: unknown): string {
  if (/^<{7} /m.test(text) && /^>{7} /m.test(text)) {
    return 'It has the conflict markers of a git merge in it. Take what you want from the file that was kept, and make the changes in TASK_QUEUE.json as it is now.';
  }
  if (text.trim() === '') return 'It was empty.';
  const why = error instanceof Error ? error.message : String(error);
  return `It is not JSON, as if it was cut short or mistyped: ${why}`;
}

/** The file once nobody is in the middle of writing it; null where there is no plain file. */
async function readSettled(file: string): Promise<{ bytes: Buffer; at: Date } | null> {
  for (;;) {
    let found: ReturnType<typeof readPlain>;
    try {
      found = readPlain(file);
    } catch {
      // A link or a folder: whoever puts the projection in place keeps it aside.
      return null;
    }
    if (found === null) return null;
    const at = new Date(Number(found.stamp.mtimeNs / 1_000_000n));
    if (isJson(found.bytes) || Math.abs(Date.now() - at.getTime()) > settlesMs) {
      return { bytes: found.bytes, at };
    }
    await new Promise((resolve) => setTimeout(resolve, settlePollMs));
  }
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
    return true;
  } catch {
    return false;
  }
}

const shownChanges = 8;

function describe(verdict: Verdict | null, kept: string | null): readonly EditNote[] {
  if (verdict === null) return [];
  const { done, refused } = verdict;
  const notes: EditNote[] = [];
  if (done.length > 0) {
    const more = done.length > shownChanges ? `; and ${done.length - shownChanges} more` : '';
    const what = done.slice(0, shownChanges).join('; ');
    notes.push({ text: `Took in the edit of TASK_QUEUE.json: ${what}${more}.`, reasons: null });
  }
  if (refused.length > 0 && kept !== null) {
    const [first] = refused;
    const what =
      first?.about === ''
        ? 'TASK_QUEUE.json was not taken in.'
        : `Not all of TASK_QUEUE.json was taken in (${refused.length} refused).`;
    const reasons = refused
      .slice(0, shownChanges)
      .map(({ about, message }) => (about === '' ? message : `${about}: ${message}`));
    const where = `The file is kept as ${kept}, with the reasons beside it.`;
    notes.push({ text: [what, ...reasons, where].join(' '), reasons: reasonsOf(kept) });
  }
  return notes;
}
