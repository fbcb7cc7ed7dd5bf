/** `signalbox monitor`: looks after the queue round by round, and says how it stands. */
import { formatTaskId } from '../../core/ids.ts';
import type { TaskId } from '../../core/ids.ts';
import type { Desk } from '../../coordinator/desk.ts';
import { heal } from '../../coordinator/heal.ts';
import { exit, UsageError } from '../answer.ts';
import type { Attention } from '../attention.ts';
import { attentionJson, attentionOf } from '../attention.ts';
import { printOut } from '../output.ts';
import { glyphs } from '../render/glyphs.ts';
import { clockOf } from '../render/records.ts';
import { statusOf } from '../render/status.ts';
import { harmless, styled } from '../render/text.ts';
import type { Verb } from '../verb.ts';

/** What one round found and did. */
interface Round {
  readonly attention: readonly Attention[];
  readonly running: number;
  readonly waiting: number;
  readonly freed: readonly TaskId[];
  /** A sentence for each thing that was put right. */
  readonly healed: readonly string[];
}

/** More than this many tasks are counted, not named. */
const mostNamed = 6;

export const verb: Verb = {
  usage: 'monitor [--interval S]',
  summary: 'Watches over the queue: a line a round, frees what the dead hold, heals.',
  details: `Ends with Ctrl-C. How often it heals is heal_interval_seconds of AI/config.json.`,
  options: {
    interval: {
      type: 'string',
      value: 'S',
      help: 'Seconds between rounds; default: monitor_interval_seconds of AI/config.json, or 60.',
    },
  },
  async run(invocation) {
    const seconds = invocation.number('interval');
    if (seconds === 0) throw new UsageError('--interval takes seconds above 0.');
    const desk = await invocation.desk();
    desk.keepProjecting();
    const stop = stopOnSignal(desk);
    let healedAtMs = -Infinity;
    while (!stop.signal.aborted) {
      await desk.refresh();
      const heals = performance.now() - healedAtMs >= desk.current.healIntervalMs;
      if (heals) healedAtMs = performance.now();
      const round = await lookAfter(desk, heals);
      printOut(invocation.json ? `${JSON.stringify(json(desk, round))}\n` : line(desk, round));
      const intervalMs = seconds === undefined ? desk.current.monitorIntervalMs : seconds * 1000;
      await wait(intervalMs, stop.signal);
    }
    return { exit: exit.done };
  },
};

function stopOnSignal(desk: Desk): AbortController {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      stop.abort();
      desk.wake();
    });
  }
  return stop;
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function lookAfter(desk: Desk, heals: boolean): Promise<Round> {
  const freed = await desk.sweep();
  const healed = heals ? await heal(desk, null) : [];
  const { waiting } = statusOf(desk);
  return { attention: attentionOf(desk), running: desk.queue.held.size, waiting, freed, healed };
}

function line(desk: Desk, { attention, running, waiting, freed, healed }: Round): string {
  const { lane } = statusOf(desk);
  const facts = [
    `lane ${lane.phase}`,
    `${running} running`,
    `${waiting} waiting`,
    attention.length === 0 ? 'all is well' : styled('yellow', `look at ${named(attention)}`),
    ...(freed.length === 0 ? [] : [styled('green', `freed ${freed.map(formatTaskId).join(', ')}`)]),
    ...healed.map((each) => styled('green', each)),
  ];
  const text = facts.join(` ${glyphs().dot} `);
  return `${harmless(`${styled('dim', clockOf(desk.now()))}  ${text}`)}\n`;
}

function named(attention: readonly Attention[]): string {
  const names = attention
    .slice(0, mostNamed)
    .map(({ type, task }) => (task === null ? 'the lane' : `${formatTaskId(task)} ${type}`));
  const left = attention.length - names.length;
  return names.join(', ') + (left > 0 ? ` and ${left} more` : '');
}

function json(desk: Desk, { attention, running, waiting, freed, healed }: Round): unknown {
  const { lane } = statusOf(desk);
  const at = new Date(desk.now()).toISOString();
  const to_look_at = attention.map(attentionJson);
  return { ok: true, at, lane, running, waiting, to_look_at, freed, healed };
}
