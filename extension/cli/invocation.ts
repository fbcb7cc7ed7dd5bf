/**
 * One call of the command line: its words, and the workspace that it is about.
 *
 * Parses and checks what was typed; opens nothing until a verb asks for it.
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Caller, Command, CommandBody, CommandType } from '../core/command.ts';
import type { Position, TaskId } from '../core/ids.ts';
import { parseAgentName, parseTaskId, position } from '../core/ids.ts';
import type { Priority } from '../core/task.ts';
import { priorities } from '../core/task.ts';
import { findHolder, ownHolder } from '../platform/holder.ts';
import { UsageError } from './answer.ts';
import { commonOptions } from './options.ts';
import { printError } from './output.ts';
import { harmless } from './render/text.ts';
import type { OptionSpec, VerbWords } from './options.ts';
import type { Desk } from '../coordinator/desk.ts';

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Says something beside the answer: what is in it may come from files of others. */
function printNote(message: string): void {
  printError(`signalbox: ${harmless(message)}\n`);
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

export class Invocation {
  readonly words: VerbWords;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #values: Values;
  readonly #positionals: readonly string[];
  #desk: Desk | undefined;

  /** @throws {UsageError} where an option or a number of arguments does not fit the verb */
  constructor(
    words: VerbWords,
    argv: readonly string[],
    { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  ) {
    this.words = words;
    this.cwd = cwd;
    this.env = env;
    const parsed = parse(words, argv);
    this.#values = parsed.values;
    this.#positionals = parsed.positionals;
    const names = words.positionals ?? [];
    if (parsed.positionals.length > names.length) {
      throw new UsageError(`Unexpected argument "${parsed.positionals[names.length] ?? ''}".`);
    }
    const missing = names[parsed.positionals.length];
    if (missing !== undefined && !missing.endsWith('?') && !this.wantsHelp) {
      throw new UsageError(`${missing} is missing.`);
    }
  }

  get json(): boolean {
    return this.#values['json'] === true;
  }

  get wantsHelp(): boolean {
    return this.#values['help'] === true;
  }

  /** The workspace's queue. `create` makes one where there is none. */
  async desk({ create = false, takesIn = true } = {}): Promise<Desk> {
    if (this.#desk !== undefined) return this.#desk;
    // Loaded on first use: help and completion need no store.
    const { openDesk } = await import('./openDesk.ts');
    const { cwd, env } = this;
    const workspace = this.option('workspace') ?? (env['SIGNALBOX_WORKSPACE'] || undefined);
    const tell = takesIn ? printNote : undefined;
    this.#desk = await openDesk({ cwd, env, workspace, create, tell });
    if (this.words.sweeps !== false) await freeTheDead(this.#desk);
    return this.#desk;
  }

  /** Brings the projections up to date with what this call changed, and lets go of the log. */
  async close(): Promise<void> {
    const warnings = (await this.#desk?.close()) ?? [];
    for (const warning of warnings) printNote(warning);
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  option(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  positional(name: string): string | undefined {
    const names = this.words.positionals ?? [];
    return this.#positionals[names.findIndex((each) => each.replace(/\?$/, '') === name)];
  }

  /** A positional that the constructor has seen to be there. */
  required(name: string): string {
    return this.positional(name) ?? '';
  }

  taskId(name = 'ID'): TaskId {
    return taskIdOf(this.required(name));
  }

  /** A positive whole number given as an option. */
  number(name: string): number | undefined {
    const text = this.option(name);
    if (text === undefined) return undefined;
    if (!/^\d+(\.\d+)?$/.test(text))
      throw new UsageError(`--${name} takes a number, not "${text}".`);
    return Number(text);
  }

  /** The agent that calls: positional `AGENT`, else `--agent`, else the environment. */
  get agent(): string | null {
    const text =
      this.positional('AGENT') ??
      this.option('agent') ??
      (this.env['SIGNALBOX_AGENT'] || undefined);
    return text === undefined ? null : agentNameOf(text);
  }

  get token(): Position | undefined {
    const value = this.number('token');
    return value === undefined ? undefined : position(value);
  }

  /** Whether the call says which process holds what it claims. */
  get namesHolder(): boolean {
    return this.#pid !== undefined;
  }

  get #pid(): string | undefined {
    return this.option('pid') ?? (this.env['SIGNALBOX_PID'] || undefined);
  }

  /** Who calls, for commands about a held task. */
  get caller(): Caller {
    const pid = this.#pid;
    if (pid !== undefined && !/^[1-9]\d{0,9}$/.test(pid)) {
      throw new UsageError(`"${pid}" is no process id.`);
    }
    const process = findHolder(pid === undefined ? undefined : Number(pid));
    return { token: this.token, agent: this.agent, process, place: ownHolder() };
  }

  /** Completes a command with this call's id and author. */
  command<Type extends CommandType>(body: CommandBody<Type>): Command<Type> {
    // Spelled out, the union of all bodies is more than the compiler can represent.
    const command: unknown = { ...body, id: this.commandId, by: this.agent };
    return command as Command<Type>;
  }

  get commandId(): string {
    const given = this.option('command-id');
    if (given === undefined) return randomUUID();
    if (!uuidPattern.test(given))
      throw new UsageError(`--command-id takes a UUID, not "${given}".`);
    return given.toLowerCase();
  }
}

/** Whoever looks at the queue finds free what the dead held. */
async function freeTheDead(desk: Desk): Promise<void> {
  try {
    await desk.sweep();
  } catch (error) {
    // Where nothing can be written one may still look; what is to be changed will say so itself.
    if (!isStoreTrouble(error)) throw error;
  }
}

function isStoreTrouble(error: unknown): boolean {
  return error instanceof Error && error.name === 'StoreError';
}

function parse(
  words: VerbWords,
  argv: readonly string[],
): { values: Values; positionals: string[] } {
  const specs: Record<string, OptionSpec> = { ...commonOptions, ...words.options };
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { type }]) => [name, { type }]),
  );
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Node's own sentence names the option; only its advice about `--` is longer than helpful.
    const message = error instanceof Error ? error.message : String(error);
    const word = /^Unknown option '(--[^']*)'/.exec(message)?.[1];
    const known = Object.keys(options).map((name) => `--${name}`);
    const short = message.split('. To specify')[0] ?? message;
    throw new UsageError(
      short.endsWith('.') ? short : `${short}.`,
      word === undefined ? null : { word, known },
    );
  }
}

export function taskIdOf(text: string): TaskId {
  const id = parseTaskId(text);
  if (id === undefined) {
    throw new UsageError(
      `${JSON.stringify(text)} is no task id: a number from 1, or a name of letters, digits, dots, dashes and underscores (64 at most).`,
    );
  }
  return id;
}

export function taskIdsOf(list: string): readonly TaskId[] {
  return list
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => taskIdOf(text.replace(/^#/, '')));
}

export function agentNameOf(text: string): string {
  const name = parseAgentName(text);
  if (name === undefined) {
    throw new UsageError(
      `${JSON.stringify(text)} is no agent name: letters, digits, dots, dashes and underscores (64 at most), or human:NAME.`,
    );
  }
  return name;
}

export function priorityOf(text: string): Priority {
  const priority = priorities.find((each) => each === text.toUpperCase());
  if (priority === undefined) {
    throw new UsageError(`"${text}" is no priority: ${[...priorities].reverse().join(', ')}.`);
  }
  return priority;
}
