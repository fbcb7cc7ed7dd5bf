/**
 * Runs suites with Mocha and prints each test, and for each suite its counts and seconds.
 *
 * The same inside an extension host and in a Node of its own; knows neither. A pending test
 * counts as failed: nothing is skipped here.
 */
import Mocha from 'mocha';
import type { Result } from './result.ts';

/**
 * @param files Modules that Node can load; each declares its suites when loaded.
 * @throws {Error} When a file does not load.
 */
export async function runMocha(
  files: readonly string[],
  options: Readonly<Mocha.MochaOptions>,
): Promise<Result> {
  const mocha = new Mocha({
    ui: 'bdd',
    color: false,
    forbidOnly: true,
    forbidPending: true,
    reporter: SecondsReporter,
    ...options,
  });
  for (const file of files) mocha.addFile(file);
  await mocha.loadFilesAsync();
  return await new Promise((resolve) => {
    const runner = mocha.run(() => {
      resolve({ passed: runner.stats?.passes ?? 0, failed: runner.stats?.failures ?? 0 });
    });
  });
}

class SecondsReporter extends Mocha.reporters.Base {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { EVENT_SUITE_BEGIN, EVENT_SUITE_END } = Mocha.Runner.constants;
    const { EVENT_TEST_FAIL, EVENT_TEST_PASS } = Mocha.Runner.constants;
    let startedAt = 0;
    let passed = 0;
    let failed = 0;
    runner.on(EVENT_SUITE_BEGIN, (suite) => {
      if (!isTopLevel(suite)) return;
      startedAt = performance.now();
      passed = failed = 0;
    });
    runner.on(EVENT_TEST_PASS, (test) => {
      passed++;
      console.log(`  ok ${test.fullTitle()} (${test.duration ?? 0} ms)`);
    });
    runner.on(EVENT_TEST_FAIL, (test, error: Error) => {
      failed++;
      console.log(`  FAILED ${test.fullTitle()}\n${error.stack ?? error.message}`);
    });
    runner.on(EVENT_SUITE_END, (suite) => {
      if (!isTopLevel(suite)) return;
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
      console.log(`${suite.title}: ${passed} passed, ${failed} failed, ${seconds} s`);
    });
  }
}

function isTopLevel(suite: Mocha.Suite): boolean {
  return suite.parent?.root === true;
}
