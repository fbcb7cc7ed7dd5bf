/**
 * Brings a fresh clone to where its tools can run: installs what the lock file names and is absent.
 *
 * Imports nothing but Node, since it runs before anything is installed.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { runStep } from './step.mjs';

export const root = path.dirname(import.meta.dirname);

/**
 * Runs `npm ci` where `node_modules` is not what `package-lock.json` says.
 *
 * @throws {Error} When npm fails; its own words are on the terminal.
 */
export async function installWhatIsMissing() {
  const missing = await firstMissingPackage();
  if (missing === undefined) return;
  console.log(`Installing the tools of this project (${missing} is not there yet) …`);
  const { command, args } = npm();
  // A silent `npm test` makes its children silent too, and then a failure would have no reason.
  const options = ['--no-audit', '--no-fund', '--loglevel=error'];
  const end = await runStep({ command, args: [...args, 'ci', ...options] });
  if (!end.ok) throw new Error(`npm ci in ${root} failed: ${end.why}. Its messages are above.`);
}

/** One build of `dist/`, as it ships. @throws {Error} When the build fails. */
export async function build() {
  const end = await runStep({ command: process.execPath, args: [path.join(root, 'esbuild.mjs')] });
  if (!end.ok) throw new Error(`The build of dist/ failed: ${end.why}. Its messages are above.`);
}

/** Builds and packages the extension, `out/signalbox.vsix`. @throws {Error} When that fails. */
export async function packageExtension() {
  const { command, args } = npm();
  const end = await runStep({
    command,
    args: [...args, 'run', '--silent', 'package'],
    quiet: true,
  });
  if (!end.ok) throw new Error(`The extension was not packaged: ${end.why}\n${end.output}`);
}

/** npm as it was started, since on Windows it is no program that can be spawned by name. */
function npm() {
  const script = process.env['npm_execpath'];
  return script === undefined
    ? { command: 'npm', args: [] }
    : { command: process.execPath, args: [script] };
}

/**
 * Compares contents, not times: a clone or an editor's save touches the lock file without changing
 * what it says.
 */
async function firstMissingPackage() {
  const wanted = await readPackages(path.join(root, 'package-lock.json'));
  const present = await readPackages(path.join(root, 'node_modules', '.package-lock.json')).catch(
    () => /** @type {Packages} */ ({}),
  );
  const absent = Object.entries(wanted).find(
    ([place, { version, optional }]) =>
      place !== '' && optional !== true && present[place]?.version !== version,
  );
  return absent?.[0].replace(/^.*node_modules\//, '');
}

/** @typedef {Record<string, { version?: string, optional?: boolean }>} Packages */

/** @param {string} file */
async function readPackages(file) {
  const lock = /** @type {{ packages: Packages }} */ (JSON.parse(await readFile(file, 'utf8')));
  return lock.packages;
}
