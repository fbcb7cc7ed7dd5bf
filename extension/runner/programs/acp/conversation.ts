/**
 * One conversation with an agent over the protocol: greet, open a session, prompt, and hear the turn
 * out.
 *
 *   greeting -> opening (or loading) a session -> prompting -> over
 *   any -connection lost-> over       any -cancel-> over, after the agent's word where it prompts
 *
 * Owns no process: whether an agent that does not answer lives is the business of its caller.
 */
import type {
  AuthMethod,
  ClientContext,
  InitializeResponse,
  StopReason,
} from '@agentclientprotocol/sdk';
import { client, methods, PROTOCOL_VERSION, RequestError } from '@agentclientprotocol/sdk';
import type { AgentCommand } from '../../agentPresets.ts';
import type { ProgramEnd, ProgramHost, ProgramRequest } from '../../program.ts';
import { RunnerError } from '../../runnerError.ts';
import { Questions } from './questions.ts';
import { oneLine, someLines } from './text.ts';
import { Updates } from './updates.ts';
import type { Wire } from './wire.ts';

export interface Deadlines {
  /** For the first answer. Some agents load for ten seconds. */
  readonly startMs: number;
  /** For opening a session. */
  readonly sessionMs: number;
  /** How long an agent may take to leave by itself when its input ends. */
  readonly leaveMs: number;
  /** How long an agent that closed its output may take to end: it is most likely about to. */
  readonly exitMs: number;
}

/** How the conversation ended; `lost` where the agent went away in the middle of it. */
export type Turn = ProgramEnd | { readonly outcome: 'lost' };

/** What an attempt leaves for the one that goes on with it. */
interface Checkpoint {
  readonly agent: string;
  readonly sessionId: string;
}

declare const SIGNALBOX_VERSION: string | undefined;
const version = typeof SIGNALBOX_VERSION === 'string' ? SIGNALBOX_VERSION : 'development';

/** JSON-RPC code by which an agent says that nobody is logged in. */
const authRequired = -32_000;
const maxErrorChars = 500;
/** Longest id of a session that is kept, in UTF-16 units. */
const maxSessionIdChars = 1_000;

export class Conversation {
  readonly #agent: AgentCommand;
  readonly #request: ProgramRequest;
  readonly #host: ProgramHost;
  readonly #deadlines: Deadlines;
  readonly #updates: Updates;
  readonly #questions: Questions;
  readonly #cancelled = new AbortController();
  /** While an agent repeats an earlier session, which was written down then. */
  #isReplaying = false;
  #cancelPrompt: (() => void) | null = null;

  constructor(
    agent: AgentCommand,
    request: ProgramRequest,
    host: ProgramHost,
    deadlines: Deadlines,
  ) {
    this.#agent = agent;
    this.#request = request;
    this.#host = host;
    this.#deadlines = deadlines;
    this.#updates = new Updates((event) => host.emit(event));
    this.#questions = new Questions(
      (question, withdrawn) => host.ask(question, withdrawn),
      (toolCallId) => this.#updates.titleOf(toolCallId),
    );
  }

  /** Resolves when the turn is over, never rejects. Called once. */
  async run({ stream }: Wire): Promise<Turn> {
    const connection = client({ name: 'signalbox' })
      .onRequest(methods.client.session.requestPermission, ({ params, signal }) =>
        this.#questions.answer(params, signal),
      )
      .onNotification(methods.client.session.update, ({ params }) => {
        if (!this.#isReplaying) this.#updates.take(params.update);
      })
      .connect(stream);
    try {
      return await this.#talk(connection.agent);
    } catch (error) {
      return this.#failed(error);
    } finally {
      this.#questions.cancelAll();
      if (this.#cancelled.signal.aborted) this.#updates.abandonTools();
      connection.close();
    }
  }

  /**
   * Ends the turn: every question is answered `cancelled` and a running prompt is cancelled, whose
   * answer `run` still waits for. Where none runs, `run` resolves at once.
   */
  cancel(): void {
    this.#questions.cancelAll();
    this.#cancelled.abort();
    this.#cancelPrompt?.();
  }

  async #talk(agent: ClientContext): Promise<Turn> {
    const hello = await this.#within(
      this.#agent.startMs ?? this.#deadlines.startMs,
      'initialize',
      agent.request(methods.agent.initialize, {
        protocolVersion: PROTOCOL_VERSION,
        clientInfo: { name: 'signalbox', title: 'Signalbox', version },
        // An agent reads and writes files itself: it runs on this machine, in this workspace.
        clientCapabilities: {
          fs: { readTextFile: false, writeTextFile: false },
          terminal: false,
        },
      }),
    );
    if (hello.protocolVersion !== PROTOCOL_VERSION) {
      const message = `${this.#agent.name} speaks version ${String(hello.protocolVersion)} of the Agent Client Protocol, Signalbox version ${PROTOCOL_VERSION}. Update whichever is older.`;
      throw new RunnerError('PROTOCOL_VERSION', message);
    }
    const { sessionId, isResumed } = await this.#openSession(agent, hello).catch(
      (error: unknown) => {
        throw this.#explainLogin(error, hello.authMethods ?? []);
      },
    );
    if (this.#cancelled.signal.aborted) return { outcome: 'stopped' };
    this.#cancelPrompt = () => {
      // Where the connection is lost, the prompt below hears of it.
      agent.notify(methods.agent.session.cancel, { sessionId }).catch(() => undefined);
    };
    const text = isResumed ? continuation(this.#request.prompt) : this.#request.prompt;
    const { stopReason } = await agent
      .request(methods.agent.session.prompt, { sessionId, prompt: [{ type: 'text', text }] })
      .catch((error: unknown) => {
        throw this.#explainLogin(error, hello.authMethods ?? []);
      });
    return this.#ended(stopReason);
  }

  async #openSession(
    agent: ClientContext,
    { agentCapabilities = {} }: InitializeResponse,
  ): Promise<{ sessionId: string; isResumed: boolean }> {
    const { name } = this.#agent;
    const place = { cwd: this.#request.workspaceDir, mcpServers: [] };
    const canResume = Boolean(agentCapabilities.sessionCapabilities?.resume);
    const canLoad = agentCapabilities.loadSession === true;
    const { sessionMs } = this.#deadlines;
    const before = checkpointOf(this.#request.checkpoint, name);
    if (before !== null && (canResume || canLoad)) {
      const { sessionId } = before;
      this.#isReplaying = true;
      try {
        const again = { sessionId, ...place };
        const answer = canResume
          ? agent.request(methods.agent.session.resume, again)
          : agent.request(methods.agent.session.load, again);
        await this.#within(sessionMs, 'the request for its earlier session', answer);
        return { sessionId, isResumed: true };
      } catch (error) {
        // The agent may have forgotten the session; the task is then begun anew.
        if (!(error instanceof RequestError) || error.code === authRequired) throw error;
      } finally {
        this.#isReplaying = false;
      }
    }
    const opened = await this.#within(
      sessionMs,
      'session/new',
      agent.request(methods.agent.session.new, place),
    );
    // The SDK does not look into answers.
    const sessionId: unknown = (opened as { sessionId?: unknown } | null)?.sessionId;
    if (typeof sessionId !== 'string' || sessionId === '') {
      throw new RunnerError('PROTOCOL_ERROR', `${name} opened a session without an id.`);
    }
    if ((canResume || canLoad) && sessionId.length <= maxSessionIdChars) {
      const checkpoint: Checkpoint = { agent: name, sessionId };
      this.#host.checkpoint?.(checkpoint);
    }
    return { sessionId, isResumed: false };
  }

  #ended(stopReason: StopReason): Turn {
    const { name } = this.#agent;
    const result = this.#updates.finish();
    if (this.#cancelled.signal.aborted) return { outcome: 'stopped' };
    switch (stopReason) {
      case 'end_turn':
        return { outcome: 'completed', result };
      case 'max_tokens':
        return failed('MAX_TOKENS', `${name} reached its limit of tokens before it had finished.`);
      case 'max_turn_requests':
        return failed('MAX_TURNS', `${name} reached its limit of requests in a turn.`);
      case 'refusal':
        return failed('REFUSED', result ?? `${name} refused to go on.`);
      case 'cancelled':
        return failed('AGENT_CANCELLED', `${name} cancelled its turn, though nobody asked it to.`);
      default:
        return failed(
          'PROTOCOL_ERROR',
          `${name} stopped for a reason that is not known: ${oneLine(String(stopReason))}.`,
        );
    }
  }

  #failed(error: unknown): Turn {
    if (this.#cancelled.signal.aborted) return { outcome: 'stopped' };
    if (error instanceof RunnerError) return failed(error.code, error.message);
    if (!(error instanceof RequestError)) return { outcome: 'lost' };
    const { details } = (error.data ?? {}) as { details?: unknown };
    const more = typeof details === 'string' ? `: ${details}` : '';
    const said = someLines(`${error.message}${more}`, maxErrorChars);
    return failed('AGENT_ERROR', `${this.#agent.name} reported an error: ${said}`);
  }

  #explainLogin(error: unknown, ways: readonly AuthMethod[]): unknown {
    if (!(error instanceof RequestError) || error.code !== authRequired) return error;
    const { name, login } = this.#agent;
    const offered = ways.map((way) => oneLine(way.description || way.name)).join('; ');
    const how = login ?? (offered && `It offers: ${offered}.`);
    const message = `${name} is not logged in. ${how || 'Log in with its own command.'} Then retry the task.`;
    return new RunnerError('AUTH_REQUIRED', message, { cause: error });
  }

  /** The answer of the agent, unless it takes too long or the attempt is stopped meanwhile. */
  async #within<Answer>(limitMs: number, method: string, answer: Promise<Answer>): Promise<Answer> {
    const { signal } = this.#cancelled;
    return new Promise((resolve, reject) => {
      const message = `${this.#agent.name} did not answer ${method} within ${limitMs / 1_000} seconds, so it was stopped.`;
      const timer = setTimeout(() => reject(new RunnerError('AGENT_SILENT', message)), limitMs);
      const stop = () => reject(new RunnerError('CANCELLED', 'The attempt was stopped.'));
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      answer.then(resolve, reject).finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      });
    });
  }
}

function failed(errorClass: string, message: string): ProgramEnd {
  return { outcome: 'failed', errorClass, message };
}

/** Null for anything but what an agent of this name left. */
function checkpointOf(value: unknown, name: string): Checkpoint | null {
  if (typeof value !== 'object' || value === null) return null;
  const { agent, sessionId } = value as Partial<Record<keyof Checkpoint, unknown>>;
  return agent === name && typeof sessionId === 'string' ? { agent, sessionId } : null;
}

function continuation(prompt: string): string {
  return `You were interrupted. Continue where you left off. The task was:\n\n${prompt}`;
}
