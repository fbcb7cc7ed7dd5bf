/** Runs one shell program as the lane does, and remembers all it said. */
import { tmpdir } from 'node:os';
import { endTree } from '../../extension/runner/processTree.ts';
import type {
  PreparedProgram,
  ProgramEvent,
  ProgramHost,
  ProgramRequest,
} from '../../extension/runner/program.ts';
import { shellProgram } from '../../extension/runner/programs/shell.ts';
import { eventually } from './supervisor.ts';

const started: PreparedProgram[] = [];

export interface RunOptions {
  readonly argv: readonly string[];
  readonly supervisorPath: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly request?: Partial<ProgramRequest>;
  readonly drained?: () => Promise<void>;
}

export async function prepare({ argv, supervisorPath, env, request, drained }: RunOptions) {
  const events: ProgramEvent[] = [];
  const host: ProgramHost = {
    emit: (event) => events.push(event),
    ask: () => Promise.resolve({ outcome: 'cancelled' }),
    ...(drained && { drained }),
  };
  const program = shellProgram({ argv, supervisorPath, ...(env && { env }) });
  const prepared = await program.prepare(
    {
      task: 7,
      token: 41,
      attempt: 2,
      session: 'morning',
      title: 'Write scene 7',
      prompt: '',
      workspaceDir: tmpdir(),
      checkpoint: null,
      ...request,
    },
    host,
  );
  started.push(prepared);
  const said = (stream?: 'stdout' | 'stderr') =>
    events
      .filter((event) => event.type === 'chunk')
      .filter((event) => stream === undefined || event.stream === stream)
      .map((event) => event.text)
      .join('');
  return {
    prepared,
    events,
    said,
    /** Waits until the program wrote `text`. */
    saying: (text: string) => eventually(`the program says ${text}`, () => said().includes(text)),
  };
}

/** Prepares and begins at once. */
export async function run(options: RunOptions) {
  const running = await prepare(options);
  running.prepared.begin();
  return running;
}

/** Ends whatever a failed test left behind. */
export async function endAllStarted(): Promise<void> {
  for (const { process } of started.splice(0)) if (process !== null) await endTree(process, 0);
}
