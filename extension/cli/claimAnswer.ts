/** What a claim answers: the task with all that its holder needs to work on it. */
import type { TaskId } from '../core/ids.ts';
import { findTask } from '../core/queue.ts';
import { isCapable } from '../core/rules.ts';
import { claimOf } from '../core/task.ts';
import type { Claim, Task } from '../core/task.ts';
import type { Desk } from '../coordinator/desk.ts';
import type { Answer } from './answer.ts';
import { done } from './answer.ts';

/** The answer to a claim of `id` that holds now. `write` says it where no JSON is wanted. */
export async function claimAnswer(
  desk: Desk,
  id: TaskId,
  write: (claim: Claim, task: Task) => string = claimLine,
): Promise<Answer> {
  const task = findTask(desk.queue, id);
  const claim = task === undefined ? null : claimOf(task);
  if (task === undefined || claim === null) {
    throw new Error(`The claim of ${String(id)} was recorded and has already ended`);
  }
  const { token, agent } = claim;
  const fields = {
    id,
    token,
    agent,
    task: await desk.fullTaskJson(task),
    lease_expires: new Date(desk.leaseEnd(claim)).toISOString(),
  };
  const answer = done(fields, write(claim, task));
  if (isCapable(desk.rules, agent, task.content.type)) return answer;
  const warning = `${agent} is not known to be able to do ${task.content.type} tasks.`;
  return { ...answer, json: { ok: true, ...fields, warning }, note: warning };
}

function claimLine({ agent, token }: Claim, { id, content }: Task): string {
  return `${agent} holds ${String(id)} under token ${token}: ${content.title}`;
}
