/**
 * The process on whose behalf a short-lived command acts: the agent above the shells and wrappers
 * that started it.
 *
 * Only looks; what is recorded of it, and what that means, is decided elsewhere.
 */
import { readlinkSync, realpathSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Holder } from '../core/task.ts';
import { isAlive, ownIdentity, ownPlace } from './processIdentity.ts';
import { readArguments, readProcess } from './processTable.ts';

/** More ancestors than this are a loop: a pid was reused while they were walked. */
const maxAncestors = 64;

/** They run something for someone else; `sudo` and its like too, since they end with it. */
const wrappers = new Set(
  (
    'sh bash dash zsh fish ksh mksh ash busybox csh tcsh nu pwsh powershell cmd ' +
    'env timeout nohup setsid nice ionice stdbuf time xargs flock script unbuffer chronic ' +
    'sudo doas su runuser npx npm pnpm pnpx yarn bunx corepack signalbox'
  ).split(' '),
);
const wrapperScripts = /^(npx|npm|pnpm|pnpx|yarn|yarnpkg|corepack|signalbox)(-cli)?(\.c?js)?$/;

/** They outlive every agent that they show, so that they live says nothing about one. */
const hosts = new Set(
  (
    'init systemd launchd tini dumb-init docker-init catatonit s6-svscan runit ' +
    'dockerd containerd containerd-shim containerd-shim-runc-v2 conmon runc crun ' +
    'sshd sshd-session login cron crond atd tmux screen zellij mosh-server ' +
    'xterm urxvt rxvt konsole gnome-terminal gnome-terminal- gnome-terminal-server ' +
    'xfce4-terminal alacritty kitty foot wezterm wezterm-gui ghostty terminator tilix ' +
    'Terminal iTerm2 WindowsTerminal explorer ' +
    'code code-insiders code-server code-tunnel codium vscodium cursor windsurf zed electron ' +
    'emacs vim nvim idea'
  ).split(' '),
);
const hostNames = /^(code|cursor|windsurf|vscodium|electron)( - insiders)?( helper.*)?$/i;
const editorScripts = /bootstrap-fork|server-main\.js|--type=(extensionHost|ptyHost|utility)/;

/**
 * The process that holds what this command claims: `pid` where one is given, else the nearest
 * ancestor that is no shell or wrapper; null where there is none that could be judged.
 */
export function findHolder(pid?: number): Holder | null {
  const found = pid ?? findAncestor();
  if (found === undefined) return null;
  const startTime = readProcess(found)?.startTime ?? '';
  // A process that has gone already would free the claim at once.
  return isAlive({ pid: found, startTime }) ? { pid: found, startTime, ...ownPlace() } : null;
}

/** This process, for those that hold by themselves. */
export function ownHolder(): Holder {
  return { ...ownIdentity(), ...ownPlace() };
}

function findAncestor(): number | undefined {
  let pid = process.ppid;
  for (let step = 0; step < maxAncestors && pid > 1; step++) {
    const row = readProcess(pid);
    if (row === undefined) return undefined;
    const role = roleOf(readArguments(pid), (script) => isThisCommand(pid, script));
    if (role !== 'wrapper') return role === 'agent' ? pid : undefined;
    pid = row.parent;
  }
  return undefined;
}

/** What a process started with `args` is to the command that it started. */
export function roleOf(
  args: readonly string[],
  isOwnScript: (script: string) => boolean = () => false,
): 'wrapper' | 'host' | 'agent' {
  const name = nameOf(args[0] ?? '');
  // Nothing may be known of it, so that nothing can be said of whom it works for.
  if (name === '') return 'host';
  if (hosts.has(name) || hostNames.test(name)) return 'host';
  if (wrappers.has(name)) return 'wrapper';
  if (!/^(node|nodejs|bun|deno)$/.test(name)) return 'agent';
  if (args.some((arg) => editorScripts.test(arg))) return 'host';
  const script = args.slice(1).find((arg) => !arg.startsWith('-'));
  if (script === undefined) return 'agent';
  return wrapperScripts.test(basename(script)) || isOwnScript(script) ? 'wrapper' : 'agent';
}

function nameOf(command: string): string {
  // `-bash` is a login shell; `npm exec x` and `sshd: me@pts/0` are titles that processes give
  // themselves, while a path may have spaces of its own.
  const name = /^\.{0,2}[/\\]|^[A-Za-z]:\\/.test(command)
    ? (command.split(/[/\\]/).at(-1) ?? '')
    : (command.split(/[ :]/)[0] ?? '').split('/').at(-1);
  return (name ?? '').replace(/^-/, '').replace(/\.exe$/i, '');
}

function isThisCommand(pid: number, script: string): boolean {
  const own = process.argv[1];
  if (own === undefined) return false;
  try {
    const cwd = process.platform === 'linux' ? readlinkSync(`/proc/${String(pid)}/cwd`) : '/';
    return realpathSync(resolve(cwd, script)) === realpathSync(own);
  } catch {
    // Not to be looked at, or gone: then it is some other program as far as one can tell.
    return false;
  }
}
