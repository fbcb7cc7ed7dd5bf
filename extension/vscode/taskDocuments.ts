/**
 * Tasks, transcripts and health as read-only documents of the scheme `signalbox`.
 *
 * The texts are the worker's; nothing is written, and no file stands behind a document.
 */
import * as vscode from 'vscode';
import type { Disposable } from './disposable.ts';
import type { TaskId } from '../core/ids.ts';
import { formatTaskId, parseTaskId } from '../core/ids.ts';
import type { QueueHost } from './queueHost.ts';

export type Subject =
  { readonly what: 'task' | 'transcript'; readonly task: TaskId } | { readonly what: 'health' };

export interface TaskDocuments extends Disposable {
  open(subject: Subject): Promise<void>;
}

const scheme = 'signalbox';
/** What is shown follows the queue, but no faster than a person reads. */
const renewMs = 1_000;

export function registerTaskDocuments(host: QueueHost): TaskDocuments {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  let timer: NodeJS.Timeout | undefined;
  const renew = (): void => {
    timer = undefined;
    for (const { uri } of vscode.workspace.textDocuments) {
      if (uri.scheme === scheme) changed.fire(uri);
    }
  };
  const subscriptions = [
    changed,
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: async (uri) => await textOf(host, subjectOf(uri)),
    }),
    host.onDidChange(() => {
      const isShown = vscode.workspace.textDocuments.some(({ uri }) => uri.scheme === scheme);
      if (isShown) timer ??= setTimeout(renew, renewMs);
    }),
  ];
  return {
    open: async (subject) => {
      const document = await vscode.workspace.openTextDocument(uriOf(subject));
      const language = subject.what === 'transcript' ? 'plaintext' : 'markdown';
      await vscode.languages.setTextDocumentLanguage(document, language);
      await vscode.window.showTextDocument(document, { preview: true });
    },
    dispose: () => {
      clearTimeout(timer);
      for (const subscription of subscriptions) subscription.dispose();
    },
  };
}

/** The path is the tab's title; the query says what is meant. */
function uriOf(subject: Subject): vscode.Uri {
  if (subject.what === 'health')
    return vscode.Uri.from({ scheme, path: '/Health of the queue.md' });
  const { what, task } = subject;
  const id = formatTaskId(task);
  const path = what === 'task' ? `/Task ${id}.md` : `/Transcript of ${id}.txt`;
  return vscode.Uri.from({ scheme, path, query: `${what}=${String(task)}` });
}

function subjectOf({ query }: vscode.Uri): Subject {
  const [what, id] = query.split('=');
  const task = parseTaskId(id);
  return task !== undefined && (what === 'task' || what === 'transcript')
    ? { what, task }
    : { what: 'health' };
}

async function textOf(host: QueueHost, subject: Subject): Promise<string> {
  switch (subject.what) {
    case 'health':
      return await host.ask('describeHealth');
    case 'task':
      return (
        (await host.ask('describeTask', subject.task)) ??
        `There is no task ${formatTaskId(subject.task)}.`
      );
    case 'transcript':
      return (await host.ask('transcript', subject.task)) || 'Its program has said nothing yet.';
  }
}
