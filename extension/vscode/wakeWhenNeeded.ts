/**
 * Wakes the queue of a window that has one: at its start, once it is trusted, and when a queue is
 * made by someone else. Without a queue it costs a look at a few names.
 */
import * as vscode from 'vscode';
import type { LaneSession } from './laneSession.ts';
import type { QueueHost } from './queueHost.ts';

export function wakeWhenNeeded(
  host: QueueHost,
  session: LaneSession,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const wake = (): void => {
    if (!host.hasQueue()) return;
    host.wake();
    session.goOn().catch((error: unknown) => log.error(String(error)));
  };
  const watchers = (vscode.workspace.workspaceFolders ?? []).map((folder) => {
    // A name directly in the folder: nothing below is watched for it.
    const pattern = new vscode.RelativePattern(folder, 'TASK_QUEUE.json');
    const watcher = vscode.workspace.createFileSystemWatcher(pattern, false, true, true);
    watcher.onDidCreate(wake);
    return watcher;
  });
  wake();
  return vscode.Disposable.from(...watchers, vscode.workspace.onDidGrantWorkspaceTrust(wake));
}
