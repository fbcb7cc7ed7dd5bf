/**
 * Tells a person who saved the queue file here what of it was refused, and shows why.
 *
 * What was taken in shows itself; edits that came from elsewhere go to the log channel only.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import type { QueueHost } from './queueHost.ts';
import { clip, forMessage } from './text.ts';

/** A save is taken in within a second; later ones are not this person's. */
const ownSaveMs = 10_000;
const maxChars = 400;

export function tellOfEdits(host: QueueHost, log: vscode.LogOutputChannel): vscode.Disposable {
  let savedAt = Number.NEGATIVE_INFINITY;
  const saves = vscode.workspace.onDidSaveTextDocument(({ fileName }) => {
    if (path.basename(fileName) === 'TASK_QUEUE.json') savedAt = performance.now();
  });
  const notes = host.onDidHear((event) => {
    if (event.type !== 'edit') return;
    const { message, reasons } = event;
    log.info(message);
    if (reasons === null || performance.now() - savedAt > ownSaveMs) return;
    void warn(clip(forMessage(message), maxChars), reasons);
  });
  return vscode.Disposable.from(saves, notes);
}

async function warn(message: string, reasons: string): Promise<void> {
  const show = vscode.l10n.t('Show Reasons');
  const chosen = await vscode.window.showWarningMessage(message, show);
  if (chosen === show) await vscode.window.showTextDocument(vscode.Uri.file(reasons));
}
