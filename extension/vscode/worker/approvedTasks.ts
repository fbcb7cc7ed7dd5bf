/**
 * Which programs this window's lane may run: those that a person approved, as the file says now.
 *
 * What only the command line added waits for a person here.
 */
import { statSync } from 'node:fs';
import type { Approvals } from '../../coordinator/approvals.ts';
import type { Task } from '../../core/task.ts';

export class ApprovedTasks {
  readonly #approvals: Approvals;
  #stamp = '';
  #isApproved: (task: Task) => boolean = () => false;

  constructor(approvals: Approvals) {
    this.#approvals = approvals;
  }

  /** Of the file of approvals; another one means that something was approved since. */
  get stamp(): string {
    try {
      const stats = statSync(this.#approvals.file, { bigint: true, throwIfNoEntry: false });
      return stats === undefined ? 'none' : `${stats.ino}:${stats.size}:${stats.mtimeNs}`;
    } catch {
      // Not to be looked at: then nothing is known to be approved.
      return 'none';
    }
  }

  /** A test of tasks as of now, which holds for one look at the queue. Never fails. */
  read(): (task: Task) => boolean {
    const { stamp } = this;
    if (stamp === this.#stamp) return this.#isApproved;
    try {
      this.#isApproved = this.#approvals.read(['person']);
      this.#stamp = stamp;
    } catch {
      // What cannot be read approves nothing.
      this.#isApproved = () => false;
      this.#stamp = '';
    }
    return this.#isApproved;
  }

  digestOf(task: Pick<Task, 'content'>): string {
    return this.#approvals.digest(task);
  }

  approve(task: Task): void {
    this.#approvals.approve(task, 'person');
  }
}
