/**
 * What an agent reports of its work (`session/update`), as the events of a program.
 *
 * Keeps no more than it needs to tell changes: the tool calls it was told of and the end of the last
 * message. Knows neither connection nor process.
 */
import type {
  ContentBlock,
  PlanEntry,
  SessionUpdate,
  ToolCall,
  ToolCallStatus,
  ToolCallUpdate,
} from '@agentclientprotocol/sdk';
import type { ProgramEvent } from '../../program.ts';
import { lastLines, oneLine, someLines } from './text.ts';

/** Longest result of an attempt, in UTF-16 units. */
const maxResultChars = 500;
/** Of a longer message only the end can become the result. */
const keptChars = 4 * maxResultChars;
/** Older tool calls are forgotten; a late update of one would begin it anew. */
const maxToolCalls = 1_000;
const maxDetailChars = 500;

type ToolEvent = Extract<ProgramEvent, { type: 'tool_use' }>;

const statuses: Readonly<Record<ToolCallStatus, ToolEvent['status']>> = {
  pending: 'pending',
  in_progress: 'running',
  completed: 'done',
  failed: 'failed',
};

export class Updates {
  readonly #emit: (event: ProgramEvent) => void;
  readonly #tools = new Map<string, ToolEvent>();
  #message = '';
  #messageId: string | null = null;
  /** Something else was reported since the message: what is said next is another message. */
  #isInterrupted = false;
  #isThinking = false;
  #usage: string | null = null;

  constructor(emit: (event: ProgramEvent) => void) {
    this.#emit = emit;
  }

  take(update: SessionUpdate): void {
    const isThought = update.sessionUpdate === 'agent_thought_chunk';
    // Thoughts are none of the result; that there are any is a sign of life.
    if (isThought && !this.#isThinking) this.#emit({ type: 'progress', message: 'Thinking' });
    this.#isThinking = isThought;
    switch (update.sessionUpdate) {
      case 'agent_message_chunk':
        this.#say(contentText(update.content), update.messageId ?? null);
        return;
      case 'tool_call':
      case 'tool_call_update':
        this.#isInterrupted = true;
        this.#use(update);
        return;
      case 'plan':
        this.#plan(update.entries);
        return;
      case 'usage_update': {
        const { used, size, cost } = update;
        const price = cost ? `, ${cost.amount} ${oneLine(cost.currency, 10)} so far` : '';
        this.#usage = `${used} of ${size} tokens used${price}`;
        return;
      }
      case 'notice':
        this.#emit({ type: 'progress', message: oneLine(update.title) });
        return;
      default:
        return;
    }
  }

  titleOf(toolCallId: string): string | undefined {
    return this.#tools.get(toolCallId)?.title;
  }

  /** The last lines of the last message. What the agent reported of its use is said now. */
  finish(): string | null {
    if (this.#usage !== null) this.#emit({ type: 'progress', message: this.#usage });
    return lastLines(this.#message, maxResultChars);
  }

  /** The agent was stopped: whatever tool was at work does not go on. */
  abandonTools(): void {
    for (const tool of this.#tools.values()) {
      if (tool.status === 'done' || tool.status === 'failed') continue;
      this.#emit({ ...tool, status: 'failed', detail: 'Stopped before it ended' });
    }
    this.#tools.clear();
  }

  #say(text: string, messageId: string | null): void {
    if (text === '') return;
    const isNext = this.#isInterrupted || messageId !== this.#messageId;
    const isGlued = isNext && this.#message !== '' && !/\s$/.test(this.#message);
    if (isNext) this.#message = '';
    this.#isInterrupted = false;
    this.#messageId = messageId;
    this.#message = (this.#message + text.slice(-keptChars)).slice(-keptChars);
    this.#emit({ type: 'chunk', text: isGlued ? `\n${text}` : text });
  }

  #use(call: ToolCall | ToolCallUpdate): void {
    const before = this.#tools.get(call.toolCallId);
    const detail = detailOf(call) || before?.detail;
    const after: ToolEvent = {
      type: 'tool_use',
      toolId: oneLine(call.toolCallId),
      title: call.title ? oneLine(call.title) : (before?.title ?? 'Tool'),
      status: call.status ? statuses[call.status] : (before?.status ?? 'pending'),
      ...(detail && { detail }),
    };
    // Agents repeat themselves while a tool writes its output.
    if (before !== undefined && isSame(before, after)) return;
    this.#tools.delete(call.toolCallId);
    this.#tools.set(call.toolCallId, after);
    if (this.#tools.size > maxToolCalls) {
      const [oldest = ''] = this.#tools.keys();
      this.#tools.delete(oldest);
    }
    this.#emit(after);
  }

  #plan(entries: readonly PlanEntry[]): void {
    const done = entries.filter(({ status }) => status === 'completed').length;
    const current = entries.find(({ status }) => status === 'in_progress');
    const next = current ?? entries.find(({ status }) => status === 'pending');
    if (entries.length === 0) return;
    const counted = `${Math.min(done + 1, entries.length)}/${entries.length}`;
    const message = next ? `${counted} ${oneLine(next.content)}` : `${counted} Plan done`;
    this.#emit({ type: 'progress', percent: Math.floor((done / entries.length) * 100), message });
  }
}

function isSame(before: ToolEvent, after: ToolEvent): boolean {
  return (
    before.status === after.status && before.title === after.title && before.detail === after.detail
  );
}

/** Why it failed where it did, else which files it is about. */
function detailOf({ status, content, locations }: ToolCall | ToolCallUpdate): string {
  if (status === 'failed') {
    const texts = (content ?? []).map((part) =>
      part.type === 'content' ? contentText(part.content) : '',
    );
    const text = someLines(texts.join('\n'), maxDetailChars);
    if (text !== '') return text;
  }
  return oneLine((locations ?? []).map(({ path }) => path).join(', '), maxDetailChars);
}

function contentText(content: ContentBlock): string {
  switch (content.type) {
    case 'text':
      return content.text;
    case 'resource_link':
      return content.uri;
    case 'image':
    case 'audio':
    case 'resource':
      return `[${content.type}]`;
  }
}
