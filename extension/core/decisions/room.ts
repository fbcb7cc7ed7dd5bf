/** Whether there is room for more waiting tasks. */
import type { Decision } from '../decision.ts';
import { refuse } from '../decision.ts';
import { isWaiting } from '../pick.ts';
import type { Queue } from '../queue.ts';
import { tasksOf, waitingCount } from '../queue.ts';
import type { Rules } from '../rules.ts';

/** Null where `adding` more tasks may wait, in all and by session; nothing is ever dropped. */
export function noRoom(
  queue: Queue,
  adding: { readonly count: number; readonly bySession: ReadonlyMap<string, number> },
  { maxWaiting, maxWaitingPerSession }: Rules,
): Decision | null {
  for (const [session, more] of adding.bySession) {
    // Counting is linear; while fewer are open than may wait, there is room without a count.
    if ((queue.sessionSizes.get(session) ?? 0) + more <= maxWaitingPerSession) continue;
    const waiting = waitingInSession(queue, session);
    if (waiting + more <= maxWaitingPerSession) continue;
    return full(`${String(waiting)} tasks of the session ${session} are waiting`, more, {
      limit: maxWaitingPerSession,
      setting: 'max_waiting.session',
    });
  }
  if (queue.open.size + adding.count <= maxWaiting) return null;
  const waiting = waitingCount(queue);
  if (waiting + adding.count <= maxWaiting) return null;
  return full(`${String(waiting)} tasks are waiting`, adding.count, {
    limit: maxWaiting,
    setting: 'max_waiting',
  });
}

function full(
  state: string,
  more: number,
  { limit, setting }: { readonly limit: number; readonly setting: string },
): Decision {
  const asked = more === 1 ? '' : `, and ${String(more)} more were asked for`;
  return refuse(
    'queue-full',
    `${state}${asked}; the limit is ${String(limit)} (${setting}). Nothing was added; clear or finish some first.`,
  );
}

function waitingInSession(queue: Queue, session: string): number {
  let count = 0;
  for (const task of tasksOf(queue, queue.open)) {
    if (task.content.session === session && isWaiting(task)) count++;
  }
  return count;
}
