/** Whether a person can be at the other end: some answers are nobody else's to give. */
import { isLaneDescendant } from '../platform/laneDescendant.ts';
import { Refused } from './answer.ts';

/**
 * @param act As in `Approving`; of a thing that is to be seen by a person.
 * @throws {Refused} `needs-approval` for a program of the lane, and where there is no terminal
 */
export function requirePerson(env: NodeJS.ProcessEnv, act: string): void {
  if (isLaneDescendant(env)) {
    throw new Refused('needs-approval', `${act} is not for a program of the lane.`);
  }
  if (!process.stdin.isTTY) {
    throw new Refused('needs-approval', `${act} needs a terminal: a person must see it.`);
  }
}
