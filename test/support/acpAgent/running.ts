/** Runs the scripted agent under the client as the lane does, and remembers all that happened. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentCommand } from '../../../extension/runner/agentPresets.ts';
import { endTree } from '../../../extension/runner/processTree.ts';
import type {
  PermissionAnswer,
  PermissionQuestion,
  PreparedProgram,
  ProcessIdentity,
  ProgramEvent,
  ProgramRequest,
} from '../../../extension/runner/program.ts';
import { acpProgram, type AcpProgramOptions } from '../../../extension/runner/programs/acp.ts';
import { bundle, bundleSupervisor, eventually } from '../supervisor.ts';

/** The scripted agent and the supervisor, built for one test file. */
export async function buildAgent() {
  const [agent, supervisor] = await Promise.all([
    bundle('test/support/acpAgent/main.ts'),
    bundleSupervisor(),
  ]);
  const workspaceDir = await realpath(await mkdtemp(join(tmpdir(), 'signalbox-acp-')));
  const started: PreparedAgent[] = [];

  /** Prepares an attempt in which each of `steps` is a line of the prompt. */
  async function prepare(steps: readonly string[], options: RunOptions = {}) {
    const events: ProgramEvent[] = [];
    const checkpoints: unknown[] = [];
    const asked: Asked[] = [];
    const program = acpProgram({
      agent: {
        name: 'Scripted',
        argv: [process.execPath, agent.path, ...(options.args ?? [])],
        ...options.agent,
      },
      supervisorPath: supervisor.path,
      ...(options.deadlines && { deadlines: options.deadlines }),
    });
    const prompt = steps.join('\n');
    const prepared = (await program.prepare(
      {
        task: 7,
        token: 41,
        attempt: 2,
        session: null,
        title: 'A task',
        prompt,
        workspaceDir,
        checkpoint: null,
        ...options.request,
      },
      {
        emit: (event) => {
          options.onEmit?.();
          events.push(event);
        },
        drained: () => options.drained?.(),
        ask: (question, withdrawn) =>
          new Promise((answer) => asked.push({ question, answer, withdrawn: withdrawn! })),
        checkpoint: (value) => checkpoints.push(value),
      },
    )) as PreparedAgent;
    started.push(prepared);
    const said = (stream?: 'stderr') =>
      events
        .filter((event) => event.type === 'chunk')
        .filter((event) => event.stream === stream)
        .map(({ text }) => text)
        .join('');
    return {
      prepared,
      events,
      checkpoints,
      said,
      saying: (text: string) => eventually(`it says ${text}`, () => said().includes(text)),
      /** Waits for the agent's next question. */
      question: () => eventually('it asks', () => asked.shift()),
    };
  }

  return {
    workspaceDir,
    prepare,
    /** Prepares and begins at once. */
    async run(steps: readonly string[], options: RunOptions = {}) {
      const running = await prepare(steps, options);
      running.prepared.begin();
      return running;
    },
    /** Ends whatever a failed test left behind. */
    async endAll() {
      for (const { process } of started.splice(0)) await endTree(process, 0);
    },
    async dispose() {
      await Promise.all([agent.dispose(), supervisor.dispose()]);
      await rm(workspaceDir, { recursive: true, force: true });
    },
  };
}

/** Agents are processes, other programs need not be. */
type PreparedAgent = PreparedProgram & { readonly process: ProcessIdentity };

interface RunOptions {
  /** Arguments of the scripted agent. */
  readonly args?: readonly string[];
  readonly agent?: Partial<AgentCommand>;
  readonly deadlines?: AcpProgramOptions['deadlines'];
  readonly request?: Partial<ProgramRequest>;
  readonly onEmit?: () => void;
  readonly drained?: () => Promise<void>;
}

interface Asked {
  readonly question: PermissionQuestion;
  readonly answer: (answer: PermissionAnswer) => void;
  readonly withdrawn: AbortSignal;
}
