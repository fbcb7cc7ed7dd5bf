/**
 * Finds a desktop VS Code and opens a window of it that has nothing of the person's own setup.
 *
 * Installs no VS Code. Where none can be opened, that is an answer and no error.
 */
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanEnvironment } from '../../test/vscode/launcher/environment.ts';
import { projectRoot } from '../../test/vscode/launcher/paths.ts';
import { askToEnd, endGroup, endLeftovers } from '../../test/vscode/launcher/processes.ts';
import { cookieName, quietSettings } from '../../test/vscode/launcher/server.ts';
import { SetupError } from '../../test/vscode/launcher/setupError.ts';

export interface OpenEditor {
  /** Resolves when the person has closed it. */
  readonly ended: Promise<void>;
  /** Ends it and all it started. Safe to repeat. */
  stop(): Promise<unknown>;
}

export interface DesktopOrder {
  readonly folder: string;
  readonly vsix: string;
  /** Settings of the throw-away profile. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** A folder for its settings and extensions, which the caller removes. */
  readonly profile: string;
  readonly env: Readonly<Record<string, string>>;
}

const program = 'code';

/** `code --version` starts no window; longer than this and it is not what we look for. */
const askLimitMs = 15_000;

/** On Windows `code` is a batch file, which only a shell can start. */
const shell = process.platform === 'win32';

/**
 * The version of the desktop `code` on `PATH`, if there is one that is new enough and a screen to
 * open it on. The `code` in a remote window's terminal is none: it only talks to that window.
 */
export async function findDesktop(): Promise<string | undefined> {
  const { DISPLAY: x11, WAYLAND_DISPLAY: wayland } = process.env;
  if (process.platform === 'linux' && !x11 && !wayland) return undefined;
  try {
    const { stdout } = await promisify(execFile)(program, ['--version'], {
      env: cleanEnvironment(process.env),
      timeout: askLimitMs,
      shell,
    });
    const version = /^(\d+)\.(\d+)\.\d+\S*$/m.exec(stdout);
    return version !== null && isSupported(Number(version[1]), Number(version[2]))
      ? version[0]
      : undefined;
  } catch {
    // Not installed, or not one that answers.
    return undefined;
  }
}

function isSupported(major: number, minor: number): boolean {
  const manifest = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
    readonly engines: { readonly vscode: string };
  };
  const [needsMajor = 0, needsMinor = 0] = manifest.engines.vscode
    .replace(/^\D*/, '')
    .split('.')
    .map(Number);
  return major > needsMajor || (major === needsMajor && minor >= needsMinor);
}

/** @throws {SetupError} `NO_VSIX` when the extension cannot be installed. */
export async function openDesktop(order: DesktopOrder): Promise<OpenEditor> {
  const cookie = randomUUID();
  const env = { ...cleanEnvironment(process.env), ...order.env, [cookieName]: cookie };
  const userData = join(order.profile, 'user');
  mkdirSync(join(userData, 'User'), { recursive: true });
  writeFileSync(
    join(userData, 'User/settings.json'),
    JSON.stringify({ ...quietSettings, ...order.settings }, null, 2),
  );
  const own = [
    ...['--user-data-dir', userData],
    ...['--extensions-dir', join(order.profile, 'extensions')],
  ];
  try {
    const install = [...own, '--install-extension', order.vsix, '--force'];
    await promisify(execFile)(program, install, { env, shell });
  } catch (cause) {
    throw new SetupError('NO_VSIX', `VS Code would not install ${order.vsix}`, { cause });
  }
  const child = spawn(
    program,
    [
      ...own,
      // The folder is a copy that was made for this window.
      ...['--disable-workspace-trust', '--new-window', '--wait'],
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      order.folder,
    ],
    { env, shell, stdio: 'ignore', detached: process.platform !== 'win32' },
  );
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve());
  });
  const end = async (): Promise<void> => {
    if (process.platform === 'win32') child.kill();
    else await endGroup(child);
    // `code` only waits for a window that another process shows.
    askToEnd(`${cookieName}=${cookie}`);
    await endLeftovers(`${cookieName}=${cookie}`);
  };
  let stopping: Promise<void> | undefined;
  return { ended, stop: () => (stopping ??= end()) };
}
