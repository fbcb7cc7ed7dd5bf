/** Whether this process was started, however indirectly, by a program that the lane runs. */
import { readProcess, withEnvironment } from './processTable.ts';

const maxAncestors = 64;

/** A program may have dropped the variable for its children; its ancestors still have it. */
export function isLaneDescendant(env: NodeJS.ProcessEnv): boolean {
  if (env['SIGNALBOX_COOKIE'] !== undefined) return true;
  const ancestors: number[] = [];
  for (let pid = process.ppid; pid > 1 && ancestors.length < maxAncestors;) {
    ancestors.push(pid);
    pid = readProcess(pid)?.parent ?? 0;
  }
  return withEnvironment(ancestors, 'SIGNALBOX_COOKIE=').size > 0;
}
