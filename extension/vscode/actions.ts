/**
 * What a person can ask of the queue, whether from the palette, a menu or the view: one function
 * each, answered with an outcome.
 *
 * Asks no questions and shows no refusal: that is the business of who calls.
 */
import * as vscode from 'vscode';
import type { TaskId } from '../core/ids.ts';
import type { MovePlace } from '../core/command.ts';
import type { Priority } from '../core/task.ts';
import type { Outcome, Params } from '../protocol/webview.ts';
import type { LaneSession } from './laneSession.ts';
import type { QueueHost } from './queueHost.ts';
import { forMessage } from './text.ts';

export interface Actions {
  readonly startLane: () => Promise<Outcome>;
  readonly stopLane: () => Promise<Outcome>;
  readonly pause: () => Promise<Outcome>;
  readonly resume: () => Promise<Outcome>;
  /** Stops what runs, or only that attempt; shows that it is stopping until all is quiet. */
  readonly interrupt: (attempt?: {
    readonly task: TaskId;
    readonly token: number;
  }) => Promise<Outcome>;
  readonly cancel: (task: TaskId) => Promise<Outcome>;
  /** Every waiting task ends. */
  readonly clear: () => Promise<Outcome>;
  readonly retry: (task: TaskId) => Promise<Outcome>;
  readonly runNow: (task: TaskId) => Promise<Outcome>;
  readonly move: (task: TaskId, place: MovePlace) => Promise<Outcome>;
  readonly prioritize: (task: TaskId, priority: Priority) => Promise<Outcome>;
  readonly approve: (params: Params<'approveTask'>) => Promise<Outcome>;
  readonly clearRecovery: (task: TaskId) => Promise<Outcome>;
}

export function createActions(host: QueueHost, session: LaneSession): Actions {
  return {
    startLane: async () => await session.start(),
    stopLane: async () => await session.stop(),
    pause: async () => await host.ask('execute', { type: 'pause', scope: 'lane' }),
    resume: async () => await resume(host),
    interrupt: async (attempt) => {
      const { active } = host.model;
      const title =
        active === null
          ? vscode.l10n.t('Stopping …')
          : vscode.l10n.t('Stopping {0} …', forMessage(active.title));
      return await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title },
        async () => await host.ask('interrupt', ...(attempt === undefined ? [] : [attempt])),
      );
    },
    cancel: async (task) => await host.ask('cancelTask', task),
    clear: async () =>
      await host.ask('execute', { type: 'clearWaiting', session: null, all: false }),
    retry: async (task) => await host.ask('execute', { type: 'retry', task, setAsideFor: null }),
    runNow: async (task) => await host.ask('runTaskNow', task),
    move: async (task, place) => await host.ask('execute', { type: 'move', task, place }),
    prioritize: async (task, priority) =>
      await host.ask('execute', { type: 'prioritize', task, priority }),
    approve: async (params) => await host.ask('approveTask', params),
    clearRecovery: async (task) => await host.ask('execute', { type: 'clearFailures', task }),
  };
}

/** Whatever was paused, lane or queue, goes on. */
async function resume(host: QueueHost): Promise<Outcome> {
  const lane = await host.ask('execute', { type: 'resume', scope: 'lane' });
  const queue = await host.ask('execute', { type: 'resume', scope: 'queue' });
  return lane.ok ? queue : lane;
}

/** A person asked for it and it was refused or failed: says so, and why. */
export function tell(outcome: Outcome): void {
  if (!outcome.ok) void vscode.window.showErrorMessage(forMessage(outcome.message));
}
