/**
 * What the status item says about the queue, in words. Pure: knows neither the editor nor a clock.
 *
 * The one active task is never more than one; at rest it is the ready word and the number waiting.
 */
import type { KindStatus, QueueViewModel } from '../protocol/webviewModel.ts';
import { clip, forLabel, formatElapsed, plainLine } from './text.ts';

export interface StatusFacts {
  readonly model: QueueViewModel;
  /** Why the thread that owns the queue is gone, or null. */
  readonly failure: string | null;
  /** The kind that was active last: its ready word stands there at rest. */
  readonly lastKind: string | null;
  /** Milliseconds since the Unix epoch, by this machine's clock. */
  readonly now: number;
}

export interface StatusLook {
  /** With icons as `$(name)`; everything that is data is escaped. */
  readonly text: string;
  readonly tone: 'plain' | 'warning' | 'error';
  /** Lines of the tooltip, as plain text. */
  readonly tooltip: readonly string[];
  /** Whether the text changes with every second. */
  readonly ticks: boolean;
  readonly click: 'queue' | 'restart';
}

const titleChars = 40;

/** Null where there is nothing to say: no queue. */
export function statusOf(facts: StatusFacts): StatusLook | null {
  const { model, failure } = facts;
  if (failure !== null) {
    return look('$(error) Signalbox: Stopped working', {
      tone: 'error',
      tooltip: ['The queue cannot be shown or changed.', failure, 'Click to start it again.'],
      click: 'restart',
    });
  }
  if (!model.trusted) {
    return look('$(shield) Signalbox: Restricted', {
      tooltip: ['This workspace is not trusted: nothing is run, sent or written here.'],
    });
  }
  if (model.store.state === 'none' || model.store.state === 'loading') return null;
  if (model.store.state === 'halted') {
    return look('$(error) Signalbox: Queue halted', {
      tone: 'error',
      tooltip: [model.store.message ?? 'The queue can be read, but not changed.'],
    });
  }
  const needs = needing(model);
  const tone = needs > 0 ? 'warning' : 'plain';
  const text = [...words(facts), ...(needs > 0 ? [`$(bell-dot) ${needs}`] : [])].join(' · ');
  return look(text, { tone, tooltip: tooltipOf(model, needs), ticks: model.active !== null });
}

/** Tasks that wait, whatever for. */
export function waitingCount({ upNext, waiting }: QueueViewModel): number {
  return upNext.rows.length + upNext.more + waiting.rows.length + waiting.more;
}

/** What needs a person. A task that a person stopped rests, and is no alarm. */
function needing({ needsYou }: QueueViewModel): number {
  return needsYou.rows.filter((row) => row.type !== 'interrupted').length + needsYou.more;
}

function words({ model, lastKind, now }: StatusFacts): readonly string[] {
  const { active, lane } = model;
  const waiting = waitingCount(model);
  if (active !== null) {
    const kind = model.kinds.find((status) => status.kind === active.kind);
    const word = lane.phase === 'stopping' ? 'Stopping' : (kind?.word ?? 'Working');
    return [
      `$(sync~spin) ${forLabel(active.kindLabel)}: ${forLabel(word)}`,
      forLabel(clip(plainLine(active.title), titleChars)),
      formatElapsed(now - active.startedAt),
    ];
  }
  const some = waiting > 0 ? [`${waiting} waiting`] : [];
  if (lane.phase === 'held') return ['$(warning) Held', ...some];
  if (lane.phase === 'paused') return ['$(debug-pause) Paused', ...some];
  const error = model.kinds.find(({ state }) => state === 'error');
  const number = waiting > 0 ? [String(waiting)] : [];
  if (error !== undefined) return [`$(error) ${kindWords(error)}`, ...number];
  if (lane.phase === 'stopped' && waiting > 0) return ['$(debug-stop) Stopped', ...some, 'Start'];
  const kind = model.kinds.find((status) => status.kind === lastKind) ?? model.kinds[0];
  return [`$(check) ${kind === undefined ? 'AI: Ready' : kindWords(kind)}`, ...number];
}

function kindWords({ label, word }: KindStatus): string {
  return `${forLabel(label)}: ${forLabel(word)}`;
}

function tooltipOf(model: QueueViewModel, needs: number): readonly string[] {
  const { active, lane } = model;
  const waiting = waitingCount(model);
  const owner = lane.owner === null ? '' : `, in ${plainLine(lane.owner)}`;
  return [
    ...(active === null ? [] : [`${plainLine(active.title)} (${plainLine(active.agent)}${owner})`]),
    ...(lane.message === null ? [] : [plainLine(lane.message)]),
    ...model.kinds.map(({ label, word, state, detail }) => {
      const why = state === 'error' && detail !== null ? ` (${plainLine(detail)})` : '';
      return `${plainLine(label)}: ${plainLine(word)}${why}`;
    }),
    waiting === 1 ? '1 task waits' : `${waiting} tasks wait`,
    ...(needs === 0 ? [] : [needs === 1 ? '1 thing needs you' : `${needs} things need you`]),
  ];
}

function look(text: string, more: Partial<StatusLook>): StatusLook {
  return { text, tone: 'plain', tooltip: [], ticks: false, click: 'queue', ...more };
}
