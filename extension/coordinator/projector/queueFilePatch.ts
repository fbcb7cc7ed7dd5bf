/**
 * A new queue file from an older one: only what changed is written, most of a large file stays.
 *
 * Works on bytes, since to make a text of them and back costs more than all the rest. How a task is
 * written, and which are shown, is the protocol's.
 */
import type { TaskKey } from '../../core/ids.ts';
import type { Queue } from '../../core/queue.ts';
import type { Task } from '../../core/task.ts';
import type { QueueFileForm } from '../../protocol/queueFile.ts';
import { encodeQueueTask, endedShown } from '../../protocol/queueFile.ts';

/** A newline, and a brace at the depth of a task: strings have no raw newlines to be taken for it. */
const blockEnd = Buffer.from('\n    }');
const listEnd = Buffer.from('\n  ]');

/**
 * The bytes that `encodeQueue` gives, in pieces, made from the `body` of an older file by writing
 * only the tasks that changed since. Null where that cannot be done.
 *
 * @param changed every task that may look different now; those created since are among them
 */
export function patchQueue(
  body: Buffer,
  queue: Queue,
  changed: ReadonlySet<TaskKey>,
  form: QueueFileForm,
): readonly Buffer[] | null {
  // Beyond that number each end takes another task out of the file.
  if (queue.ended.size > endedShown) return null;
  if (changed.size > queue.tasks.size / 4) return null;
  const { first, last, inOrder } = sorted(queue, changed);
  if (!isOurWriting(body, first, form) || !isOurWriting(body, last, form)) return null;
  const pieces: Buffer[] = [];
  const created: Buffer[] = [];
  let kept = 0;
  // In order of creation, as in the file: each is looked for after the one before.
  for (const task of inOrder) {
    const block = Buffer.from(encodeQueueTask(task, form));
    const start = body.indexOf(blockStart(task), kept);
    if (start === -1) {
      created.push(block);
      continue;
    }
    const end = body.indexOf(blockEnd, start) + blockEnd.length;
    pieces.push(body.subarray(kept, start), block);
    kept = end;
  }
  const end = body.lastIndexOf(listEnd);
  if (end < kept) return null;
  pieces.push(body.subarray(kept, end));
  for (const block of created) pieces.push(Buffer.from(','), block);
  pieces.push(body.subarray(end));
  return pieces;
}

function blockStart({ id }: Task): string {
  return `\n    {\n      "id": ${JSON.stringify(id)},\n`;
}

/** The changed tasks in order of creation, and the first and the last of the others. */
function sorted(queue: Queue, changed: ReadonlySet<TaskKey>) {
  const inOrder: Task[] = [];
  let first: Task | undefined;
  let last: Task | undefined;
  for (const [key, task] of queue.tasks) {
    if (changed.has(key)) inOrder.push(task);
    else {
      first ??= task;
      last = task;
    }
  }
  return { first, last, inOrder };
}

/** Whether `task` reads as this build writes it: another build may have other fields. */
function isOurWriting(body: Buffer, task: Task | undefined, form: QueueFileForm): boolean {
  return task !== undefined && body.includes(encodeQueueTask(task, form));
}
