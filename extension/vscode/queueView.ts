/**
 * The queue view in the sidebar: its page, and both ends of its conversation on the host's side.
 *
 * Holds no truth: the model comes from the worker, and what a person does goes to `actions`.
 */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Disposable } from './disposable.ts';
import type { TaskId } from '../core/ids.ts';
import type { HostMessage, Outcome, RequestHandlers } from '../protocol/webview.ts';
import { answerRequest, parseWebviewMessage, webviewProtocol } from '../protocol/webview.ts';
import { placeOf } from '../view/actions.ts';
import type { Actions } from './actions.ts';
import type { QueueHost } from './queueHost.ts';
import type { TaskDocuments } from './taskDocuments.ts';

export interface QueueViewOrder {
  readonly extensionUri: vscode.Uri;
  readonly host: QueueHost;
  readonly actions: Actions;
  readonly documents: TaskDocuments;
  readonly log: vscode.LogOutputChannel;
}

export interface QueueView extends Disposable {
  /** Puts the focus on a task's row, where the view is shown. */
  readonly reveal: (task: TaskId) => void;
  /** Reads the queue anew, and draws it where the view is shown. */
  readonly refresh: () => Promise<void>;
}

const viewId = 'signalbox.queue';
const done: Outcome = { ok: true };

export function registerQueueView(order: QueueViewOrder): QueueView {
  let shown: Shown | undefined;
  const registration = vscode.window.registerWebviewViewProvider(viewId, {
    resolveWebviewView: (view) => {
      shown?.dispose();
      const conversation = show(view, order);
      shown = conversation;
      view.onDidDispose(() => {
        conversation.dispose();
        if (shown === conversation) shown = undefined;
      });
    },
  });
  return {
    reveal: (task) => shown?.say({ type: 'reveal', task }),
    refresh: async () => {
      await order.host.refresh();
      await shown?.sayAll();
    },
    dispose: () => {
      shown?.dispose();
      registration.dispose();
    },
  };
}

interface Shown extends Disposable {
  readonly say: (message: HostMessage) => void;
  /** A snapshot. */
  readonly sayAll: () => Promise<void>;
}

function show(view: vscode.WebviewView, order: QueueViewOrder): Shown {
  const { extensionUri, host, log } = order;
  const roots = ['dist', 'media'].map((name) => vscode.Uri.joinPath(extensionUri, name));
  view.webview.options = { enableScripts: true, localResourceRoots: roots };
  const handlers = handlersOf(order);
  /** It has the whole and follows; before that, there is nothing it could do with an update. */
  let follows = false;

  const say = (message: HostMessage): void => void view.webview.postMessage(message);
  const sayAll = async (): Promise<void> => {
    try {
      const { end, model } = await host.snapshot();
      say({ type: 'snapshot', protocol: webviewProtocol, end, model });
      follows = true;
    } catch (error) {
      // The view asks again by itself, and says so if that goes on.
      log.warn(`The view got no snapshot: ${String(error)}`);
    }
  };
  const hear = async (value: unknown): Promise<void> => {
    const parsed = parseWebviewMessage(value);
    if (!parsed.ok) {
      log.warn(`A message of the view was dropped: ${parsed.problem}`);
      return;
    }
    const { message } = parsed;
    if (message.type === 'request') {
      const answer = await answerRequest(handlers, message);
      if (answer.type === 'failure') log.error(`${message.name}: ${answer.error}`);
      say(answer);
      return;
    }
    if (message.type === 'resync') log.debug(`The view asks again: ${message.reason}`);
    await sayAll();
  };

  const subscriptions = [
    view.webview.onDidReceiveMessage((value: unknown) => void hear(value)),
    host.onDidHear((event) => {
      if (!follows || event.type === 'log' || event.type === 'lane' || event.type === 'edit')
        return;
      say(event);
    }),
    // Without a thread there are no updates: what is known without it is sent whole.
    host.onDidChange(() => {
      if (follows && !host.isAwake) void sayAll();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      host.wake();
      void sayAll();
    }),
    view.onDidChangeVisibility(() => {
      if (view.visible) host.wake();
    }),
  ];
  host.wake();
  view.webview.html = page(view.webview, extensionUri);
  return {
    say,
    sayAll,
    dispose: () => {
      for (const subscription of subscriptions) subscription.dispose();
    },
  };
}

function handlersOf({ host, actions, documents }: QueueViewOrder): RequestHandlers {
  return {
    addTask: async () => {
      // The person types for as long as they like; the view waits for nothing.
      void vscode.commands.executeCommand('signalbox.add');
      return done;
    },
    submitTask: async () => no('Tasks are added with the command Add Task here.'),
    clearWaiting: async () => await actions.clear(),
    startLane: async () => await actions.startLane(),
    stopLane: async () => await actions.stopLane(),
    pauseLane: async () => await actions.pause(),
    resumeLane: async () => await actions.resume(),
    interruptTask: async (attempt) => await actions.interrupt(attempt),
    cancelTask: async ({ task }) => await actions.cancel(task),
    moveTask: async ({ task, place }) => await actions.move(task, placeOf(place)),
    prioritizeTask: async ({ task, priority }) => await actions.prioritize(task, priority),
    retryTask: async ({ task }) => await actions.retry(task),
    runTaskNow: async ({ task }) => await actions.runNow(task),
    approveTask: async (params) => await actions.approve(params),
    answerQuestion: async (params) => await host.ask('answerQuestion', params),
    clearRecovery: async ({ task }) => await actions.clearRecovery(task),
    openTask: async ({ task, show: what }) => {
      if (what === 'diff') return no('There is no difference to look at.');
      await documents.open({ what: what === 'transcript' ? 'transcript' : 'task', task });
      return done;
    },
    copyTaskId: async ({ task }) => {
      await vscode.env.clipboard.writeText(String(task));
      return done;
    },
    focusSession: async ({ session }) => await host.ask('execute', { type: 'focus', session }),
    dismissKindError: async ({ kind }) => await host.ask('dismissKindError', kind),
    showMore: async (params) => await host.ask('showMore', params),
    openHealth: async () => {
      await documents.open({ what: 'health' });
      return done;
    },
    manageTrust: async () => {
      void vscode.commands.executeCommand('workbench.trust.manage');
      return done;
    },
  };
}

function no(message: string): Outcome {
  return { ok: false, reason: 'failed', message };
}

/** Scripts only with this page's nonce; nothing from anywhere but `dist/` and `media/`. */
function page(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  const nonce = randomBytes(18).toString('base64url');
  const uri = (name: string) =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', name)).toString();
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="stylesheet" href="${uri('webview.css')}" />
    <title>Queue</title>
  </head>
  <body>
    <div id="app"></div>
    <script nonce="${nonce}" src="${uri('webview.js')}"></script>
  </body>
</html>`;
}
