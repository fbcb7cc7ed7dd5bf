/**
 * The agents that are known by name: how each is started, how it is found on this machine, and
 * what a person does to install it and to log in.
 *
 * Looks at the PATH and starts nothing. Commands of a person's own are in `agentCommands.ts`.
 */
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** An agent that speaks the Agent Client Protocol on its standard streams, and how to start it. */
export interface AgentCommand {
  /** As in `acp:NAME`. */
  readonly name: string;
  /** The executable (a name on the PATH, or an absolute path) and its arguments. */
  readonly argv: readonly string[];
  /** Added to the environment that every program gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** One sentence for a person whose agent is not logged in. */
  readonly login?: string;
  /** How long its first answer may take, where that is more than usual. */
  readonly startMs?: number;
}

export interface FoundAgent extends AgentCommand {
  /** Absolute path of the executable that gave it away. */
  readonly foundAt: string;
}

export interface AgentPreset {
  readonly name: string;
  /** The best first. One is possible where everything that it needs is on the PATH. */
  readonly ways: readonly {
    readonly needs: readonly string[];
    readonly argv: readonly string[];
    /** Where the start may have to fetch a package first. */
    readonly startMs?: number;
  }[];
  /** One sentence each. */
  readonly install: string;
  readonly login: string;
}

/** A package that is fetched when it is started for the first time takes its time. */
const fetchMs = 180_000;

export const agentPresets: readonly AgentPreset[] = [
  {
    name: 'Claude',
    ways: [
      { needs: ['claude-agent-acp'], argv: ['claude-agent-acp'] },
      // Its name before it moved; installations of it still work.
      { needs: ['claude-code-acp'], argv: ['claude-code-acp'] },
      {
        needs: ['npx', 'claude'],
        argv: ['npx', '-y', '@agentclientprotocol/claude-agent-acp'],
        startMs: fetchMs,
      },
    ],
    install: 'Install it with: npm install -g @agentclientprotocol/claude-agent-acp',
    login: 'Run `claude` in a terminal and log in with /login, or set ANTHROPIC_API_KEY.',
  },
  {
    name: 'Codex',
    ways: [
      { needs: ['codex-acp'], argv: ['codex-acp'] },
      {
        needs: ['npx', 'codex'],
        argv: ['npx', '-y', '@agentclientprotocol/codex-acp'],
        startMs: fetchMs,
      },
    ],
    install: 'Install it with: npm install -g @agentclientprotocol/codex-acp',
    login: 'Run `codex login` in a terminal, or set OPENAI_API_KEY.',
  },
  {
    name: 'opencode',
    ways: [{ needs: ['opencode'], argv: ['opencode', 'acp'] }],
    install: 'Install it with: npm install -g opencode-ai',
    login: 'Run `opencode auth login` in a terminal.',
  },
  {
    name: 'Gemini',
    ways: [{ needs: ['gemini'], argv: ['gemini', '--acp'] }],
    install: 'Install it with: npm install -g @google/gemini-cli',
    login: 'Run `gemini` in a terminal and log in, or set GEMINI_API_KEY.',
  },
  {
    name: 'Copilot',
    ways: [{ needs: ['copilot'], argv: ['copilot', '--acp', '--stdio'] }],
    install: 'Install it with: npm install -g @github/copilot',
    login: 'Run `copilot` in a terminal and log in with /login.',
  },
];

/** The presets that could be started on this machine, in the order of the list. */
export function findAgents(env: Readonly<NodeJS.ProcessEnv>): readonly FoundAgent[] {
  return agentPresets.flatMap((preset) => findPreset(preset, env) ?? []);
}

/** How the preset of that name would be started here; undefined where nothing of it is found. */
export function findPreset(
  { name, ways, login }: AgentPreset,
  env: Readonly<NodeJS.ProcessEnv>,
): FoundAgent | undefined {
  for (const { needs, argv, startMs } of ways) {
    const places = new Map(needs.map((need) => [need, findOnPath(need, env)]));
    const [command = '', ...args] = argv;
    const place = places.get(command);
    // What was looked at is what is started, whatever the PATH says by then.
    const foundAt = [...places.values()].includes(undefined) ? undefined : place;
    if (foundAt === undefined) continue;
    return { name, argv: [foundAt, ...args], login, foundAt, ...(startMs && { startMs }) };
  }
  return undefined;
}

function findOnPath(name: string, env: Readonly<NodeJS.ProcessEnv>): string | undefined {
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(path.delimiter);
  const endings =
    process.platform === 'win32' ? (env['PATHEXT'] ?? '.COM;.EXE;.BAT;.CMD').split(';') : [''];
  return (
    folders
      // A relative folder would be searched in whatever workspace a task runs in.
      .filter((folder) => path.isAbsolute(folder))
      .flatMap((folder) => endings.map((ending) => path.join(folder, name + ending)))
      .find(isExecutable)
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Not there, or not for this person: then it is not found.
    return false;
  }
}
