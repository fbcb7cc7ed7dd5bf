/**
 * An agent's requests for permission, put to a person and answered.
 *
 * Decides nothing itself. When the attempt is stopped, every open request is answered `cancelled`,
 * as the protocol asks.
 */
import type {
  RequestPermissionRequest,
  RequestPermissionResponse,
  ToolCallContent,
} from '@agentclientprotocol/sdk';
import { RequestError } from '@agentclientprotocol/sdk';
import type { PermissionAnswer, PermissionQuestion, ProgramHost } from '../../program.ts';
import { maxTitleChars, oneLine, someLines } from './text.ts';

/** No person answers more at a time; an agent that asks for more gets an error. */
const maxOpen = 20;
const maxOptions = 10;
const maxDetailChars = 4_000;

const cancelled = { outcome: 'cancelled' } as const;

export class Questions {
  readonly #ask: ProgramHost['ask'];
  readonly #titleOf: (toolCallId: string) => string | undefined;
  readonly #over = new AbortController();
  #asked = 0;
  #open = 0;

  /** `titleOf` knows the tool calls that were announced before. */
  constructor(ask: ProgramHost['ask'], titleOf: (toolCallId: string) => string | undefined) {
    this.#ask = ask;
    this.#titleOf = titleOf;
  }

  /** Resolves with a person's answer; `withdrawn` aborts when the agent does not need it any more. */
  async answer(
    request: RequestPermissionRequest,
    withdrawn: AbortSignal,
  ): Promise<RequestPermissionResponse> {
    if (this.#open >= maxOpen) {
      throw RequestError.internalError(undefined, `${maxOpen} requests wait for an answer already`);
    }
    const over = AbortSignal.any([withdrawn, this.#over.signal]);
    if (over.aborted || request.options.length === 0) return { outcome: cancelled };
    const question = this.#questionOf(request);
    this.#open++;
    try {
      const answer = await Promise.race([this.#ask(question, over), whenAborted(over)]);
      return { outcome: isOffered(answer, question) ? answer : cancelled };
    } finally {
      this.#open--;
    }
  }

  /** Answers all that is open, and all that will be asked, with `cancelled`. */
  cancelAll(): void {
    this.#over.abort();
  }

  #questionOf({ toolCall, options }: RequestPermissionRequest): PermissionQuestion {
    const title = toolCall.title ?? this.#titleOf(toolCall.toolCallId) ?? 'Use a tool';
    return {
      questionId: `permission-${++this.#asked}`,
      title: oneLine(title),
      detail: detailOf(toolCall),
      options: options
        .slice(0, maxOptions)
        .map(({ optionId, name, kind }) => ({ optionId, label: oneLine(name), kind })),
    };
  }
}

/** What the agent is about to do: the command, or the files and the text it would write. */
function detailOf({ rawInput, content, locations }: RequestPermissionRequest['toolCall']): string {
  const parts = [
    inputOf(rawInput),
    ...(content ?? []).map(contentText),
    ...(locations ?? []).map(({ path }) => oneLine(path, maxTitleChars * 5)),
  ];
  const distinct = [...new Set(parts.filter((part) => part !== ''))];
  return someLines(distinct.join('\n'), maxDetailChars);
}

function inputOf(rawInput: unknown): string {
  if (rawInput === undefined || rawInput === null) return '';
  const { command } = rawInput as { command?: unknown };
  if (typeof command === 'string') return command;
  return JSON.stringify(rawInput, null, 2);
}

function contentText(content: ToolCallContent): string {
  switch (content.type) {
    case 'content':
      return content.content.type === 'text' ? content.content.text : '';
    case 'diff':
      return `${content.path}\n${content.newText}`;
    case 'terminal':
      return '';
  }
}

function isOffered(answer: PermissionAnswer, { options }: PermissionQuestion): boolean {
  if (answer.outcome === 'cancelled') return true;
  return options.some(({ optionId }) => optionId === answer.optionId);
}

function whenAborted(signal: AbortSignal): Promise<PermissionAnswer> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(cancelled), { once: true });
  });
}
