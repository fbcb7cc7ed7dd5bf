/**
 * The agent of the examples: a storyteller that speaks the Agent Client Protocol as any agent does,
 * needs no account and no network, and knows one story.
 *
 * It shows what a real agent would show in its place. It imports nothing of the product.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { AgentContext, SessionUpdate, StopReason } from '@agentclientprotocol/sdk';
import { agent, methods, ndJsonStream, PROTOCOL_VERSION } from '@agentclientprotocol/sdk';

declare const SIGNALBOX_VERSION: string | undefined;
const version = typeof SIGNALBOX_VERSION === 'string' ? SIGNALBOX_VERSION : 'development';

const betweenWordsMs = Number(process.env['EXAMPLE_PACE_MS'] ?? 60);
const outlineFile = 'story/outline.md';
const sceneFile = 'story/scene.md';

const elsewhere = `I am the storyteller of the examples, and I know one story: the one in ${outlineFile}.
Put a real agent in my place for anything else; the README says how.`;

/** One session: where it works, and what stops its turn. */
interface Session {
  readonly cwd: string;
  turn: AbortController;
}

const sessions = new Map<string, Session>();

class Turn {
  readonly #client: AgentContext;
  readonly #sessionId: string;
  readonly #cwd: string;
  readonly #signal: AbortSignal;
  #tools = 0;

  constructor(client: AgentContext, sessionId: string, { cwd, turn }: Session) {
    this.#client = client;
    this.#sessionId = sessionId;
    this.#cwd = cwd;
    this.#signal = turn.signal;
  }

  async play(prompt: string): Promise<StopReason> {
    try {
      if (/narrat|outline|scene|story/i.test(prompt)) await this.#narrate(prompt);
      else await this.#say(elsewhere);
      return 'end_turn';
    } catch (error) {
      if (this.#signal.aborted) return 'cancelled';
      throw error;
    }
  }

  async #narrate(prompt: string): Promise<void> {
    const outline = await this.#use('read', outlineFile, (file) => readFileSync(file, 'utf8'));
    const scene = sceneOf(outline);
    await this.#say(`${scene}\n`);
    const mayWrite = !/\bask\b/i.test(prompt) || (await this.#mayWrite());
    if (!mayWrite) {
      await this.#say(`\nNarrated, but ${sceneFile} was not to be written`);
      return;
    }
    const text = `# The seventh light\n\n${scene}\n`;
    await this.#use('edit', sceneFile, (file) => writeFileSync(file, text));
    await this.#say(`Narrated ${sceneFile}`);
  }

  /** Says `text` word by word, as a model would. */
  async #say(text: string): Promise<void> {
    for (const word of text.split(/(?<=\s)/)) {
      const content = { type: 'text', text: word } as const;
      await this.#tell({ sessionUpdate: 'agent_message_chunk', content });
      await pause(betweenWordsMs, undefined, { signal: this.#signal });
    }
  }

  /** Does `work` on a file of the workspace, and reports it as a tool call. */
  async #use<Value>(
    kind: 'read' | 'edit',
    name: string,
    work: (file: string) => Value,
  ): Promise<Value> {
    const toolCallId = `tool-${++this.#tools}`;
    const file = path.join(this.#cwd, name);
    const title = `${kind === 'read' ? 'Read' : 'Edit'} ${name}`;
    const locations = [{ path: file }];
    await this.#tell({
      sessionUpdate: 'tool_call',
      toolCallId,
      title,
      kind,
      status: 'in_progress',
      locations,
    });
    await pause(betweenWordsMs * 5, undefined, { signal: this.#signal });
    try {
      const value = work(file);
      await this.#tell({ sessionUpdate: 'tool_call_update', toolCallId, status: 'completed' });
      return value;
    } catch (error) {
      await this.#tell({ sessionUpdate: 'tool_call_update', toolCallId, status: 'failed' });
      throw error;
    }
  }

  async #mayWrite(): Promise<boolean> {
    const { outcome } = await this.#client.request(methods.client.session.requestPermission, {
      sessionId: this.#sessionId,
      toolCall: {
        toolCallId: `tool-${this.#tools + 1}`,
        title: `Edit ${sceneFile}`,
        kind: 'edit',
        locations: [{ path: path.join(this.#cwd, sceneFile) }],
      },
      options: [
        { optionId: 'allow', name: 'Write it', kind: 'allow_once' },
        { optionId: 'reject', name: 'Leave it', kind: 'reject_once' },
      ],
    });
    this.#signal.throwIfAborted();
    return outcome.outcome === 'selected' && outcome.optionId === 'allow';
  }

  #tell(update: SessionUpdate): Promise<void> {
    this.#signal.throwIfAborted();
    const sessionId = this.#sessionId;
    return this.#client.notify(methods.client.session.update, { sessionId, update });
  }
}

function sceneOf(outline: string): string {
  const hero = /Evening\. (\w+)/.exec(outline)?.[1] ?? 'She';
  return `The last ferry is late, and ${hero} has the quay to herself.
Across the water the lights come on, and the ferry's bell answers from the dark.
${hero} counts the lights, as she does every evening, and stops at the seventh.
It was never there before.`;
}

function textOf(prompt: readonly { readonly type: string; readonly text?: string }[]): string {
  return prompt.map(({ text = '' }) => text).join('\n');
}

agent({ name: 'storyteller' })
  .onRequest(methods.agent.initialize, () => ({
    protocolVersion: PROTOCOL_VERSION,
    agentInfo: { name: 'storyteller', title: 'Storyteller', version },
    agentCapabilities: {},
    authMethods: [],
  }))
  .onRequest(methods.agent.session.new, ({ params: { cwd } }) => {
    const sessionId = `story-${process.pid}-${sessions.size + 1}`;
    sessions.set(sessionId, { cwd, turn: new AbortController() });
    return { sessionId };
  })
  .onRequest(methods.agent.session.prompt, async ({ params: { sessionId, prompt }, client }) => {
    const session = sessions.get(sessionId);
    if (session === undefined) throw new Error(`There is no session ${sessionId}.`);
    session.turn = new AbortController();
    return { stopReason: await new Turn(client, sessionId, session).play(textOf(prompt)) };
  })
  .onNotification(methods.agent.session.cancel, ({ params }) =>
    sessions.get(params.sessionId)?.turn.abort(),
  )
  .connect(
    ndJsonStream(
      Writable.toWeb(process.stdout) as WritableStream<Uint8Array>,
      Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>,
    ),
  );
