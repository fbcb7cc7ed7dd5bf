/**
 * The count that a run leaves behind for whoever adds up all runs.
 *
 * Holds numbers only; what failed and why is on the console.
 */
import { writeFileSync } from 'node:fs';

export interface Result {
  readonly passed: number;
  readonly failed: number;
}

/** How a run that could not even begin counts: as one failure, never as nothing. */
export const couldNotRun: Result = { passed: 0, failed: 1 };

export function writeResult(path: string, result: Result): void {
  writeFileSync(path, `${JSON.stringify(result)}\n`);
}
