/**
 * Works a fresh copy of the examples in this terminal: the lane without an editor.
 *
 *   npm run start:headless
 *
 * Installs and builds what is missing first.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { build, installWhatIsMissing, root } from './setUp.mjs';

await installWhatIsMissing();
await build();

const { bundleForNode } = await import('./vscode/bundle.mjs');
const outdir = path.join(root, 'out/start');
await bundleForNode({ entryPoints: [path.join(root, 'scripts/examples.ts')], outdir });
/** @type {typeof import('./examples.ts')} */
const { approveExamples, copyExamples } = await import(
  pathToFileURL(path.join(outdir, 'examples.mjs')).href
);

const place = mkdtempSync(path.join(tmpdir(), 'signalbox-start-'));
const folder = path.join(place, 'signalbox-examples');
copyExamples(path.join(root, 'examples'), folder);
const env = { ...process.env, SIGNALBOX_HOME: path.join(place, 'state') };
await approveExamples(folder, env);

const cli = path.join(root, 'dist/cli.js');
console.log(`
A fresh copy of the examples: ${folder}
Its programs are approved by this start, for this copy only. The queue:
`);
await signalbox('list');
console.log(`
The lane works it now, one task at a time. Ctrl-C ends it.
`);
const code = await signalbox('run', '--until-empty');
console.log('\nWhat came of it:\n');
await signalbox('list');
await signalbox('audit', 'verify');
const again = path.join(place, 'signalbox');
writeFileSync(
  again,
  `#!/bin/sh\nSIGNALBOX_HOME='${env.SIGNALBOX_HOME}' exec '${process.execPath}' '${cli}' "$@"\n`,
  { mode: 0o755 },
);
console.log(`
Look around: cd ${folder} && ../signalbox show 1
`);
process.exitCode = code;

/** Runs one command line in the copy, in front of the person. @param {string[]} args */
function signalbox(...args) {
  const child = spawn(process.execPath, [cli, ...args], { cwd: folder, env, stdio: 'inherit' });
  // The terminal's Ctrl-C reaches the child as well; it ends in its own time and we after it.
  const wait = () => undefined;
  process.on('SIGINT', wait);
  return new Promise((/** @type {(code: number) => void} */ resolve) => {
    child.on('exit', (code) => {
      process.off('SIGINT', wait);
      resolve(code ?? 1);
    });
  });
}
