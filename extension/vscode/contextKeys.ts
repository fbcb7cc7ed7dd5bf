/**
 * Tells the editor what menus and commands depend on: `signalbox.*`.
 *
 * - `signalbox.hasQueue`: there is a queue to show.
 * - `signalbox.started`: the lane is started in this window.
 * - `signalbox.lane`: its phase, a word of the model.
 * - `signalbox.active`: something runs.
 */
import * as vscode from 'vscode';
import type { QueueHost } from './queueHost.ts';

export function keepContextKeys(host: QueueHost): vscode.Disposable {
  const told = new Map<string, unknown>();
  const tell = (): void => {
    const { model } = host;
    const keys = {
      hasQueue: model.store.state === 'open' || model.store.state === 'halted',
      started: host.laneStarted,
      lane: model.lane.phase,
      active: model.active !== null,
    };
    for (const [key, value] of Object.entries(keys)) {
      if (told.get(key) === value) continue;
      told.set(key, value);
      void vscode.commands.executeCommand('setContext', `signalbox.${key}`, value);
    }
  };
  tell();
  return host.onDidChange(tell);
}
