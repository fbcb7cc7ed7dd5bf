/**
 * The other end of `runTogether`: how a measured process waits for the others and answers.
 */
import { once } from 'node:events';

/** Says that this process is ready, and resolves when all of them are to begin. */
export async function beginTogether(): Promise<void> {
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
}

/** Tells the result and ends, whatever else would keep the process running. */
export function answer(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}

/** The processor time that this process used since then, in milliseconds. */
export function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
