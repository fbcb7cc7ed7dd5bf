/**
 * Opens VS Code on a fresh copy of the examples, with the packaged extension.
 *
 *   node scripts/start-vscode.mjs [--examples DIR] [--vsix FILE] [--web]
 *
 * Builds and packages nothing: `npm start` does that first.
 */
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleForNode } from './vscode/bundle.mjs';

const root = resolve(import.meta.dirname, '..');

const { values } = parseArgs({
  options: {
    examples: { type: 'string', default: join(root, 'examples') },
    vsix: { type: 'string', default: join(root, 'out/signalbox.vsix') },
    web: { type: 'boolean', default: false },
  },
});

const outdir = join(root, 'out/vscode/start');
const entryPoints = ['scripts/vscode/start.ts', 'scripts/examples.ts'].map((file) =>
  join(root, file),
);
await bundleForNode({ entryPoints, outdir });
/** @param {string} name */
const bundled = async (name) => await import(pathToFileURL(join(outdir, `${name}.mjs`)).href);
/** @type {typeof import('./vscode/start.ts')} */
const { startOnExamples } = await bundled('start');
/** @type {typeof import('./examples.ts')} */
const { approveExamples } = await bundled('examples');

/**
 * Approves the programs that the examples name: whoever runs this command asked for them to run.
 * The approval counts for this copy and this editor only, and is removed with them.
 *
 * @param {import('./vscode/start.ts').Place} place
 */
async function approve({ folder, env }) {
  await approveExamples(folder, { ...process.env, ...env });
  console.log('The programs of the examples are approved by this start, for this copy only.');
}

try {
  await startOnExamples({ ...values, approve, say: (line) => console.log(line) });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
