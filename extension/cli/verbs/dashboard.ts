/** `signalbox dashboard`: the whole queue on one screen, live in a terminal. */
import type { LogRecord } from '../../core/event.ts';
import type { Desk } from '../../coordinator/desk.ts';
import { exit } from '../answer.ts';
import { attentionJson } from '../attention.ts';
import type { Overview } from '../overview.ts';
import { overviewOf } from '../overview.ts';
import { isTerminal } from '../output.ts';
import { dashboardLines } from '../render/dashboard.ts';
import { statusOf } from '../render/status.ts';
import { terminalWidth } from '../render/text.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'dashboard [--once]',
  summary: 'The whole queue on one screen, live in a terminal; q quits.',
  details: `What runs, what needs a look, what comes next and why, what waits, who is busy, what happened.
Without a terminal, with --once or with --json it prints once.`,
  options: { once: { type: 'boolean', help: 'Prints it and ends.' } },
  async run(invocation) {
    const desk = await invocation.desk();
    const records: LogRecord[] = [...(await desk.history())];
    const isLive = isTerminal() && process.env['TERM'] !== 'dumb';
    if (isLive && !invocation.flag('once') && !invocation.json) {
      const { showLive } = await import('../liveScreen.ts');
      await showLive(desk, records);
      return { exit: exit.done };
    }
    const overview = overviewOf(desk, records);
    const lines = dashboardLines(desk, overview, { width: terminalWidth() });
    return { exit: exit.done, json: json(desk, overview), text: lines.join('\n') };
  },
};

function json(desk: Desk, { view, attention, agents, doneToday }: Overview): unknown {
  return {
    ok: true,
    ...statusOf(desk),
    running: view.held.map(({ task }) => desk.taskJson(task)),
    up_next: view.upNext.map(({ task }) => desk.taskJson(task)),
    waiting_tasks: view.waiting.map(({ task, reason }) => ({
      ...desk.taskJson(task),
      reason: reason.type,
    })),
    to_look_at: attention.map(attentionJson),
    agents: agents.map(({ agent, held, capacity }) => ({
      ...{ agent, capacity },
      held: held.map(({ task }) => task),
    })),
    done_today: doneToday,
  };
}
