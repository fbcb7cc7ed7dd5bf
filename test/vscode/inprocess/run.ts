/**
 * What the extension host calls: runs every suite that was bundled beside this file.
 *
 * Starts nothing and chooses nothing; `main.ts` did, outside.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeResult } from '../support/result.ts';
import { runMocha } from '../support/runMocha.ts';

/** An extension host on a loaded machine is slow to answer its first command. */
const testLimitMs = 240_000;

/** Rejects when a test failed, and when none ran: the host's exit code is made of that. */
export async function run(): Promise<void> {
  // The host loads this file as CommonJS, which is also what makes `vscode` importable.
  const suites = readdirSync(__dirname).filter((name) => name.endsWith('.suite.cjs'));
  const result = await runMocha(
    suites.sort().map((name) => join(__dirname, name)),
    { timeout: testLimitMs },
  );
  const resultPath = process.env['SIGNALBOX_TEST_RESULT'];
  if (resultPath !== undefined) writeResult(resultPath, result);
  // Said here too: the host keeps the words of a rejection to itself until a suite has spoken.
  if (result.passed + result.failed === 0) console.log('No test ran.');
  if (result.failed > 0) throw new Error(`${result.failed} failed`);
  if (result.passed === 0) throw new Error('Nothing passed');
}
