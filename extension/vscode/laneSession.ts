/**
 * How long a start lasts: for the window's session, reloads included, until ten minutes after its
 * last beat.
 *
 * Remembers that a person started the lane in this window; whether it runs is the worker's business.
 */
import * as vscode from 'vscode';
import type { Disposable } from './disposable.ts';
import type { Outcome } from '../protocol/webview.ts';
import type { QueueHost } from './queueHost.ts';

/** Epoch milliseconds of the last moment at which the lane was known to be started here. */
const beatKey = 'signalbox.lane.beatAt';
const beatMs = 30_000;
const lastsMs = 600_000;

export interface LaneSession extends Disposable {
  start(): Promise<Outcome>;
  /** A person's stop: the next window does not start by itself. */
  stop(): Promise<Outcome>;
  /** Goes on where the window was reloaded with its lane started, or a person set it to. */
  goOn(): Promise<void>;
}

export function createLaneSession(
  host: QueueHost,
  memory: vscode.Memento,
  log: vscode.LogOutputChannel,
): LaneSession {
  let timer: NodeJS.Timeout | undefined;
  const beat = (): void => void memory.update(beatKey, Date.now());
  const follow = (): void => {
    if (host.laneStarted && timer === undefined) {
      beat();
      timer = setInterval(beat, beatMs);
    } else if (!host.laneStarted) {
      clearInterval(timer);
      timer = undefined;
    }
  };
  const subscription = host.onDidChange(follow);
  return {
    start: async () => {
      // What a person starts may be begun for it.
      const prepared = await host.ask('prepare');
      return prepared.ok ? await host.ask('startLane') : prepared;
    },
    stop: async () => {
      const outcome = await host.ask('stopLane');
      if (outcome.ok) await memory.update(beatKey, undefined);
      return outcome;
    },
    goOn: async () => {
      if (!vscode.workspace.isTrusted || !host.hasQueue()) return;
      const why = reasonToGoOn(memory.get<number>(beatKey));
      if (why === null) return;
      log.info(why);
      const outcome = await host.ask('startLane');
      if (!outcome.ok) log.warn(outcome.message);
    },
    dispose: () => {
      clearInterval(timer);
      subscription.dispose();
    },
  };
}

/** Why the lane starts with the window, or null where it waits for a person. */
function reasonToGoOn(beatAt: number | undefined): string | null {
  const age = beatAt === undefined ? Infinity : Date.now() - beatAt;
  if (age >= 0 && age <= lastsMs) {
    return 'The lane was started in this window before it was reloaded: it goes on.';
  }
  // A machine setting, so that no workspace can start anything.
  const setting = vscode.workspace.getConfiguration('signalbox').get<boolean>('lane.startOnOpen');
  return setting === true ? 'The setting signalbox.lane.startOnOpen starts the lane.' : null;
}
