/**
 * Starts and ends a real VS Code server with its web workbench.
 *
 * Opens no browser, and gives nothing to the person's own editor: settings, extensions and state
 * live in a folder of the server's own.
 */
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { cleanEnvironment, isolatedEnvironment } from './environment.ts';
import type { VSCodeInstallation } from './install.ts';
import { endGroup, endLeftovers, processesWith, signalGroup } from './processes.ts';
import type { FoundProcess } from './processes.ts';
import { SetupError } from './setupError.ts';

export type Settings = Readonly<Record<string, unknown>>;

export interface VSCodeOptions {
  /** Packaged extensions to install, as a user would. */
  readonly vsix?: readonly string[];
  /** User settings, over the quiet defaults of this module. */
  readonly settings?: Settings;
  /** Settings of the machine the server runs on; machine-scoped ones count only here. */
  readonly machineSettings?: Settings;
  /**
   * Workspace trust as users have it: a new folder opens in Restricted Mode (without the question
   * at start, so that a suite decides when to trust). Off by default: every folder is trusted.
   */
  readonly trust?: boolean;
  /**
   * Lets the page name an extension and tests to run from their sources. The workbench then shows
   * no toasts, so tests of what a person sees go without it.
   */
  readonly testMode?: boolean;
  /** Environment variables for the server and its extension hosts. */
  readonly env?: Readonly<Record<string, string>>;
  /** `own` (the default) is an empty one; `person` leaves the person's, where agents log in. */
  readonly home?: 'own' | 'person';
  /** Asked for by a log-in page; without it whoever reaches the port is in. */
  readonly password?: string;
}

export interface VSCodeServer {
  /** Host and port, as in the page's address. */
  readonly authority: string;
  /** Everything of this server, removed by `stop`. */
  readonly dir: string;
  readonly home: string;
  /** The page that opens `target`, a folder or a `.code-workspace` file. */
  url(target: string, payload?: readonly (readonly [string, string])[]): string;
  /** A file of this machine as the workbench names it. */
  remoteUri(path: string): string;
  /** Changes user settings. A window reads them when it is opened or reloaded, not before. */
  updateSettings(changes: Settings): void;
  /** The extension hosts that live now, one for each open window (Linux only). */
  extensionHosts(): readonly FoundProcess[];
  /** Resolves when the server has ended, by `stop` or by itself. */
  readonly ended: Promise<void>;
  /** Ends it and all it started. Returns what would have been left behind. Safe to repeat. */
  stop(): Promise<readonly FoundProcess[]>;
}

/** No first-run pages, nothing that phones out, nothing that moves under a test. */
export const quietSettings: Settings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'chat.disableAIFeatures': true,
  'git.openRepositoryInParentFolders': 'never',
  'window.confirmBeforeClose': 'never',
};

const startLimitMs = 120_000;
const pollMs = 50;

/** Marks every process of one VS Code in its environment. */
export const cookieName = 'SIGNALBOX_VSCODE_RUN';

/**
 * @throws {SetupError} `VSCODE_DID_NOT_START` when it ends or stays silent, with its log.
 */
export async function startVSCode(
  installation: VSCodeInstallation,
  options: VSCodeOptions = {},
): Promise<VSCodeServer> {
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-vscode-'));
  const remove = (): void => {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    return await startIn(dir, remove, installation, options);
  } catch (error) {
    remove();
    throw error;
  }
}

async function startIn(
  dir: string,
  remove: () => void,
  { node, entry }: VSCodeInstallation,
  options: VSCodeOptions,
): Promise<VSCodeServer> {
  const home = options.home === 'person' ? (process.env['HOME'] ?? dir) : join(dir, 'home');
  const userSettings = join(dir, 'user/User/settings.json');
  const extensionsDir = join(dir, 'extensions');
  for (const name of ['user/User', 'user/Machine', 'extensions', 'home']) {
    mkdirSync(join(dir, name), { recursive: true });
  }
  const trust = options.trust ?? false;
  writeJson(userSettings, {
    ...quietSettings,
    'security.workspace.trust.enabled': trust,
    'security.workspace.trust.startupPrompt': 'never',
    ...options.settings,
  });
  writeJson(join(dir, 'user/Machine/settings.json'), options.machineSettings ?? {});
  writeFileSync(join(dir, 'config.yaml'), '{}\n');

  const cookie = randomUUID();
  const env = {
    ...(options.home === 'person'
      ? cleanEnvironment(process.env)
      : isolatedEnvironment(process.env, home)),
    ...options.env,
    ...(options.password === undefined ? {} : { PASSWORD: options.password }),
    [cookieName]: cookie,
  };
  const folders = [
    ...['--config', join(dir, 'config.yaml'), '--user-data-dir', join(dir, 'user')],
    ...['--extensions-dir', extensionsDir],
  ];
  for (const vsix of options.vsix ?? []) {
    const installed = await installedCopy(node, entry, vsix);
    cpSync(installed, extensionsDir, { recursive: true });
  }

  const logPath = join(dir, 'server.log');
  const log = openSync(logPath, 'w');
  const child = spawn(
    node,
    [
      entry,
      ...folders,
      ...['--auth', options.password === undefined ? 'none' : 'password'],
      // Port 0: the system chooses one that is free, and nobody can take it in between.
      ...['--bind-addr', '127.0.0.1:0'],
      ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
      ...['--disable-proxy', '--ignore-last-opened'],
      ...['--app-name', 'VS Code', '--welcome-text', 'Signalbox in VS Code'],
      ...(trust ? [] : ['--disable-workspace-trust']),
      ...(options.testMode ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
    ],
    { env, stdio: ['ignore', log, log], detached: true },
  );
  closeSync(log);
  let failure: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      failure = error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      failure ??= `it ended with ${code ?? signal}`;
      resolve();
    });
  });

  const lastResort = (): void => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    remove();
  };
  process.once('exit', lastResort);
  const end = async (): Promise<readonly FoundProcess[]> => {
    await endGroup(child);
    const leftovers = await endLeftovers(`${cookieName}=${cookie}`);
    process.removeListener('exit', lastResort);
    remove();
    return leftovers;
  };
  let stopping: Promise<readonly FoundProcess[]> | undefined;
  const stop = (): Promise<readonly FoundProcess[]> => (stopping ??= end());

  let authority: string;
  try {
    authority = await listening(logPath, () => failure);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    authority,
    dir,
    home,
    url: (target, payload = []) => {
      const kind = target.endsWith('.code-workspace') ? 'workspace' : 'folder';
      // Slashes stay as they are: a person reads this address.
      const address = `http://${authority}/?${kind}=${encodeURIComponent(resolve(target)).replaceAll('%2F', '/')}`;
      return payload.length === 0
        ? address
        : `${address}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
    },
    remoteUri: (path) => `vscode-remote://${authority}${encodeURI(resolve(path))}`,
    updateSettings: (changes) => {
      // Read again: a window may have written a choice of its own.
      const current = JSON.parse(readFileSync(userSettings, 'utf8')) as Settings;
      writeJson(userSettings, { ...current, ...changes });
    },
    extensionHosts: () => {
      const hosts = processesWith(`${cookieName}=${cookie}`).filter(({ command }) =>
        command.includes('--type=extensionHost'),
      );
      // A child that a host has just forked looks like its parent until it becomes itself.
      return hosts.filter(({ parent }) => !hosts.some(({ pid }) => pid === parent));
    },
    ended,
    stop,
  };
}

/** Host and port, once the server says that it listens and answers there. */
async function listening(logPath: string, failed: () => string | undefined): Promise<string> {
  const deadline = performance.now() + startLimitMs;
  for (;;) {
    const log = readFileSync(logPath, 'utf8');
    const problem =
      failed() ?? (performance.now() > deadline ? `silent for ${startLimitMs} ms` : undefined);
    if (problem !== undefined) {
      throw new SetupError('VSCODE_DID_NOT_START', `VS Code did not start: ${problem}\n${log}`);
    }
    const authority = /HTTP server listening on http:\/\/([^/\s]+)/.exec(log)?.[1];
    if (authority !== undefined && (await answers(authority))) return authority;
    await pause(pollMs);
  }
}

async function answers(authority: string): Promise<boolean> {
  try {
    return (await fetch(`http://${authority}/healthz`)).ok;
  } catch {
    // Not yet; the caller has the deadline.
    return false;
  }
}

/** An extensions folder with one `.vsix` installed: installing takes seconds, copying does not. */
const installedCopies = new Map<string, Promise<string>>();

function installedCopy(node: string, entry: string, vsix: string): Promise<string> {
  const path = resolve(vsix);
  const copy = installedCopies.get(path) ?? installAside(node, entry, path);
  installedCopies.set(path, copy);
  return copy;
}

async function installAside(node: string, entry: string, vsix: string): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-vsix-'));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  const extensions = join(dir, 'extensions');
  mkdirSync(extensions);
  writeFileSync(join(dir, 'config.yaml'), '{}\n');
  const args = [
    ...[entry, '--config', join(dir, 'config.yaml'), '--user-data-dir', join(dir, 'user')],
    ...['--extensions-dir', extensions, '--install-extension', vsix, '--force'],
  ];
  try {
    await promisify(execFile)(node, args, { env: isolatedEnvironment(process.env, dir) });
  } catch (cause) {
    throw new SetupError(
      'NO_VSIX',
      `VS Code would not install ${vsix}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  return extensions;
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
