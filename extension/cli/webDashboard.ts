/**
 * `signalbox dashboard --web`: starts the page's server, which lies in a bundle of its own beside this
 * one, says where it is, and opens it where there is a desktop.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkspaceQuestion } from '../coordinator/workspace.ts';
import { findWorkspace } from '../coordinator/workspace.ts';
import { personName } from '../platform/personName.ts';
import type { Answer } from './answer.ts';
import { exit, UsageError } from './answer.ts';
import type { Invocation } from './invocation.ts';
import { isTerminal, printError, printOut } from './output.ts';
import { harmless } from './render/text.ts';

interface Address {
  readonly url: string;
  readonly port: number;
}

/** What the server's bundle exports; front ends do not know each other's code. */
interface WebBundle {
  readonly serve: (options: {
    readonly workspace: WorkspaceQuestion;
    readonly env: NodeJS.ProcessEnv;
    readonly by: string;
    readonly port: number;
    readonly packageDir: string;
    readonly onReady: (address: Address) => void;
    readonly tell: (message: string) => void;
  }) => Promise<
    | { readonly ok: true }
    | { readonly ok: false; readonly reason: string; readonly message: string }
  >;
}

const maxPort = 65_535;

/** Until a signal ends it. */
export async function serveDashboard(invocation: Invocation): Promise<Answer> {
  const { cwd, env, agent, json } = invocation;
  const port = invocation.number('port') ?? 0;
  if (!Number.isInteger(port) || port > maxPort) {
    throw new UsageError(`--port takes a number up to ${maxPort}.`);
  }
  const workspace = { cwd, env, explicit: invocation.option('workspace') };
  // A folder that was named wrongly is said at once, and not in the browser.
  findWorkspace(workspace);
  const { serve } = createRequire(import.meta.url)('./web.cjs') as WebBundle;
  const served = await serve({
    ...{ workspace, env, port },
    by: agent ?? personName(),
    packageDir: path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..'),
    onReady: (address) => announce(address, json, env),
    tell: (message) => printError(`signalbox: ${harmless(message)}\n`),
  });
  if (served.ok) return { exit: exit.done };
  return { exit: exit.failed, json: served, note: served.message };
}

function announce({ url, port }: Address, json: boolean, env: NodeJS.ProcessEnv): void {
  if (json) {
    printOut(`${JSON.stringify({ ok: true, url, port })}\n`);
    return;
  }
  const isRemote = Boolean(env['SSH_CONNECTION']);
  const lines = [
    url,
    'It opens the dashboard once, in one browser; Ctrl-C ends it.',
    ...(isRemote
      ? [`From your own machine: ssh -L ${port}:127.0.0.1:${port} HOST, then open it.`]
      : []),
  ];
  printOut(`${lines.join('\n')}\n`);
  if (!isRemote && isTerminal()) openInBrowser(url, env);
}

/** Opens the address where a desktop is there to do it; else the person has it printed. */
function openInBrowser(url: string, env: NodeJS.ProcessEnv): void {
  const opener = openerOf(env);
  if (opener === null) return;
  spawn(opener, [url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}

function openerOf(env: NodeJS.ProcessEnv): string | null {
  if (process.platform === 'darwin') return 'open';
  const hasDesktop = Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
  if (process.platform === 'win32' || !hasDesktop) return null;
  const folders = (env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder));
  return folders.map((folder) => path.join(folder, 'xdg-open')).find(isRunnable) ?? null;
}

function isRunnable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run.
    return false;
  }
}
