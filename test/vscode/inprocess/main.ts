/**
 * Runs the in-process suites through `@vscode/test-electron`.
 *
 * With `VSCODE_EXECUTABLE=FILE` in that VS Code; without it in the npm-carried one, through the
 * stand-in for `code`; with `VSCODE_EXECUTABLE=download` in a desktop build that is downloaded.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { projectRoot } from '../launcher/paths.ts';
import { couldNotRun } from '../support/result.ts';
import type { Result } from '../support/result.ts';

export interface InProcessRun {
  /** Folder of the extension under test, built. */
  readonly extension: string;
  /** Folder with the bundled `run.cjs` and suites. */
  readonly bundles: string;
  /** The bundled stand-in for `code`. */
  readonly codeWeb: string;
}

/** Never throws for a failed suite: the result says it. */
export async function runInProcess({ extension, bundles, codeWeb }: InProcessRun): Promise<Result> {
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-inprocess-'));
  const workspace = join(dir, 'workspace');
  const resultPath = join(dir, 'result.json');
  mkdirSync(workspace);
  const { VSCODE_EXECUTABLE: chosen = codeWeb } = process.env;
  try {
    await runTests({
      ...(chosen === 'download'
        ? { version: oldestSupported() }
        : { vscodeExecutablePath: resolve(chosen) }),
      extensionDevelopmentPath: resolve(extension),
      extensionTestsPath: join(bundles, 'run.cjs'),
      launchArgs: [workspace, '--disable-extensions'],
      extensionTestsEnv: {
        SIGNALBOX_TEST_RESULT: resultPath,
        // Nothing that a suite approves or configures reaches the person's own state.
        SIGNALBOX_HOME: join(dir, 'home'),
      },
    });
    return readResult(resultPath);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    const { passed, failed } = readResult(resultPath);
    return { passed, failed: Math.max(failed, 1) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function readResult(path: string): Result {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Result) : couldNotRun;
}

function oldestSupported(): string {
  const manifest = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
    readonly engines: { readonly vscode: string };
  };
  return manifest.engines.vscode.replace(/^\D*/, '');
}
