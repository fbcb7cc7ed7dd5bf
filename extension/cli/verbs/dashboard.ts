/** `signalbox dashboard`: the whole queue on one screen, live in a terminal or in a browser. */
import type { LogRecord } from '../../core/event.ts';
import type { Desk } from '../../coordinator/desk.ts';
import { exit, UsageError } from '../answer.ts';
import { attentionJson } from '../attention.ts';
import type { Overview } from '../overview.ts';
import { overviewOf } from '../overview.ts';
import { isTerminal } from '../output.ts';
import { dashboardLines } from '../render/dashboard.ts';
import { statusOf } from '../render/status.ts';
import { terminalWidth } from '../render/text.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'dashboard [--once] [--web [--port N]]',
  summary: 'The whole queue on one screen, live in a terminal or with --web in a browser; q quits.',
  details: `What runs, what needs a look, what comes next and why, what waits, who is busy, what happened.
Without a terminal, with --once or with --json it prints once.
--web serves the view of the editor to one browser on this machine, at an address that opens it
once, until Ctrl-C. There one adds, moves, cancels, retries, pauses and interrupts; programs are
approved in a terminal. With --json it prints {"ok":true,"url":…,"port":…} and goes on serving.`,
  options: {
    once: { type: 'boolean', help: 'Prints it and ends.' },
    web: { type: 'boolean', help: 'Serves it to a browser on this machine.' },
    port: { type: 'string', value: 'N', help: 'With --web: the port; default: any that is free.' },
  },
  async run(invocation) {
    if (invocation.flag('web')) {
      if (invocation.flag('once')) throw new UsageError('--web goes on until Ctrl-C: no --once.');
      const { serveDashboard } = await import('../webDashboard.ts');
      return serveDashboard(invocation);
    }
    if (invocation.option('port') !== undefined) throw new UsageError('--port goes with --web.');
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
