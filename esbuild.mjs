/**
 * Builds everything that ships into `dist/`.
 *
 *   node esbuild.mjs            one build, as it ships
 *   node esbuild.mjs --prune    the same, and chunks of earlier builds go, for packaging
 *   node esbuild.mjs --watch    readable output, rebuilt on each change
 */
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { build, context } from 'esbuild';

const { version } = /** @type {{ version: string }} */ (
  JSON.parse(await readFile('package.json', 'utf8'))
);
const watch = process.argv.includes('--watch');
const prune = process.argv.includes('--prune');

/** @satisfies {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  outdir: 'dist',
  logLevel: 'warning',
  metafile: true,
  legalComments: 'none',
  define: { SIGNALBOX_VERSION: JSON.stringify(version) },
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

/** @satisfies {import('esbuild').BuildOptions} */
const commonJs = { format: 'cjs', outExtension: { '.js': '.cjs' } };

/**
 * Leaves a package out of a bundle, to be loaded from a bundle of its own when it is needed.
 *
 * @param {string} name
 * @param {string} file Where that is, from the bundle.
 * @returns {import('esbuild').Plugin}
 */
function apart(name, file) {
  const filter = new RegExp(`^${name}$`);
  return {
    name: `${name} apart`,
    setup: (build) => build.onResolve({ filter }, () => ({ path: file, external: true })),
  };
}

/**
 * The same for a module, which can load nothing in its midst by itself: when `member` is used.
 *
 * @param {string} name
 * @param {string} file Where that is, from the bundle.
 * @param {string} member Of its default export.
 * @returns {import('esbuild').Plugin}
 */
function apartWhenUsed(name, file, member) {
  const filter = new RegExp(`^${name}$`);
  const namespace = 'apart-when-used';
  return {
    name: `${name} apart, when used`,
    setup(build) {
      build.onResolve({ filter }, () => ({ path: name, namespace }));
      build.onLoad({ filter, namespace }, () => ({
        contents: `
          import { createRequire } from 'node:module';
          const load = createRequire(import.meta.url);
          export default { get ${member}() { return load('${file}').${member}; } };`,
        resolveDir: '.',
      }));
    },
  };
}

/**
 * Loads a module when something of it is first used: most verbs start no process.
 *
 * @param {string} name
 * @param {string} file Where that is, from the bundle; a module of Node is by its name.
 * @returns {import('esbuild').Plugin}
 */
function whenUsed(name, file = name) {
  const filter = new RegExp(`^${name}$`);
  const namespace = 'when-used';
  return {
    name: `${name} when used`,
    setup(build) {
      build.onResolve({ filter }, (from) =>
        from.namespace === namespace ? { path: file, external: true } : { path: name, namespace },
      );
      build.onLoad({ filter, namespace }, async () => {
        const loaded = /** @type {object} */ (await import(name));
        // A package that is one function is called through another.
        if ('default' in loaded && typeof loaded.default === 'function') {
          const call = `(...given) => require('${name}').default(...given)`;
          return { contents: `module.exports = ${call};` };
        }
        const names = Object.keys(loaded);
        const getters = names.map((each) => `get ${each}() { return require('${name}').${each}; }`);
        return { contents: `module.exports = { ${getters.join(', ')} };` };
      });
    },
  };
}

/**
 * Every entry point of the product. A new one is one line here.
 *
 * @type {readonly (import('esbuild').BuildOptions & { entryPoints: Record<string, string> })[]}
 */
const entries = [
  { ...node, entryPoints: { cli: 'extension/cli/main.ts' } },
  {
    ...node,
    ...commonJs,
    entryPoints: { 'cli/commandLine': 'extension/cli/commandLine.ts' },
    // One file, since each further one costs a millisecond; what only `run` needs is a third of it.
    plugins: [
      apart('@agentclientprotocol/sdk', './acpSdk.cjs'),
      apart('yaml', './yaml.cjs'),
      apart('pg', './pg.cjs'),
      whenUsed('node:child_process'),
      whenUsed('node:crypto'),
      whenUsed('node:os'),
      whenUsed('node:timers/promises'),
      whenUsed('string-width', './stringWidth.cjs'),
    ],
    define: { ...common.define, 'import.meta.url': '__bundleUrl' },
    banner: { js: `const __bundleUrl=require('node:url').pathToFileURL(__filename).href;` },
  },
  {
    ...node,
    ...commonJs,
    entryPoints: { 'cli/mcp': 'extension/mcp/main.ts' },
    plugins: [apart('pg', './pg.cjs')],
  },
  {
    ...node,
    ...commonJs,
    entryPoints: { 'cli/web': 'extension/web/main.ts' },
    plugins: [apart('pg', './pg.cjs')],
  },
  { ...node, ...commonJs, entryPoints: { 'cli/acpSdk': '@agentclientprotocol/sdk' } },
  { ...node, ...commonJs, entryPoints: { 'cli/yaml': 'yaml' } },
  { ...node, ...commonJs, entryPoints: { 'cli/stringWidth': 'string-width' } },
  // Its binding to a native library, and what it needs in another runtime, are never used.
  {
    ...node,
    ...commonJs,
    entryPoints: { 'cli/pg': 'pg' },
    external: ['pg-native', 'pg-cloudflare'],
  },
  { ...node, entryPoints: { supervise: 'extension/runner/supervise.ts' } },
  {
    ...node,
    entryPoints: { extension: 'extension/vscode/main.ts' },
    // The editor gives `vscode` to CommonJS modules only.
    ...commonJs,
    external: ['vscode'],
  },
  {
    ...node,
    entryPoints: { worker: 'extension/vscode/worker/main.ts' },
    plugins: [apartWhenUsed('pg', './cli/pg.cjs', 'Client')],
  },
  { ...node, entryPoints: { 'example-agent': 'extension/exampleAgent/main.ts' } },
  {
    ...common,
    entryPoints: { webview: 'webview-ui/main.tsx', web: 'webview-ui/browser/main.tsx' },
    platform: 'browser',
    target: ['chrome128', 'firefox128', 'safari17'],
    format: 'iife',
    minifyIdentifiers: !watch,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    // The icon font lies beside the style sheet, under a name that stays.
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
  },
];

/** `signalbox` as people type it, in terminals of the editor: by its name, on their PATH. */
const byName = {
  'dist/bin/signalbox': `#!/bin/sh
# Runs the command line that lies beside it, with the machine's Node or else the editor's own.
cli="$(dirname "$(readlink -f "$0")")/../cli.js"
if command -v node >/dev/null 2>&1; then exec node "$cli" "$@"; fi
ELECTRON_RUN_AS_NODE=1 exec "\${SIGNALBOX_EDITOR_NODE:-node}" "$cli" "$@"
`,
  'dist/bin/signalbox.cmd': `@echo off\r\nnode "%~dp0..\\cli.js" %*\r\n`,
};

/** Bundles that people run by name; their source begins with a hashbang, which esbuild keeps. */
const executables = ['dist/cli.js'];

/** The bundle that `dist/cli.js` reads, and as what: other characters would come out as several. */
const plainBundle = 'dist/cli/commandLine.cjs';

async function requirePlain() {
  const lines = (await readFile(plainBundle, 'utf8')).split('\n');
  const found = lines.map((line) => /.{0,40}[^\0-\x7f]+/.exec(line)?.[0]).find(Boolean);
  if (found === undefined) return;
  throw new Error(
    `${plainBundle} must be ASCII; write \\u escapes in the regular expression ${found}`,
  );
}

async function makeExecutable() {
  await mkdir('dist/bin', { recursive: true });
  for (const [file, text] of Object.entries(byName)) await writeFile(file, text, { mode: 0o755 });
  for (const file of executables) {
    if (!(await readFile(file, 'utf8')).startsWith('#!')) {
      throw new Error(`${file} cannot be run by name: its source must begin with a hashbang line.`);
    }
    await chmod(file, 0o755);
  }
}

/**
 * Removes what earlier builds left in `dist/`. Not done by every build: a process that started from
 * an earlier one may load of it later.
 *
 * @param {readonly import('esbuild').BuildResult[]} results
 */
async function removeStale(results) {
  const current = new Set([
    ...Object.keys(byName),
    ...results.flatMap(({ metafile }) => Object.keys(metafile?.outputs ?? {})),
  ]);
  for (const entry of await readdir('dist', { recursive: true, withFileTypes: true })) {
    const file = path.posix.join(entry.parentPath, entry.name);
    if (!entry.isDirectory() && !current.has(file)) await rm(file);
  }
}

if (watch) {
  for (const entry of entries) await (await context({ ...entry, logLevel: 'info' })).watch();
} else {
  const startedAt = performance.now();
  // esbuild itself has said what is wrong by then.
  const results = await Promise.all(entries.map((entry) => build(entry))).catch(() =>
    process.exit(1),
  );
  await requirePlain();
  await makeExecutable();
  if (prune) {
    await removeStale(results);
    // The packager writes into it and does not make it.
    await mkdir('out', { recursive: true });
  }
  console.log(`Built dist/ in ${Math.round(performance.now() - startedAt)} ms`);
}
