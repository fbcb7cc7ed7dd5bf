/**
 * A terminal of its own for one program, as a window or `ssh -t` gives: keys go in, what it shows
 * comes out, and its size changes.
 *
 * `script`, which every Debian has, holds the other end. Judges nothing.
 */
import { execFileSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { joinCommandLine } from '../../extension/core/commandLine.ts';
import type { Ended } from './cli.ts';
import { cli, node, startProcess } from './cli.ts';
import type { Workspace } from './cli.ts';
import { eventually } from './supervisor.ts';

/** Programs of a loaded machine take their time. */
const patienceMs = 60_000;

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Terminal {
  /** Process id of the program. */
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** All that it has shown until now. */
  shown(): string;
  /** Presses keys. */
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Waits until it shows `text`, after what it had shown when `from` was taken. */
  shows(text: string | RegExp, from?: number): Promise<void>;
}

/** Starts any program in a terminal of `columns` and `rows`. */
export async function inTerminal(
  ws: Workspace,
  command: readonly string[],
  { columns = 100, rows = 40, env = {} }: TerminalOptions = {},
): Promise<Terminal> {
  const line = joinCommandLine(command);
  const script = `stty cols ${columns} rows ${rows}; echo "started $$ $(tty)."; exec ${line}`;
  const started = startProcess('script', ['-qefc', script, '/dev/null'], {
    cwd: ws.dir,
    env: { ...ws.env, NO_COLOR: undefined, TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    keepsInput: true,
  });
  onTestFinished(() => started.kill('SIGKILL'));
  const ready = /started (\d+) (\S+)\./;
  await eventually('it starts', () => ready.test(started.said()), patienceMs);
  const [all = '', pid, tty = ''] = ready.exec(started.said()) ?? [];
  const shown = () => started.said().slice(started.said().indexOf(all) + all.length);
  return {
    pid: Number(pid),
    ended: started.ended,
    shown,
    type: (keys) => void started.child.stdin?.write(keys),
    resize: (wide, high) => {
      execFileSync('stty', ['-F', tty, 'cols', String(wide), 'rows', String(high)]);
    },
    shows: async (text, from = 0) => {
      const isThere = () => {
        const fresh = shown().slice(from);
        return typeof text === 'string' ? fresh.includes(text) : text.test(fresh);
      };
      await eventually(`the terminal shows ${String(text)}`, isThere, patienceMs);
    },
  };
}

/** Starts the command line in a terminal. */
export function cliInTerminal(
  ws: Workspace,
  args: readonly string[],
  options?: TerminalOptions,
): Promise<Terminal> {
  return inTerminal(ws, [node, cli, ...args], options);
}
