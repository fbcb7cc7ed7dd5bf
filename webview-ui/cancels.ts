/**
 * Cancellations that can still be undone: a cancelled task is final, so the request is held back
 * for a moment.
 *
 * If the view goes away in the meantime, `flush` sends what is held: the person asked for it.
 */
import { taskKey } from '../extension/core/ids.ts';
import type { TaskId, TaskKey } from '../extension/core/ids.ts';

/** How long a cancellation can be undone. */
export const undoMs = 5_000;

export class Cancels {
  readonly #send: (task: TaskId) => void;
  readonly #onChange: () => void;
  readonly #held = new Map<
    TaskKey,
    { readonly task: TaskId; readonly timer: ReturnType<typeof setTimeout> }
  >();

  constructor(send: (task: TaskId) => void, onChange: () => void) {
    this.#send = send;
    this.#onChange = onChange;
  }

  /** Tasks whose cancellation is held back, the oldest first. */
  get held(): ReadonlySet<TaskKey> {
    return new Set(this.#held.keys());
  }

  begin(task: TaskId): void {
    const key = taskKey(task);
    if (this.#held.has(key)) return;
    const timer = setTimeout(() => this.#release(key), undoMs);
    this.#held.set(key, { task, timer });
    this.#onChange();
  }

  undo(task: TaskId): void {
    const entry = this.#held.get(taskKey(task));
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    this.#held.delete(taskKey(task));
    this.#onChange();
  }

  /** Undoes the newest; answers with its task, or null where nothing is held. */
  undoLast(): TaskId | null {
    const last = [...this.#held.values()].at(-1);
    if (last === undefined) return null;
    this.undo(last.task);
    return last.task;
  }

  /** Sends everything at once. */
  flush(): void {
    for (const key of [...this.#held.keys()]) this.#release(key);
  }

  #release(key: TaskKey): void {
    const entry = this.#held.get(key);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    this.#held.delete(key);
    this.#send(entry.task);
    this.#onChange();
  }
}
