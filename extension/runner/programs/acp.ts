/**
 * The program of `acp:` tasks: an agent that speaks the Agent Client Protocol, run for one prompt.
 *
 * Owns the agent's process and the order of a stop: cancel, terminate, kill. What is said over the
 * protocol is the business of `acp/`. An agent's complaints on standard error are no part of its
 * work: the last of them are added to what it said when it fails.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { AgentCommand } from '../agentPresets.ts';
import type {
  PreparedProgram,
  ProcessIdentity,
  Program,
  ProgramEnd,
  ProgramHost,
  ProgramRequest,
  StopLadder,
  StopReport,
} from '../program.ts';
import { type Exit, startSupervised, type Supervised } from '../supervisor.ts';
import { Conversation, type Deadlines, type Turn } from './acp/conversation.ts';
import { Wire } from './acp/wire.ts';
import { programEnvironment } from './environment.ts';
import { LastLine, readText } from './output.ts';

export interface AcpProgramOptions {
  readonly agent: AgentCommand;
  /** The bundled `supervise.js`. */
  readonly supervisorPath: string;
  /** What the agent's environment is made from; the starter's own by default. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  readonly deadlines?: Partial<Deadlines>;
}

const defaultDeadlines: Deadlines = {
  startMs: 30_000,
  sessionMs: 60_000,
  leaveMs: 2_000,
  exitMs: 10_000,
};
/** For an agent whose turn is over, one way or another, and that does not leave by itself. */
const leaveLadder: StopLadder = { askMs: 1_000, terminateMs: 2_000 };
/** How much of standard error is kept for when the agent fails, in UTF-16 units. */
const complaintChars = 4_000;

export function acpProgram(options: AcpProgramOptions): Program {
  return { prepare: (request, host) => prepare(options, request, host) };
}

async function prepare(
  { agent, supervisorPath, env = process.env, deadlines }: AcpProgramOptions,
  request: ProgramRequest,
  host: ProgramHost,
): Promise<PreparedProgram> {
  const supervised = await startSupervised({
    argv: agent.argv,
    cwd: request.workspaceDir,
    env: { ...programEnvironment(env, request), ...agent.env },
    supervisorPath,
  });
  return new RunningAgent(agent, request, host, supervised, { ...defaultDeadlines, ...deadlines });
}

class RunningAgent implements PreparedProgram {
  readonly process: ProcessIdentity;
  readonly ended: Promise<ProgramEnd>;
  readonly #agent: AgentCommand;
  readonly #host: ProgramHost;
  readonly #supervised: Supervised;
  readonly #deadlines: Deadlines;
  readonly #wire: Wire;
  readonly #conversation: Conversation;
  readonly #complaints: Promise<unknown>;
  readonly #lastComplaint = new LastLine();
  #complained = '';
  #begin: () => void = () => undefined;
  /** Resolves when nothing more is said over the protocol. */
  readonly #talk: Promise<Turn>;
  #hasBegun = false;
  #isStopAsked = false;
  #hasExited = false;

  constructor(
    agent: AgentCommand,
    request: ProgramRequest,
    host: ProgramHost,
    supervised: Supervised,
    deadlines: Deadlines,
  ) {
    const { stdin, stdout, stderr, exited, identity } = supervised;
    this.process = identity;
    this.#agent = agent;
    this.#host = host;
    this.#supervised = supervised;
    this.#deadlines = deadlines;
    void exited.then(() => {
      this.#hasExited = true;
    });
    this.#wire = new Wire({ stdin, stdout, exited, taken: () => host.drained?.() });
    this.#conversation = new Conversation(agent, request, host, deadlines);
    this.#complaints = readText(stderr, exited, (text) => {
      this.#lastComplaint.push(text);
      this.#complained = (this.#complained + text).slice(-complaintChars);
    });
    const begun = new Promise<void>((resolve) => {
      this.#begin = resolve;
    });
    this.#talk = Promise.race([begun, exited]).then(() =>
      this.#hasExited ? { outcome: 'lost' } : this.#conversation.run(this.#wire),
    );
    this.ended = this.#finish();
  }

  begin(): void {
    this.#hasBegun = true;
    this.#supervised.begin();
    this.#begin();
  }

  async stop(ladder: StopLadder): Promise<StopReport> {
    const startedAt = performance.now();
    const wasOver = this.#hasExited;
    this.#isStopAsked = true;
    this.#conversation.cancel();
    // The agent's own word comes first, since it may be writing a file.
    if (this.#hasBegun) await settledWithin(ladder.askMs, this.#talk, this.#supervised.exited);
    const askMs = Math.max(0, ladder.askMs - (performance.now() - startedAt));
    const report = await this.#supervised.stop({ ...ladder, askMs });
    const endedByItself = report.quiet && report.by === 'already-ended';
    return endedByItself && !wasOver ? { quiet: true, by: 'ask' } : report;
  }

  async #finish(): Promise<ProgramEnd> {
    const turn = await this.#talk;
    const isStopped = this.#isStopAsked;
    await this.#leave(turn);
    const exit = await this.#supervised.exited;
    await this.#complaints;
    // What ended the connection may have been the stop, even where it was asked a little later.
    if (isStopped || (this.#isStopAsked && turn.outcome === 'lost')) return { outcome: 'stopped' };
    const end = this.#endOf(turn, exit);
    if (end.outcome === 'failed' && this.#complained.trim() !== '') {
      this.#host.emit({ type: 'chunk', text: this.#complained, stream: 'stderr' });
      await this.#host.drained?.();
    }
    return end;
  }

  /** An agent has no more to do once its turn is over; most leave when their input ends. */
  async #leave({ outcome }: Turn): Promise<void> {
    const { leaveMs, exitMs } = this.#deadlines;
    this.#supervised.stdin.end();
    await settledWithin(outcome === 'lost' ? exitMs : leaveMs, this.#supervised.exited);
    if (!this.#hasExited) await this.#supervised.stop(leaveLadder);
  }

  #endOf(turn: Turn, exit: Exit): ProgramEnd {
    const { name, argv } = this.#agent;
    const lastWords = this.#lastComplaint.value ?? this.#wire.lastNoise;
    const saying = lastWords === null ? '' : ` Its last words: ${lastWords}`;
    if (turn.outcome === 'failed' && turn.errorClass === 'AGENT_SILENT') {
      return { ...turn, message: turn.message + saying };
    }
    if (turn.outcome !== 'lost') return turn;
    if ('neverBegan' in exit) return { outcome: 'stopped' };
    if ('spawnError' in exit) {
      const { errorClass, message } = exit.spawnError;
      const command = argv[0] ?? '';
      return errorClass === 'PROGRAM_NOT_FOUND'
        ? failed(
            errorClass,
            `The command ${command} of the agent ${name} was not found. Install it, or correct it where the agent is set up.`,
          )
        : failed(errorClass, message);
    }
    if ('supervisorLost' in exit) {
      const message = `The supervisor of ${name} was killed, so the agent was ended too. Retry the task.`;
      return failed('SUPERVISOR_LOST', message);
    }
    if (exit.stopped) {
      const message = `${name} closed its output before it had finished, so it was stopped.`;
      return failed('PROTOCOL_ERROR', message + saying);
    }
    const how = exit.signal === null ? `exit code ${exit.code ?? '?'}` : `signal ${exit.signal}`;
    return failed('AGENT_EXITED', `${name} ended (${how}) before it had finished.${saying}`);
  }
}

function failed(errorClass: string, message: string): ProgramEnd {
  return { outcome: 'failed', errorClass, message };
}

/** Resolves when one of `promises` does, or after `limitMs`. */
async function settledWithin(limitMs: number, ...promises: readonly Promise<unknown>[]) {
  const enough = new AbortController();
  const limit = pause(limitMs, undefined, { signal: enough.signal }).catch(() => undefined);
  await Promise.race([...promises, limit]);
  enough.abort();
}
