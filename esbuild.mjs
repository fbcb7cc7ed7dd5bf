/**
 * Builds everything that ships into `dist/`.
 *
 *   node esbuild.mjs            one build, as it ships
 *   node esbuild.mjs --clean    the same into an emptied `dist/`, for packaging
 *   node esbuild.mjs --watch    readable output, rebuilt on each change
 */
import { chmod, readFile, rm } from 'node:fs/promises';
import { build, context } from 'esbuild';

const watch = process.argv.includes('--watch');
const clean = process.argv.includes('--clean');

/** @satisfies {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  outdir: 'dist',
  logLevel: 'warning',
  metafile: true,
  legalComments: 'none',
  minifyWhitespace: !watch,
  minifySyntax: !watch,
  // Maps lie beside the bundles for whoever debugs; they are not shipped.
  sourcemap: watch ? 'linked' : 'external',
};

/** @satisfies {import('esbuild').BuildOptions} */
const node = {
  ...common,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // Names stay, so that a stack trace in a report can be read; they cost few bytes.
  minifyIdentifiers: false,
};

/**
 * Every entry point of the product. A new one is one line here.
 *
 * @type {readonly (import('esbuild').BuildOptions & { entryPoints: Record<string, string> })[]}
 */
const entries = [
  {
    ...node,
    entryPoints: { cli: 'extension/cli/main.ts' },
    // A verb loads only the chunks that it uses: starting is most of what a short command costs.
    splitting: true,
    chunkNames: 'cli-chunks/[name]-[hash]',
  },
  { ...node, entryPoints: { supervise: 'extension/runner/supervise.ts' } },
];

/** Bundles that people run by name; their source begins with a hashbang, which esbuild keeps. */
const executables = ['dist/cli.js'];

async function makeExecutable() {
  for (const file of executables) {
    if (!(await readFile(file, 'utf8')).startsWith('#!')) {
      throw new Error(`${file} cannot be run by name: its source must begin with a hashbang line.`);
    }
    await chmod(file, 0o755);
  }
}

if (clean) await rm('dist', { recursive: true, force: true });
if (watch) {
  for (const entry of entries) await (await context({ ...entry, logLevel: 'info' })).watch();
} else {
  const startedAt = performance.now();
  await Promise.all(entries.map((entry) => build(entry)));
  await makeExecutable();
  console.log(`Built dist/ in ${Math.round(performance.now() - startedAt)} ms`);
}
