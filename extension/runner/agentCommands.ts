/**
 * Which command each agent's name stands for on this machine: what a person configured first, then
 * the presets that are installed.
 *
 * Reads a person's own settings only. Nothing in a workspace can add a command or change one.
 */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseProgram } from '../core/programSpec.ts';
import { type AgentCommand, agentPresets, findAgents, findPreset } from './agentPresets.ts';
import { RunnerError } from './runnerError.ts';

export interface AgentSources {
  /** This person's folder for Signalbox; its `agents.json` is read at each look-up. */
  readonly home: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** From an editor's machine settings; they come before the file. */
  readonly configured?: readonly AgentCommand[];
}

/** What `agents.json` may hold at most; it is written by hand. */
const maxFileBytes = 1_048_576;
const maxAgents = 100;

/**
 * The command of the agent of that name, or undefined where there is none.
 *
 * @throws {RunnerError} `BAD_AGENTS` where `agents.json` cannot be used
 */
export function findAgentCommand(name: string, sources: AgentSources): AgentCommand | undefined {
  const own = ownAgents(sources).find((agent) => agent.name === name);
  if (own !== undefined) return own;
  const preset = agentPresets.find((known) => known.name === name);
  return preset && findPreset(preset, sources.env);
}

/**
 * Every agent that could be started: a person's own, then the presets that were found.
 *
 * @throws {RunnerError} `BAD_AGENTS` where `agents.json` cannot be used
 */
export function listAgentCommands(sources: AgentSources): readonly AgentCommand[] {
  const own = ownAgents(sources);
  const names = new Set(own.map(({ name }) => name));
  return [...own, ...findAgents(sources.env).filter(({ name }) => !names.has(name))];
}

/** What to do where `findAgentCommand` found nothing, for people. */
export function explainMissingAgent(name: string): string {
  const ignoringCase = (other: string) => other.toLowerCase() === name.toLowerCase();
  const preset = agentPresets.find((known) => ignoringCase(known.name));
  const missing = `No agent named ${name} is set up on this machine.`;
  const configure = 'Add it to agents.json in the Signalbox folder, or name another agent.';
  if (preset === undefined) return `${missing} ${configure}`;
  if (preset.name !== name) return `${missing} Write it ${preset.name}.`;
  return `${missing} ${preset.install}`;
}

/**
 * Reads agents as they are configured, `{ "NAME": { "command", "args", "env" } }`; `where` is named
 * in messages.
 *
 * @throws {RunnerError} `BAD_AGENTS` at the first entry that cannot be used
 */
export function parseAgents(value: unknown, where: string): readonly AgentCommand[] {
  if (!isRecord(value)) throw bad(where, 'is not an object of agents by name');
  const entries = Object.entries(value);
  if (entries.length > maxAgents) throw bad(where, `names more than ${maxAgents} agents`);
  return entries.map(([name, entry]) => parseAgent(name, entry, where));
}

function ownAgents({ home, configured = [] }: AgentSources): readonly AgentCommand[] {
  const names = new Set(configured.map(({ name }) => name));
  const fromFile = readAgentsFile(path.join(home, 'agents.json'));
  return [...configured, ...fromFile.filter(({ name }) => !names.has(name))];
}

function readAgentsFile(file: string): readonly AgentCommand[] {
  let text: string;
  try {
    const { size, mode, uid } = statSync(file);
    if (size > maxFileBytes) throw bad(file, `is larger than ${maxFileBytes} bytes`);
    if (process.platform !== 'win32') refuseForeign(file, mode, uid);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    if (error instanceof RunnerError) throw error;
    throw bad(file, `could not be read: ${(error as Error).message}`, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(file, `is not JSON: ${(error as Error).message}`, error);
  }
  if (!isRecord(value)) throw bad(file, 'is not an object');
  return parseAgents(value['agents'] ?? {}, file);
}

/** What others can write would let them choose what runs as this person. */
function refuseForeign(file: string, mode: number, uid: number): void {
  if ((mode & 0o002) !== 0) {
    throw bad(file, `can be written by everyone. Take that away with: chmod o-w ${file}`);
  }
  const own = process.getuid?.();
  if (uid !== own && uid !== 0) throw bad(file, 'belongs to someone else');
}

function parseAgent(name: string, entry: unknown, where: string): AgentCommand {
  const parsed = parseProgram(`acp:${name}`);
  if (!parsed.ok) throw bad(where, `has an agent with a bad name: ${parsed.message}`);
  if (!isRecord(entry)) throw bad(where, `gives ${name} no object with a "command"`);
  const { command, args = [], env = {} } = entry;
  if (typeof command !== 'string' || command === '') {
    throw bad(where, `gives ${name} no "command"`);
  }
  // It would name a file in whatever workspace the task runs in.
  if (/[\\/]/.test(command) && !path.isAbsolute(command)) {
    throw bad(where, `gives ${name} the relative command ${command}. Write its full path`);
  }
  if (!isStrings(args)) throw bad(where, `gives ${name} "args" that are no list of texts`);
  if (!isRecord(env) || !isStrings(Object.values(env))) {
    throw bad(where, `gives ${name} an "env" that is no object of texts`);
  }
  return { name, argv: [command, ...args], env: env as Record<string, string> };
}

function bad(where: string, what: string, cause?: unknown): RunnerError {
  return new RunnerError('BAD_AGENTS', `${where} ${what}. Correct it, then retry.`, { cause });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
