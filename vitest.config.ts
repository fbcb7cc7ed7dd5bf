/**
 * The suites by what they cost: `unit` and `property` compute, `contract` touches a store,
 * `integration` starts real processes and needs `npm run build` before.
 */
import { defineConfig } from 'vitest/config';

const second = 1_000;
/**
 * Loaded machines are slow, and a deadline that is too short makes a test lie. These are for tests
 * that hang, and far above what any takes; the deadlines of what a test waits for are below its own.
 */
const deadlinesMs = {
  unit: 60 * second,
  property: 300 * second,
  contract: 120 * second,
  integration: 300 * second,
};
/** Variants that search longer; set by `npm run test:long`. */
const long = process.env['SIGNALBOX_LONG'] === '1';

export default defineConfig({
  test: {
    passWithNoTests: false,
    reporters: ['default'],
    pool: 'forks',
    // As many as the smallest machine has cores: most of a test that starts processes is waiting.
    maxWorkers: 2,
    projects: Object.entries(deadlinesMs).map(([name, deadlineMs]) => ({
      test: {
        name,
        include: [`test/${name}/**/*.test.ts`],
        pool: 'forks' as const,
        restoreMocks: true,
        testTimeout: long ? deadlineMs * 20 : deadlineMs,
        hookTimeout: deadlineMs,
      },
    })),
  },
});
