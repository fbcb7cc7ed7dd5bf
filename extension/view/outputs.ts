/**
 * What the active attempt's program says, live: text in numbered pieces, tool calls, progress.
 *
 * Follows the transcript, whichever process runs the program, so that every window shows the same.
 */
import type { Position, TaskId } from '../core/ids.ts';
import { appendOutput } from '../protocol/outputTail.ts';
import type { ToolCall } from '../protocol/webviewModel.ts';
import { outputTailChars } from '../protocol/webviewModel.ts';
import type { TranscriptEvent } from '../runner/transcriptFiles.ts';
import { followTranscript } from '../runner/transcriptReader.ts';
import type { ViewEvent } from './events.ts';
import type { LiveAttempt } from './viewInput.ts';
import { long, short } from './words.ts';

/** At most one piece of text in this time, so that a flood of output stays cheap to show. */
const pieceMs = 50;
const maxTools = 8;

export interface FollowedAttempt {
  readonly task: TaskId;
  readonly token: Position;
  /** From 1. */
  readonly attempt: number;
}

export interface OutputsOptions {
  /** `AI/output`. */
  readonly outputDir: string;
  readonly emit: (event: ViewEvent) => void;
}

export class Outputs {
  readonly #options: OutputsOptions;
  #following: Following | null = null;

  constructor(options: OutputsOptions) {
    this.#options = options;
  }

  /** What the followed attempt said, as far as it was told. */
  get live(): LiveAttempt | null {
    return this.#following?.live ?? null;
  }

  /** Follows `attempt` from its beginning; null for none. */
  follow(attempt: FollowedAttempt | null): void {
    if (this.#following?.live.token === attempt?.token) return;
    this.#following?.end();
    this.#following = attempt === null ? null : new Following(attempt, this.#options);
  }
}

class Following {
  live: LiveAttempt;
  readonly #attempt: FollowedAttempt;
  readonly #options: OutputsOptions;
  readonly #stop = new AbortController();
  /** Text that was not told yet. */
  #pending = '';
  #saysActivity = false;
  #timer: NodeJS.Timeout | null = null;
  /** When the next piece may be told, on the monotonic clock. */
  #nextAt = 0;

  constructor(attempt: FollowedAttempt, options: OutputsOptions) {
    this.#attempt = attempt;
    this.#options = options;
    const output = { seq: 0, text: '', cut: false };
    this.live = { token: attempt.token, output, percent: null, progress: null, tools: [] };
    void this.#read();
  }

  end(): void {
    this.#stop.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #read(): Promise<void> {
    const { task, attempt } = this.#attempt;
    const { outputDir, emit } = this.#options;
    try {
      const place = { outputDir, task, attempt };
      for await (const { event } of followTranscript(place, this.#stop.signal)) this.#take(event);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      emit({ type: 'log', level: 'warn', message });
    }
  }

  #take(event: TranscriptEvent): void {
    switch (event.type) {
      case 'chunk':
        // Whatever is more than a tail would be cut away by everyone who gets it.
        this.#pending = (this.#pending + event.text).slice(-outputTailChars);
        break;
      case 'tool_use': {
        const { toolId, title, status } = event;
        const tools = withTool(this.live.tools, {
          toolId: short(toolId),
          title: long(title),
          status,
        });
        this.#act({ tools });
        break;
      }
      case 'progress': {
        // What was dropped from a transcript is not what the program said.
        if ('droppedBytes' in event) return;
        const { percent, message } = event;
        if (percent !== undefined) this.#act({ percent: Math.min(100, Math.max(0, percent)) });
        if (message !== undefined) this.#act({ progress: long(message) });
        break;
      }
      case 'complete':
      case 'error':
      case 'interrupted':
        return;
    }
    const pauseMs = Math.max(0, this.#nextAt - performance.now());
    this.#timer ??= setTimeout(() => this.#tell(), pauseMs);
  }

  #act(change: Partial<LiveAttempt>): void {
    this.live = { ...this.live, ...change };
    this.#saysActivity = true;
  }

  #tell(): void {
    this.#timer = null;
    this.#nextAt = performance.now() + pieceMs;
    const { emit } = this.#options;
    const { task, token } = this.#attempt;
    const text = this.#pending.replace(/^[\uDC00-\uDFFF]/, '');
    this.#pending = '';
    if (text !== '') {
      const seq = this.live.output.seq + 1;
      this.live = { ...this.live, output: appendOutput(this.live.output, seq, text) };
      emit({ type: 'output', task, token, seq, text });
    }
    if (!this.#saysActivity) return;
    this.#saysActivity = false;
    const { percent, progress, tools } = this.live;
    emit({ type: 'activity', task, token, percent, progress, tools: [...tools] });
  }
}

/** A call that is known keeps its place; of more than a few the oldest go. */
function withTool(tools: readonly ToolCall[], tool: ToolCall): readonly ToolCall[] {
  const index = tools.findIndex(({ toolId }) => toolId === tool.toolId);
  return index === -1 ? [...tools, tool].slice(-maxTools) : tools.toSpliced(index, 1, tool);
}
