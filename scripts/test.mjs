/**
 * The whole check: installs what is missing, builds, and runs every check and suite.
 *
 *   npm test                    everything; the last line is `N passed, N failed`
 *   npm test -- unit lint       only what is named
 *   npm run test:long           with the variants that search longer
 *
 * A check counts as one; of a suite each test counts. A suite that crashes, hangs or runs no test
 * has failed at least once. What this machine cannot run, such as a mount, is counted apart, with why.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { editorNode } from './editorNode.mjs';
import { installWhatIsMissing, root } from './setUp.mjs';
import { runStep } from './step.mjs';

/** @typedef {{ passed: number, failed: number, notRun: readonly string[] }} Count */
/**
 * @typedef {object} Suite
 * @property {string} name
 * @property {readonly string[]} run A script of Node and its arguments.
 * @property {number} minutes The deadline, on a loaded machine with 2 cores.
 * @property {keyof typeof reports} [report] In which form the suite reports its tests to a file.
 *   Without it the suite is a check: it passes or fails as one.
 * @property {() => Readonly<Record<string, string>>} [env] What else it needs in its environment,
 *   asked for when its turn comes.
 */

const bin = (/** @type {string} */ name) => path.join('node_modules', name);
// Without the cache of `npm run lint`: what another file's types say about this one may have changed.
const eslint = [bin('eslint/bin/eslint.js'), '--max-warnings', '0', '.'];
const prettier = [bin('prettier/bin/prettier.cjs'), '--check', '--cache', '.'];

/** What each verb of the command line answers, without what lasts long. */
const newerNodeFiles = ['contract', 'taskLife', 'refusals'].map(
  (name) => `test/integration/cli/${name}.test.ts`,
);

/** In order of cost: what fails fast comes first, and `dist/` is there before what starts it. */
/** @type {readonly Suite[]} */
const suites = [
  { name: 'format', run: prettier, minutes: 3 },
  { name: 'types', run: [bin('typescript/bin/tsc'), '--build'], minutes: 5 },
  { name: 'lint', run: eslint, minutes: 5 },
  { name: 'unused', run: [bin('knip/bin/knip.js')], minutes: 3 },
  { name: 'build', run: ['esbuild.mjs'], minutes: 3 },
  vitest('unit', 6),
  vitest('property', 20),
  vitest('contract', 10),
  vitest('integration', 45),
  { name: 'package', run: ['scripts/package.mjs'], minutes: 3 },
  vscode('inprocess', 10),
  // The command line once more, on the Node that the editor brought.
  { ...vitest('integration', 12, newerNodeFiles), name: 'newer-node', env: onNewerNode },
  vscode('ui', 25),
];

/** @param {string} project @param {number} minutes @param {readonly string[]} files All unless given. @returns {Suite} */
function vitest(project, minutes, files = []) {
  const run = [bin('vitest/vitest.mjs'), 'run', '--project', project, '--allowOnly=false'];
  return { name: project, run: [...run, ...files], minutes, report: 'vitest' };
}

/** @throws {Error} where it is missing: then the suite fails, and is never passed over. */
function onNewerNode() {
  const node = editorNode();
  if (node === undefined)
    throw new Error('The suite before this one brings the editor and its Node; it did not.');
  return { SIGNALBOX_TEST_NODE: node };
}

/** @param {string} mode @param {number} minutes @returns {Suite} */
function vscode(mode, minutes) {
  const run = ['scripts/test-vscode.mjs', mode];
  return { name: mode, run, minutes, report: 'counts' };
}

/** The forms of report: the arguments that ask for one, and how it is counted. */
const reports = {
  vitest: {
    args: (/** @type {string} */ file) => [
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    ],
    count: countVitest,
  },
  /** A file with `{"passed": N, "failed": N}`. */
  counts: {
    args: (/** @type {string} */ file) => ['--result', file],
    count: (/** @type {Count} */ { passed, failed }) => ({ passed, failed, notRun: [] }),
  },
};

/**
 * Counts tests, and files that failed without a test of theirs failing: those never loaded.
 *
 * @typedef {{ status: string, title: string, meta?: { notRun?: string } }} TestReport
 * @param {{ numPassedTests: number, numFailedTests: number, testResults: { status: string, assertionResults: TestReport[] }[] }} report
 * @returns {Count}
 */
function countVitest({ numPassedTests, numFailedTests, testResults }) {
  const unloaded = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  const notRun = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ title, status, meta }) => `${title}: ${meta?.notRun ?? status}`);
  return { passed: numPassedTests, failed: numFailedTests + unloaded.length, notRun };
}

const long = process.argv.includes('--long');
const names = process.argv.slice(2).filter((argument) => argument !== '--long');

/** @param {Suite} suite @param {string} scratch @returns {Promise<Count>} */
async function runSuite(suite, scratch) {
  const file = path.join(scratch, `${suite.name}.json`);
  const report = suite.report && reports[suite.report];
  if (report) console.log(`\n${suite.name}`);
  let env = long ? { SIGNALBOX_LONG: '1' } : {};
  try {
    env = { ...env, ...suite.env?.() };
  } catch (error) {
    console.log(`${suite.name}: FAILED, ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1, notRun: [] };
  }
  const end = await runStep({
    command: process.execPath,
    args: [...suite.run, ...(report?.args(file) ?? [])],
    deadlineMs: suite.minutes * 60_000 * (long ? 20 : 1),
    quiet: !report,
    env,
  });
  const seconds = `${(end.tookMs / 1000).toFixed(1)} s`;
  if (!report) {
    console.log(`${suite.name}: ${end.ok ? 'passed' : `FAILED, ${end.why}`} (${seconds})`);
    if (!end.ok) console.log(end.output);
    return { passed: end.ok ? 1 : 0, failed: end.ok ? 0 : 1, notRun: [] };
  }
  // Without a readable report no test is known to have run.
  const count = await readFile(file, 'utf8')
    .then((text) => report.count(JSON.parse(text)))
    .catch(() => ({ passed: 0, failed: 0, notRun: [] }));
  const ranNothing = count.passed + count.failed === 0;
  if (count.failed === 0 && (ranNothing || !end.ok)) count.failed = 1;
  const why = ranNothing ? `, no test ran: ${end.why}` : end.ok ? '' : `, ${end.why}`;
  console.log(`${suite.name}: ${count.passed} passed, ${count.failed} failed (${seconds}${why})`);
  return count;
}

async function main() {
  process.chdir(root);
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    const known = suites.map((suite) => suite.name).join(', ');
    throw new Error(`There is no suite ${unknown.join(', ')}; there are ${known}.`);
  }
  await installWhatIsMissing();
  const total = { passed: 0, failed: 0, notRun: /** @type {string[]} */ ([]) };
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'signalbox-test-'));
  try {
    for (const suite of suites) {
      if (names.length > 0 && !names.includes(suite.name)) continue;
      const count = await runSuite(suite, scratch);
      total.passed += count.passed;
      total.failed += count.failed;
      total.notRun.push(...count.notRun);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return total;
}

const { passed, failed, notRun } = await main().catch((/** @type {unknown} */ error) => {
  console.error(error instanceof Error ? error.message : error);
  return { passed: 0, failed: 1, notRun: [] };
});
process.exitCode = failed === 0 ? 0 : 1;
const whyNot = notRun.length === 0 ? '' : ` (${notRun.join('; ')})`;
console.log(`\nnot run: ${notRun.length}${whyNot}`);
console.log(`${passed} passed, ${failed} failed`);
