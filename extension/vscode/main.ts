/**
 * Entry point of the extension host. Builds the object graph, registers it, and does nothing else.
 *
 * To read the extension, read this file top to bottom and follow one name at a time.
 */
import * as vscode from 'vscode';
import { personName } from '../platform/personName.ts';
import type { QueueViewModel } from '../protocol/webviewModel.ts';
import { createActions } from './actions.ts';
import { createAddTask } from './addTask.ts';
import { registerCommands } from './commands.ts';
import { keepContextKeys } from './contextKeys.ts';
import { registerDraft } from './draft.ts';
import { tellOfEdits } from './editNotes.ts';
import { createLaneSession } from './laneSession.ts';
import { createQueueHost } from './queueHost.ts';
import type { QueueHost } from './queueHost.ts';
import { registerQueueView } from './queueView.ts';
import { createStatusBar } from './statusBar.ts';
import { registerTaskDocuments } from './taskDocuments.ts';
import { offerCommandInTerminals } from './terminals.ts';
import { wakeWhenNeeded } from './wakeWhenNeeded.ts';
import { configuredAgents } from './whoRuns.ts';

declare const SIGNALBOX_VERSION: string;

/** What `getExtension('signalbox.signalbox').exports` is. */
export interface SignalboxApi {
  readonly version: string;
  /** What the status item reads now; empty while it is hidden. */
  readonly statusText: string;
  /** Whether the thread that owns the queue runs in this window. */
  readonly isAwake: boolean;
  /** The newest that this window knows of the queue. */
  readonly model: QueueViewModel;
}

let closing: QueueHost | undefined;

export function activate(context: vscode.ExtensionContext): SignalboxApi {
  const log = vscode.window.createOutputChannel('Signalbox', { log: true });
  context.subscriptions.push(log);
  const host = createQueueHost({
    dist: vscode.Uri.joinPath(context.extensionUri, 'dist').fsPath,
    log,
    options: () => ({
      by: personName(),
      env: { ...process.env },
      agents: configuredAgents(log),
    }),
  });
  closing = host;
  const session = createLaneSession(host, context.workspaceState, log);
  context.subscriptions.push(session);
  const documents = registerTaskDocuments(host);
  context.subscriptions.push(documents);
  const draft = registerDraft();
  context.subscriptions.push(draft);
  const actions = createActions(host, session);
  const addTask = createAddTask({ host, log, draft });
  const statusBar = createStatusBar(host);
  context.subscriptions.push(statusBar);
  const { extensionUri } = context;
  const view = registerQueueView({ extensionUri, host, actions, documents, log });
  context.subscriptions.push(view);
  const { refresh } = view;
  context.subscriptions.push(
    registerCommands({ host, actions, addTask, draft, documents, refresh, log }),
    keepContextKeys(host),
    tellOfEdits(host, log),
    offerCommandInTerminals(context),
    wakeWhenNeeded(host, session, log),
  );
  return {
    version: SIGNALBOX_VERSION,
    get statusText() {
      return statusBar.text;
    },
    get isAwake() {
      return host.isAwake;
    },
    get model() {
      return host.model;
    },
  };
}

/** A courtesy: what a window that dies leaves behind is settled by the next one. */
export async function deactivate(): Promise<void> {
  await closing?.close();
}
