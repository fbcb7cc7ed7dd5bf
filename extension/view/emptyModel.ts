/** What the views show while no worker thread can tell them more: nothing, and why. */
import type { QueueViewModel } from '../protocol/webviewModel.ts';

export function emptyModel(
  now: number,
  trusted: boolean,
  store: QueueViewModel['store'],
): QueueViewModel {
  return {
    generatedAt: now,
    trusted,
    store,
    session: null,
    kinds: [],
    lane: { phase: 'stopped', owner: null, since: null, message: null, resumesAt: null },
    active: null,
    needsYou: { rows: [], more: 0 },
    upNext: { rows: [], more: 0, estimateMs: null },
    waiting: { rows: [], more: 0 },
    workload: { rows: [], more: 0 },
    doneToday: { rows: [], more: 0 },
  };
}
