/** Reads what a task says of its program: `shell:COMMAND LINE`, `acp:AGENT`, `external`. */
import { splitCommandLine } from './commandLine.ts';

export type ProgramSpec =
  | { readonly type: 'shell'; readonly argv: readonly string[] }
  /** An agent that is configured under this name on the machine that runs it. */
  | { readonly type: 'acp'; readonly agent: string }
  | { readonly type: 'external' };

export type ParsedProgram =
  | { readonly ok: true; readonly spec: ProgramSpec }
  | { readonly ok: false; readonly message: string };

const agentPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function parseProgram(text: string): ParsedProgram {
  if (text === 'external') return { ok: true, spec: { type: 'external' } };
  const [, type, rest = ''] = /^(shell|acp):([\s\S]*)$/.exec(text) ?? [];
  if (type === 'acp') {
    if (agentPattern.test(rest)) return { ok: true, spec: { type: 'acp', agent: rest } };
    return { ok: false, message: `"${rest}" is no name of an agent, as in acp:Claude.` };
  }
  if (type !== 'shell') {
    return {
      ok: false,
      message: `"${text}" is no program: shell:COMMAND LINE, acp:AGENT or external.`,
    };
  }
  const argv = splitCommandLine(rest);
  if ('error' in argv) return { ok: false, message: argv.error };
  if (argv.length === 0) return { ok: false, message: 'The command line after shell: is empty.' };
  return { ok: true, spec: { type: 'shell', argv } };
}

/** Why `text` is no program, or null where it is one. */
export function checkProgram(text: string): string | null {
  const parsed = parseProgram(text);
  return parsed.ok ? null : parsed.message;
}
