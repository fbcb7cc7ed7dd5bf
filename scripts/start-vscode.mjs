/**
 * Opens VS Code on a fresh copy of the examples, with the packaged extension.
 *
 *   npm start -- [--examples DIR] [--vsix FILE] [--web]
 *
 * Installs what is missing and packages the extension first, unless a packaged one is named.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { installWhatIsMissing, packageExtension, root } from './setUp.mjs';

const { values } = parseArgs({
  options: {
    examples: { type: 'string', default: join(root, 'examples') },
    vsix: { type: 'string' },
    web: { type: 'boolean', default: false },
  },
});

await installWhatIsMissing();
if (values.vsix === undefined) {
  console.log('Packaging the extension …');
  await packageExtension();
}

const { bundleForNode } = await import('./vscode/bundle.mjs');
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
  console.log('The queue is worked as soon as the window is open: look at the Signalbox view.');
}

try {
  const { vsix = join(root, 'out/signalbox.vsix') } = values;
  await startOnExamples({ ...values, vsix, approve, say: (line) => console.log(line) });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
