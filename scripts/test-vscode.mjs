/**
 * Runs the suites that need a real VS Code.
 *
 *   node scripts/test-vscode.mjs inprocess    inside the extension host, on the built extension
 *   node scripts/test-vscode.mjs ui           through the workbench, on the packaged extension
 *
 *   --extension DIR   the built extension (default: the checkout)
 *   --vsix FILE       the packaged extension (default: out/signalbox.vsix)
 *   --suites DIR      other suites than the project's own
 *   --only WORD       only suites with this word in their file name
 *   --result FILE     where {"passed", "failed"} is written
 *
 * Builds and packages nothing. Ends with 1 when a test failed, when none ran, and when VS Code or
 * Chromium are missing: it never skips.
 */
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleForNode } from './vscode/bundle.mjs';

const root = resolve(import.meta.dirname, '..');
const sources = join(root, 'test/vscode');
const bundles = join(root, 'out/vscode');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    extension: { type: 'string', default: root },
    vsix: { type: 'string', default: join(root, 'out/signalbox.vsix') },
    suites: { type: 'string' },
    only: { type: 'string', default: '' },
    result: { type: 'string' },
  },
});

/** @typedef {import('../test/vscode/support/result.ts').Result} Result */

/** @type {Readonly<Record<string, () => Promise<Result>>>} */
const modes = { inprocess, ui };

/** @param {string} mode */
function suitesOf(mode) {
  const folder = resolve(values.suites ?? join(sources, mode, 'suites'));
  return readdirSync(folder)
    .filter((name) => name.endsWith('.suite.ts') && name.includes(values.only))
    .map((name) => join(folder, name));
}

async function inprocess() {
  const outdir = join(bundles, 'inprocess');
  rmSync(outdir, { recursive: true, force: true });
  const run = join(sources, 'inprocess/run.ts');
  await bundleForNode({ entryPoints: [run, ...suitesOf('inprocess')], outdir, format: 'cjs' });
  const outside = join(bundles, 'launcher');
  await bundleForNode({
    entryPoints: [join(sources, 'launcher/codeWeb.ts'), join(sources, 'inprocess/main.ts')],
    outdir: outside,
  });
  const codeWeb = join(outside, 'codeWeb.mjs');
  chmodSync(codeWeb, 0o755);
  /** @type {typeof import('../test/vscode/inprocess/main.ts')} */
  const { runInProcess } = await import(pathToFileURL(join(outside, 'main.mjs')).href);
  return await runInProcess({ extension: values.extension, bundles: outdir, codeWeb });
}

async function ui() {
  if (!existsSync(values.vsix)) {
    throw new Error(`There is no packaged extension at ${values.vsix}: package it first.`);
  }
  process.env['SIGNALBOX_VSIX'] = resolve(values.vsix);
  const outdir = join(bundles, 'ui');
  rmSync(outdir, { recursive: true, force: true });
  const main = join(sources, 'ui/main.ts');
  await bundleForNode({ entryPoints: [main, ...suitesOf('ui')], outdir });
  /** @type {typeof import('../test/vscode/ui/main.ts')} */
  const { runUi } = await import(pathToFileURL(join(outdir, 'main.mjs')).href);
  return await runUi(outdir);
}

const [mode = ''] = positionals;
const run = modes[mode];
if (run === undefined || positionals.length !== 1) {
  console.error(`usage: node scripts/test-vscode.mjs ${Object.keys(modes).join('|')} [options]`);
  process.exit(2);
}
process.setSourceMapsEnabled(true);
const startedAt = performance.now();
/** @type {Result} */
let result;
try {
  result = await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  // A run that could not even begin counts as one failure, never as nothing.
  result = { passed: 0, failed: 1 };
}
if (values.result !== undefined) writeFileSync(values.result, `${JSON.stringify(result)}\n`);
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
console.log(`VS Code, ${mode}: ${seconds} s`);
console.log(`${result.passed} passed, ${result.failed} failed`);
// Explicit: a browser or server that would not end must not keep a run from ending.
process.exit(result.failed > 0 || result.passed === 0 ? 1 : 0);
