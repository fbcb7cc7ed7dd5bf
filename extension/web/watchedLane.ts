/**
 * The lane as a page in a browser sees it: whoever runs it, it is another process.
 *
 * Shows what programs ask, and answers nothing.
 */
import type { Desk } from '../coordinator/desk.ts';
import { homeFolder } from '../coordinator/approvals.ts';
import { LaneQuestions } from '../coordinator/laneQuestions.ts';
import type { OpenQuestion } from '../coordinator/laneQuestions.ts';
import { findTask } from '../core/queue.ts';
import type { Holder } from '../core/task.ts';
import type { SessionLane } from '../view/sessionLane.ts';
import type { PermissionRow } from '../view/viewInput.ts';
import { long, short, workerName } from '../view/words.ts';

export class WatchedLane implements SessionLane {
  readonly ownLabel = null;
  readonly isStarted = false;
  readonly owns = false;
  readonly sweeps = true;
  readonly #desk: Desk;
  readonly #inbox: LaneQuestions;
  readonly #onChange: () => void;
  #open: readonly OpenQuestion[] = [];

  constructor(desk: Desk, onChange: () => void) {
    this.#desk = desk;
    this.#inbox = new LaneQuestions(homeFolder(desk.env), desk.paths.root);
    this.#onChange = onChange;
  }

  get questions(): readonly PermissionRow[] {
    return this.#open.map((open) => this.#rowOf(open));
  }

  isGone(holder: Holder): boolean {
    return this.#desk.isGone(holder);
  }

  nudge(): void {
    const before = this.#open.map(({ id }) => id).join();
    this.#open = this.#inbox.list();
    if (this.#open.map(({ id }) => id).join() !== before) this.#onChange();
  }

  withdraw(): void {
    // The lane that asked takes its own questions back.
  }

  async close(): Promise<void> {
    // Nothing runs here.
  }

  #rowOf({ id, task, title, agent, question, askedAt }: OpenQuestion): PermissionRow {
    const known = findTask(this.#desk.queue, task);
    const { detail } = question;
    const saysMore = detail.trim() !== '' && detail.trim() !== question.title.trim();
    return {
      type: 'permission',
      questionId: short(id),
      task,
      title: long(title),
      agent: short(known === undefined ? agent : workerName(known, agent)),
      wants: long(`asks: ${question.title}`),
      subject: saysMore ? long(detail) : null,
      // Read from a file: only what may be answered here would be shown as answers.
      options: [],
      askedAt: Date.parse(askedAt),
      later: false,
    };
  }
}
