/**
 * Tells the host of each change of the model: at most ten times a second, less often where the model
 * of a long queue takes its time, and nothing twice.
 *
 * Knows positions, not what is in the model.
 */
import type { QueueViewModel } from '../protocol/webviewModel.ts';
import type { ViewEvent } from './events.ts';

const leastPauseMs = 100;
/** Building models may take this share of the thread, which has a lane to run. */
const largestShare = 0.2;

export interface Told {
  readonly end: number;
  readonly model: QueueViewModel;
}

export class Publisher {
  readonly #build: () => Told;
  readonly #emit: (event: ViewEvent) => void;
  #end = 0;
  #told = '';
  /** On the monotonic clock. */
  #nextAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(build: () => Told, emit: (event: ViewEvent) => void) {
    this.#build = build;
    this.#emit = emit;
  }

  /** Something may have changed. */
  soon(): void {
    if (this.#timer !== null || this.#isClosed) return;
    const pauseMs = Math.max(0, this.#nextAt - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.now();
    }, pauseMs);
  }

  /** Tells what is new, and answers with all of it. */
  now(): Told {
    this.#cancel();
    const beganAt = performance.now();
    const told = this.#build();
    // The clock alone is no news.
    const text = JSON.stringify({ ...told.model, generatedAt: 0 });
    if (told.end !== this.#end || text !== this.#told) {
      // A log that begins anew has lower positions; from then on its own count.
      const from = Math.min(this.#end, told.end);
      this.#emit({ type: 'update', from, ...told });
      this.#end = told.end;
      this.#told = text;
    }
    const endedAt = performance.now();
    this.#nextAt = endedAt + Math.max(leastPauseMs, (endedAt - beganAt) / largestShare);
    return told;
  }

  /** Tells nothing more by itself. */
  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  #cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
