/**
 * For proofs that need something of the machine that it may lack, such as the right to mount: they
 * count as not run, apart from what passed and what failed.
 */
import { onTestFinished } from 'vitest';
import type { TestContext } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Why this machine cannot run the test; `scripts/test.mjs` counts and prints it. */
    notRun?: string;
  }
}

/** Ends the test here. */
export function notRun({ task, skip }: TestContext, why: string): never {
  const onOneLine = why.trim().replaceAll(/\s+/g, ' ');
  task.meta.notRun = onOneLine;
  onTestFinished(() => console.log(`not run: ${task.name} (${onOneLine})`));
  return skip(onOneLine);
}
