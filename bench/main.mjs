/**
 * Runs the benchmarks, all or those that are named, one after another.
 *
 *   npm run bench                          all of them, in a few minutes; after `npm run build`
 *   npm run bench -- append race           these
 *   npm run bench -- race --agents 10      with its own options, which its first lines name
 *
 * Only builds and starts them. They measure in a folder below `$TMPDIR`, so that names the file
 * system. `SIGNALBOX_NODE24` names a Node 24; without it, the one that the VS Code of the suites
 * runs on is taken, where it is installed.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';

const root = path.join(import.meta.dirname, '..');
/** Each benchmark's name, and what is started: TypeScript is built first. */
const files = new Map(
  readdirSync(import.meta.dirname)
    .filter((file) => /\.(ts|mjs)$/.test(file) && file !== path.basename(import.meta.filename))
    .map((file) => {
      const { name, ext } = path.parse(file);
      return [name, ext === '.ts' ? `out/bench/${name}.js` : `bench/${file}`];
    }),
);
const all = [...files.keys()];

const given = process.argv.slice(2);
const firstOption = given.findIndex((word) => word.startsWith('--'));
const named = firstOption === -1 ? given : given.slice(0, firstOption);
const options = firstOption === -1 ? [] : given.slice(firstOption);
const unknown = named.find((name) => !all.includes(name));
if (unknown !== undefined) {
  console.error(`There is no benchmark ${unknown}. There are: ${all.join(', ')}.`);
  process.exit(2);
}

await build({
  entryPoints: [path.join(root, 'bench/*.ts'), path.join(root, 'bench/agents/*.ts')],
  outbase: path.join(root, 'bench'),
  outdir: path.join(root, 'out/bench'),
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
});

for (const name of named.length === 0 ? all : named) {
  console.log(`\n## ${name}\n`);
  const { status } = spawnSync(
    process.execPath,
    [path.join(root, files.get(name) ?? ''), ...options],
    { cwd: root, stdio: 'inherit' },
  );
  if (status !== 0) process.exitCode = 1;
}
