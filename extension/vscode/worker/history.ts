/** What only the records tell of a task: where it came from, and who stopped it. */
import type { Desk } from '../../coordinator/desk.ts';
import type { LogRecord } from '../../core/event.ts';
import type { TaskId } from '../../core/ids.ts';
import { findTask } from '../../core/queue.ts';
import type { Task } from '../../core/task.ts';
import { actorName } from './words.ts';

type Log = Pick<Desk, 'records' | 'queue'>;

/** `added by Claude`, and what its creator says of itself beside it, which proves nothing. */
export function originOf(log: Log, { createdSeq, content }: Task, self: string): string {
  const record = recordAt(log.records, createdSeq);
  const by = record?.agent ?? null;
  const actor = by === null ? 'someone on the command line' : actorName(by, self);
  const isImported = record?.event === 'IMPORTED';
  const how = isImported ? `came with a file, imported by ${actor}` : `added by ${actor}`;
  return content.provenance === undefined ? how : `${how}, which says: ${content.provenance}`;
}

/** Who asked the lane to stop the task's last attempt; null where nobody gave a name. */
export function stoppedBy({ records, queue }: Log, id: TaskId): string | null {
  const token = findTask(queue, id)?.lastClaim?.token;
  // A claim's token is its position, and its stop comes after it.
  for (let n = records.length - 1; n >= 0; n--) {
    const record = records[n];
    if (record === undefined || token === undefined || record.seq <= token) return null;
    if (record.event !== 'LANE' || record.data.action !== 'interrupt') continue;
    if (record.data.token === token) return record.agent;
  }
  return null;
}

/** Records stand in the order of their positions, which may have gaps after a recovery. */
function recordAt(records: readonly LogRecord[], seq: number): LogRecord | undefined {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((records[middle]?.seq ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return records[low]?.seq === seq ? records[low] : undefined;
}
