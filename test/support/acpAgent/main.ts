/**
 * A scripted agent that speaks the Agent Client Protocol: each line of the prompt is one step, and
 * its arguments say how it behaves apart from that. Needs no account and starts in milliseconds.
 *
 * Steps: say TEXT · think TEXT · tool ID STATUS TITLE · update ID STATUS · plan DONE TODO ·
 * usage USED SIZE · ask TITLE · call METHOD · env NAME · child · stderr TEXT ·
 * garbage TEXT · flood MIB · line MIB · close · exit CODE · crash · hang · stop REASON · fail MESSAGE
 */
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync, writeSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type {
  AgentContext,
  SessionUpdate,
  StopReason,
  ToolCallStatus,
} from '@agentclientprotocol/sdk';
import { agent, methods, ndJsonStream, RequestError } from '@agentclientprotocol/sdk';

const { values: options } = parseArgs({
  options: {
    /** Milliseconds before it answers `initialize`. */
    'slow-start': { type: 'string', default: '0' },
    /** Milliseconds before it answers a cancelled prompt; `never` for one that ignores it. */
    'late-cancel': { type: 'string', default: '0' },
    /** Ends the turn as if nothing had been cancelled. */
    'deny-cancel': { type: 'boolean', default: false },
    /** Goes on when it is interrupted or terminated, and when its input ends. */
    stubborn: { type: 'boolean', default: false },
    greet: { type: 'string' },
    protocol: { type: 'string', default: '1' },
    'no-login': { type: 'boolean', default: false },
    /** Where it keeps its sessions; without it, it keeps none. */
    sessions: { type: 'string' },
    'no-session-id': { type: 'boolean', default: false },
  },
});

interface Session {
  readonly id: string;
  readonly cancelled: AbortController;
  readonly client: AgentContext;
}

let current: AbortController | undefined;
const never = new Promise<never>(() => undefined);

async function play(prompt: string, session: Session): Promise<StopReason> {
  for (const line of prompt.split('\n')) {
    const [, step = '', rest = ''] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    const reason = await perform(step, rest, session);
    if (session.cancelled.signal.aborted) return answerCancel();
    if (reason !== undefined) return reason;
  }
  return 'end_turn';
}

async function answerCancel(): Promise<StopReason> {
  if (options['late-cancel'] === 'never') return never;
  await pause(Number(options['late-cancel']));
  return options['deny-cancel'] ? 'end_turn' : 'cancelled';
}

async function perform(
  step: string,
  rest: string,
  { id: sessionId, client, cancelled }: Session,
): Promise<StopReason | undefined> {
  const update = (value: SessionUpdate) => notify(client, sessionId, value);
  const say = (text: string) =>
    update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } });
  switch (step) {
    case 'say':
      for (const word of rest.split(/(?<= )/)) await say(word);
      return undefined;
    case 'think':
      await update({ sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text: rest } });
      return undefined;
    case 'tool': {
      const [, toolCallId = '', status, title = ''] = /^(\S+) (\S+) (.*)$/.exec(rest) ?? [];
      const locations = [{ path: `/place/${toolCallId}` }];
      await update({
        sessionUpdate: 'tool_call',
        toolCallId,
        title,
        status: status as ToolCallStatus,
        locations,
      });
      return undefined;
    }
    case 'update': {
      const [toolCallId = '', status] = rest.split(' ');
      const content = { type: 'text', text: 'It did not work' } as const;
      await update({
        sessionUpdate: 'tool_call_update',
        toolCallId,
        status: status as ToolCallStatus,
        ...(status === 'failed' && { content: [{ type: 'content', content }] }),
      });
      return undefined;
    }
    case 'plan': {
      const entry = (content: string, status: 'completed' | 'in_progress') =>
        ({ content, status, priority: 'medium' }) as const;
      const [done = '', todo = ''] = rest.split(' ');
      const entries = [entry(done, 'completed'), entry(todo, 'in_progress')];
      await update({ sessionUpdate: 'plan', entries });
      return undefined;
    }
    case 'usage': {
      const [used, size] = rest.split(' ').map(Number);
      const cost = { amount: 0.12, currency: 'USD' };
      await update({ sessionUpdate: 'usage_update', used: used!, size: size!, cost });
      return undefined;
    }
    case 'ask': {
      const { outcome } = await client.request(methods.client.session.requestPermission, {
        sessionId,
        toolCall: { toolCallId: 'asked', title: rest, rawInput: { command: `run ${rest}` } },
        options: [
          { optionId: 'yes', name: 'Allow', kind: 'allow_once' },
          { optionId: 'no', name: 'Reject', kind: 'reject_once' },
        ],
      });
      await say(outcome.outcome === 'selected' ? `answer ${outcome.optionId}` : 'answer cancelled');
      return undefined;
    }
    case 'call':
      await client.request(rest, { sessionId, path: '/etc/hostname' }).then(
        () => say('it worked'),
        (error: unknown) => say(`error ${(error as RequestError).code}`),
      );
      return undefined;
    case 'env':
      await say(`${rest}=${process.env[rest] ?? ''}`);
      return undefined;
    case 'child': {
      const script =
        "process.on('SIGINT',()=>{});process.on('SIGTERM',()=>{});setInterval(()=>{},1e4)";
      const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
      await say(`child ${child.pid!}\n`);
      return undefined;
    }
    case 'stderr':
      process.stderr.write(`${rest}\n`);
      return undefined;
    case 'garbage':
      writeSync(1, `${rest}\n`);
      return undefined;
    case 'flood':
      for (let left = Number(rest) * 64; left > 0; left--) await say('x'.repeat(16 * 1_024));
      return undefined;
    case 'line':
      for (let left = Number(rest); left > 0; left--) await printed('x'.repeat(1_024 * 1_024));
      return undefined;
    case 'close':
      process.stdout.end();
      return never;
    case 'exit':
      process.exit(Number(rest));
    // eslint-disable-next-line no-fallthrough -- it has ended.
    case 'crash':
      process.kill(process.pid, 'SIGSEGV');
      return never;
    case 'hang':
      await new Promise((resolve) => cancelled.signal.addEventListener('abort', resolve));
      return undefined;
    case 'stop':
      return rest as StopReason;
    case 'fail':
      throw RequestError.internalError({ details: rest });
    default:
      if (step !== '') await say(`[${step} ${rest}]\n`);
      return undefined;
  }
}

function printed(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

function notify(client: AgentContext, sessionId: string, update: SessionUpdate): Promise<void> {
  return client.notify(methods.client.session.update, { sessionId, update });
}

if (options.stubborn) {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  setInterval(() => undefined, 10_000);
}
if (options.greet !== undefined) writeSync(1, `${options.greet}\n`);

const sessionFile = (id: string) => `${options.sessions ?? ''}/${id}`;

agent({ name: 'scripted' })
  .onRequest(methods.agent.initialize, async () => {
    await pause(Number(options['slow-start']));
    return {
      protocolVersion: Number(options.protocol),
      agentCapabilities: { loadSession: options.sessions !== undefined },
      authMethods: [{ id: 'key', name: 'Key', description: 'Set SCRIPTED_KEY' }],
    };
  })
  .onRequest(methods.agent.session.new, () => {
    if (options['no-login']) throw RequestError.authRequired();
    if (options['no-session-id']) return {} as { sessionId: string };
    const sessionId = `session-${process.pid}`;
    if (options.sessions !== undefined) writeFileSync(sessionFile(sessionId), 'kept');
    return { sessionId };
  })
  .onRequest(methods.agent.session.load, async ({ params: { sessionId }, client }) => {
    if (!existsSync(sessionFile(sessionId))) throw RequestError.resourceNotFound(sessionId);
    const content = { type: 'text', text: 'said long ago' } as const;
    await notify(client, sessionId, { sessionUpdate: 'agent_message_chunk', content });
    return {};
  })
  .onRequest(methods.agent.session.prompt, async ({ params, client }) => {
    const cancelled = new AbortController();
    current = cancelled;
    const prompt = params.prompt.map((block) => (block.type === 'text' ? block.text : '')).join('');
    return { stopReason: await play(prompt, { id: params.sessionId, cancelled, client }) };
  })
  .onNotification(methods.agent.session.cancel, () => current?.abort())
  .connect(
    ndJsonStream(
      Writable.toWeb(process.stdout) as WritableStream<Uint8Array>,
      Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>,
    ),
  );
