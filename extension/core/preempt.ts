/** Whether a running task makes way for a waiting one. One pure function, and nothing else. */
import type { Task } from './task.ts';
import { priorities } from './task.ts';

/**
 * A task of the session in view, or of `HIGH` and above, interrupts `LOW` and background work;
 * `CRITICAL` interrupts everything below it. Only a task that can resume is ever interrupted.
 *
 * @param focus the session that the person looks at, or null
 */
export function shouldInterrupt(running: Task, candidate: Task, focus: string | null): boolean {
  if (running.content.preemptible !== true) return false;
  const [runs, waits] = [running, candidate].map(({ content }) =>
    priorities.indexOf(content.priority),
  ) as [number, number];
  const high = priorities.indexOf('HIGH');
  const critical = priorities.indexOf('CRITICAL');
  if (waits === critical) return runs < critical;
  if (candidate.content.background === true) return false;
  const isLow = running.content.background === true || runs === priorities.indexOf('LOW');
  const isInView = focus !== null && candidate.content.session === focus;
  const wasInView = focus !== null && running.content.session === focus;
  return isLow && (waits >= high || (isInView && !wasInView));
}
