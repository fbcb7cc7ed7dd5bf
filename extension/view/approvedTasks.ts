/**
 * Which programs may run, as the file of approvals says now.
 *
 * Whose approvals count differs: what only the command line added waits for a person in an editor.
 */
import { statSync } from 'node:fs';
import type { Approvals, Approver } from '../coordinator/approvals.ts';
import type { Task } from '../core/task.ts';

export class ApprovedTasks {
  readonly #approvals: Approvals;
  readonly #approvers: readonly Approver[];
  #stamp = '';
  #isApproved: (task: Task) => boolean = () => false;

  constructor(approvals: Approvals, approvers: readonly Approver[]) {
    this.#approvals = approvals;
    this.#approvers = approvers;
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
      this.#isApproved = this.#approvals.read(this.#approvers);
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
