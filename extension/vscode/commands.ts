/**
 * Every command of the extension by name: what it asks of the person, and which action it is.
 *
 * Titles, places and conditions stand in `package.json`; a test holds the two lists together.
 */
import * as vscode from 'vscode';
import type { TaskId } from '../core/ids.ts';
import { formatTaskId, taskKey } from '../core/ids.ts';
import type { MovePlace } from '../core/command.ts';
import { priorities } from '../core/task.ts';
import type { Outcome } from '../protocol/webview.ts';
import type { Actions } from './actions.ts';
import { tell } from './actions.ts';
import type { AddTask } from './addTask.ts';
import { capturedFiles, capturedSelection } from './captured.ts';
import type { Draft } from './draft.ts';
import type { Pickable } from './pickTask.ts';
import { pickTask, taskOf } from './pickTask.ts';
import type { QueueHost } from './queueHost.ts';
import { waitingCount } from './statusText.ts';
import type { TaskDocuments } from './taskDocuments.ts';
import { forMessage } from './text.ts';
import { askWhoRuns } from './whoRuns.ts';

export interface CommandsOrder {
  readonly host: QueueHost;
  readonly actions: Actions;
  readonly addTask: AddTask;
  readonly draft: Draft;
  readonly documents: TaskDocuments;
  /** Reads the queue and draws the view anew. */
  readonly refresh: () => Promise<void>;
  readonly log: vscode.LogOutputChannel;
}

type Handler = (...args: unknown[]) => Promise<unknown>;

export function registerCommands(order: CommandsOrder): vscode.Disposable {
  const handlers = { ...adding(order), ...lane(order), ...tasks(order), ...looking(order) };
  return vscode.Disposable.from(
    ...Object.entries(handlers).map(([name, handler]) =>
      vscode.commands.registerCommand(`signalbox.${name}`, guarded(handler, order.log)),
    ),
  );
}

/** A failure is told and logged here; thrown on, the editor would show it in its own words. */
function guarded(handler: Handler, log: vscode.LogOutputChannel): Handler {
  return async (...args) => {
    try {
      return await handler(...args);
    } catch (error) {
      log.error(error instanceof Error ? error : String(error));
      const message = error instanceof Error ? error.message : String(error);
      void vscode.window.showErrorMessage(forMessage(message));
      return undefined;
    }
  };
}

function adding({ addTask, draft, log }: CommandsOrder): Record<string, Handler> {
  return {
    add: async () => await addTask.ask(),
    addInEditor: async () => await draft.open('', []),
    addSelection: async () => {
      const captured = capturedSelection();
      if (captured !== undefined) await addTask.ask([captured]);
    },
    addFile: async (uri, selected) => {
      const captured = capturedFiles(uri, selected);
      if (captured.length > 0) await addTask.ask(captured);
    },
    submitDraft: async () => await draft.submit(addTask.queue),
    chooseProgram: async () => await askWhoRuns(log),
  };
}

function lane({ host, actions }: CommandsOrder): Record<string, Handler> {
  return {
    run: async () => tell(await actions.startLane()),
    stop: async () => tell(await actions.stopLane()),
    pause: async () => tell(await actions.pause()),
    resume: async () => tell(await actions.resume()),
    interrupt: async (argument) => tell(await actions.interrupt(attemptOf(argument))),
    clear: async () => {
      const { t } = vscode.l10n;
      const { model } = await host.snapshot();
      const count = waitingCount(model);
      const isSure = await confirm(
        t('Clear the queue?'),
        t('All tasks of the lane that wait ({0} tasks wait now) end as skipped.', count),
        t('Clear'),
      );
      if (isSure) tell(await actions.clear());
    },
  };
}

function tasks({ host, actions }: CommandsOrder): Record<string, Handler> {
  const { t } = vscode.l10n;
  const on =
    (what: Pickable, title: string, act: (task: TaskId) => Promise<Outcome>): Handler =>
    async (argument) => {
      const task = taskOf(argument) ?? (await pickTask(host, what, title));
      if (task !== undefined) tell(await act(task));
    };
  const move = (title: string, placeOf: (task: TaskId) => MovePlace | undefined): Handler =>
    on('upNext', title, async (task) => {
      const place = placeOf(task);
      return place === undefined ? { ok: true } : await actions.move(task, place);
    });
  const neighbour = (task: TaskId, by: -1 | 1): TaskId | undefined => {
    const ids = host.model.upNext.rows.map(({ id }) => id);
    const at = ids.findIndex((id) => taskKey(id) === taskKey(task));
    return at < 0 ? undefined : ids[at + by];
  };
  const beside = (to: 'before' | 'after', other: TaskId | undefined): MovePlace | undefined =>
    other === undefined ? undefined : { to, other };
  return {
    cancel: async (argument) => {
      const task = taskOf(argument) ?? (await pickTask(host, 'waiting', t('Cancel which task?')));
      if (task === undefined) return;
      const question = t('Cancel {0}?', formatTaskId(task));
      if (await confirm(question, t('A cancelled task does not come back.'), t('Cancel Task'))) {
        tell(await actions.cancel(task));
      }
    },
    retry: on('resting', t('Retry which task?'), actions.retry),
    clearRecovery: on('resting', t('Clear the failures of which task?'), actions.clearRecovery),
    runNow: on('waiting', t('Run which task now?'), actions.runNow),
    moveFirst: move(t('Move which task to the front?'), () => ({ to: 'first' })),
    moveLast: move(t('Move which task to the end?'), () => ({ to: 'last' })),
    moveUp: move(t('Move which task up?'), (task) => beside('before', neighbour(task, -1))),
    moveDown: move(t('Move which task down?'), (task) => beside('after', neighbour(task, 1))),
    prioritize: on('waiting', t('Change the priority of which task?'), async (task) => {
      const title = t('Priority of {0}', formatTaskId(task));
      const labels = priorities.toReversed();
      const picked = await vscode.window.showQuickPick(labels, { title });
      const priority = priorities.find((word) => word === picked);
      return priority === undefined ? { ok: true } : await actions.prioritize(task, priority);
    }),
    approve: on('approval', t('Approve the program of which task?'), async (task) => {
      const { model } = await host.snapshot();
      const row = model.needsYou.rows.find(
        (item) => item.type === 'approval' && taskKey(item.task) === taskKey(task),
      );
      if (row?.type !== 'approval') {
        const message = t('{0} needs no approval now.', formatTaskId(task));
        return { ok: false, reason: 'not-waiting', message };
      }
      const shown = t('{0}\nin {1}', row.commandLine, row.workingDirectory);
      const isSure = await confirm(
        t('Let {0} start this program?', formatTaskId(task)),
        shown,
        t('Approve'),
      );
      return isSure ? await actions.approve({ task, digest: row.digest }) : { ok: true };
    }),
  };
}

function looking({ host, documents, refresh }: CommandsOrder): Record<string, Handler> {
  const { t } = vscode.l10n;
  const open =
    (what: 'task' | 'transcript', title: string): Handler =>
    async (argument) => {
      const task = taskOf(argument) ?? (await pickTask(host, 'any', title));
      if (task !== undefined) await documents.open({ what, task });
    };
  return {
    show: open('task', t('Show which task?')),
    showTranscript: open('transcript', t('Show the transcript of which task?')),
    copyId: async (argument) => {
      const task = taskOf(argument);
      if (task !== undefined) await vscode.env.clipboard.writeText(String(task));
    },
    focus: async () => await vscode.commands.executeCommand('signalbox.queue.focus'),
    refresh: async () => await refresh(),
    health: async () => await documents.open({ what: 'health' }),
    restart: async () => await host.restart(),
  };
}

function attemptOf(argument: unknown): { task: TaskId; token: number } | undefined {
  const task = taskOf(argument);
  if (task === undefined || typeof argument !== 'object' || argument === null) return undefined;
  return 'token' in argument && typeof argument.token === 'number'
    ? { task, token: argument.token }
    : undefined;
}

async function confirm(question: string, detail: string, verb: string): Promise<boolean> {
  const options = { modal: true, detail };
  return (await vscode.window.showWarningMessage(question, options, verb)) === verb;
}
