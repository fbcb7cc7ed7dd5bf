/**
 * All that may be asked of the window's queue, whether or not there is one: what any place that shows
 * it may be asked, and what only a window does, which runs programs.
 *
 * What the world refuses is an answer here. Knows no messages and no threads.
 */
import { findWorkspace } from '../../coordinator/workspace.ts';
import type { TaskId } from '../../core/ids.ts';
import type { TaskContent } from '../../core/task.ts';
import type { Outcome, Params } from '../../protocol/webview.ts';
import { done } from '../../view/answers.ts';
import { ShownQueue } from '../../view/shownQueue.ts';
import { addTask, approveTask, runTaskNow } from './actions.ts';
import type { Added, QueueWorker, WorkerEvent, WorkerOptions } from './contract.ts';
import { describeHealth, describeTask } from './describe.ts';
import { LaneHost } from './laneHost.ts';
import { openQueue } from './openQueue.ts';

export class WorkspaceQueue extends ShownQueue<LaneHost> implements QueueWorker {
  constructor(worker: WorkerOptions, emit: (event: WorkerEvent) => void) {
    const { workspaceDir, env, by } = worker;
    super({
      paths: () => findWorkspace({ cwd: workspaceDir, env }),
      openDesk: (paths, create) => openQueue(paths, env, { create, by }),
      by,
      // What only the command line added waits for a person in an editor.
      approvers: ['person'],
      makeLane: (desk, approved, onChange) =>
        new LaneHost({ desk, worker, approved, emit, onChange }),
      emit,
    });
  }

  async add(content: TaskContent): Promise<Added> {
    const prepared = await this.prepare();
    if (!prepared.ok) return prepared;
    return this.withSession((session) => addTask(session, content, this.by));
  }

  async startLane(): Promise<Outcome> {
    return this.withSession(async (session) => {
      session.touch();
      return session.lane.start();
    });
  }

  async stopLane(): Promise<Outcome> {
    return this.withSession(async ({ lane }) => {
      lane.stop();
      return done;
    });
  }

  async runTaskNow(task: TaskId): Promise<Outcome> {
    return this.withSession((session) => runTaskNow(session, task, this.by));
  }

  async approveTask(params: Params<'approveTask'>): Promise<Outcome> {
    return this.withSession((session) => approveTask(session, params));
  }

  async answerQuestion(params: Params<'answerQuestion'>): Promise<Outcome> {
    return this.withSession(async ({ lane }) => lane.inbox.answer(params));
  }

  async describeTask(task: TaskId): Promise<string | null> {
    const session = await this.shown();
    return session === null ? null : describeTask(session.desk, task);
  }

  async describeHealth(): Promise<string> {
    const session = await this.shown();
    const { trouble } = this;
    if (session !== null && trouble === null) return describeHealth(session.desk);
    return `# Health of the queue\n\n${trouble ?? 'There is no queue here yet.'}\n`;
  }
}
