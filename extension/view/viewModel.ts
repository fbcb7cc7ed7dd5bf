/** The queue view's model, from what is known at one moment. Pure; the parts are beside it. */
import { instant } from '../core/ids.ts';
import { queueView } from '../core/projections/queueView.ts';
import type { QueueViewModel } from '../protocol/webviewModel.ts';
import { attentionRows } from './viewAttention.ts';
import { laneView } from './viewLane.ts';
import type { ViewInput } from './viewInput.ts';
import {
  doneRow,
  listOf,
  orphanRow,
  totalEstimateMs,
  upNextRow,
  waitingRow,
  workloadRows,
} from './viewRows.ts';
import { midnightBefore, short } from './words.ts';

export function viewModel(input: ViewInput): QueueViewModel {
  const { queue, context, now, isApproved } = input;
  const view = queueView(queue, context, {
    needsApproval: (task) => !isApproved(task),
    endedRows: Number.POSITIVE_INFINITY,
    endedSince: instant(midnightBefore(now)),
  });
  const { lane, active, kinds, orphan } = laneView(input);
  // What only waits for approval stands where it can be given.
  const waiting = view.waiting.filter(({ reason }) => reason.type !== 'approval');
  const waitingRows = waiting.map((item) => () => waitingRow(input, item));
  if (orphan !== null) waitingRows.unshift(() => orphanRow(input, orphan));
  return {
    generatedAt: now,
    trusted: true,
    store: input.store,
    session: queue.focus === null ? null : short(queue.focus),
    kinds,
    lane,
    active,
    needsYou: listOf(input, 'needsYou', attentionRows(input, view.attention), (row) => row()),
    upNext: {
      ...listOf(input, 'upNext', view.upNext, (item) => upNextRow(input, item)),
      estimateMs: totalEstimateMs(view.upNext.filter((item) => item.lane)),
    },
    waiting: listOf(input, 'waiting', waitingRows, (row) => row()),
    workload: listOf(input, 'workload', workloadRows(input), (row) => row),
    doneToday: listOf(input, 'doneToday', view.ended, (item) => doneRow(input, item)),
  };
}
