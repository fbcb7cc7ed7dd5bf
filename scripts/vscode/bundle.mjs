/**
 * Turns TypeScript that runs in Node into modules Node 20 can load, at the moment they are needed.
 *
 * Bundles no package: those are found in node_modules, from `out/` as from anywhere in the checkout.
 */
import { build } from 'esbuild';

/**
 * Bundles each entry point into `outdir`, under its name without folders.
 *
 * @param {{ entryPoints: string[], outdir: string, format?: 'esm' | 'cjs' }} what
 * @returns {Promise<void>}
 */
export async function bundleForNode({ entryPoints, outdir, format = 'esm' }) {
  await build({
    entryPoints: entryPoints.map((file) => ({
      in: file,
      out: file.replace(/^.*\//, '').replace(/\.ts$/, ''),
    })),
    outdir,
    format,
    bundle: true,
    // Suites and the runner share one module state (open sessions, for instance).
    splitting: format === 'esm' && entryPoints.length > 1,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    outExtension: { '.js': format === 'esm' ? '.mjs' : '.cjs' },
    logLevel: 'warning',
  });
}
