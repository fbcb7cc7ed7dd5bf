/** What only a terminal shows: the live dashboard, the menu, colours. */
import { expect, test } from 'vitest';
import { preparedWorkspace } from '../../support/cli.ts';
import type { Terminal } from '../../support/terminal.ts';
import { eventually } from '../../support/supervisor.ts';
import { cliInTerminal } from '../../support/terminal.ts';

const escape = '\u001b';
const enter = `${escape}[?1049h`;
/** Wrapping and cursor as before, and the screen that was there. */
const leave = `${escape}[?7h${escape}[?25h${escape}[?1049l`;

/** The last whole picture, without colours. */
function picture(terminal: Terminal): readonly string[] {
  const frames = terminal.shown().split(`${escape}[H`);
  const whole = frames.findLast((frame) => frame.includes(`${escape}[?2026l`)) ?? '';
  // eslint-disable-next-line no-control-regex -- escapes are what is taken out
  return whole.replace(/\u001b\[[\d;?]*[A-Za-z]/g, '').split(/\r*\n/);
}

test('the dashboard shows what others do, fits the window as it changes, and leaves on q', async () => {
  const ws = await preparedWorkspace();
  await ws.ok('add', 'There before');
  const terminal = await cliInTerminal(ws, ['dashboard'], { columns: 90, rows: 30 });
  await terminal.shows('There before');
  expect(terminal.shown()).toContain(enter);
  await ws.ok('add', `Added meanwhile ${'and rather long '.repeat(12)}`);
  await terminal.shows('Added meanwhile');
  terminal.resize(60, 12);
  await eventually('it fits', () => {
    const lines = picture(terminal);
    const isNarrow = lines.every((line) => line.length <= 60);
    return isNarrow && lines.length <= 12 && lines.join().includes('Added meanwhile');
  });
  terminal.type('q');
  expect(await terminal.ended).toMatchObject({ code: 0 });
  expect(terminal.shown().endsWith(leave)).toBe(true);
});

test('the dashboard gives the terminal back on Ctrl-C and when it is told to end', async () => {
  const ws = await preparedWorkspace();
  const stops: readonly ((terminal: Terminal) => void)[] = [
    (terminal) => terminal.type('\u0003'),
    ({ pid }) => process.kill(pid, 'SIGTERM'),
  ];
  for (const stop of stops) {
    const terminal = await cliInTerminal(ws, ['dashboard']);
    await terminal.shows(`${escape}[?2026l`);
    stop(terminal);
    expect(await terminal.ended).toMatchObject({ code: 0 });
    expect(terminal.shown().endsWith(leave)).toBe(true);
  }
});

test('colours are for terminals that want them', async () => {
  const ws = await preparedWorkspace();
  await ws.ok('add', `Red ${escape}[31mtitle`);
  await ws.ok('claim', '1', 'Claude');
  const shownIn = async (env: Readonly<Record<string, string>>, ...args: readonly string[]) => {
    const terminal = await cliInTerminal(ws, args, { env });
    expect(await terminal.ended).toMatchObject({ code: 0 });
    return terminal.shown();
  };
  const coloured = await shownIn({}, 'workload');
  expect(coloured).toContain(`${escape}[34m`);
  expect(coloured).not.toContain(`${escape}[31mtitle`);
  expect(await shownIn({ NO_COLOR: '1' }, 'workload')).not.toContain(escape);
  // A terminal that cannot move its cursor gets the dashboard once.
  const once = await shownIn({ TERM: 'dumb' }, 'dashboard');
  expect(once).toContain('Running (1)');
  expect(once).not.toContain(escape);
});

test('the menu does by number what the verbs do, and asks for what they need', async () => {
  const ws = await preparedWorkspace();
  await ws.ok('add', 'A task');
  const terminal = await cliInTerminal(ws, ['menu']);
  const top = 'Number, or q to quit: ';
  await terminal.shows(top);
  /** Replies to each question in turn, and waits to be asked what to do next. */
  const choose = async (label: string, ...replies: readonly (readonly [string, string])[]) => {
    const number = new RegExp(`(\\d+) {2}${label}`).exec(terminal.shown())?.[1] ?? label;
    let said = number;
    for (const [question, reply] of [...replies, [top, ''] as const]) {
      const before = terminal.shown().length;
      terminal.type(`${said}\r`);
      await terminal.shows(question, before);
      said = reply;
    }
  };
  await choose('List all');
  expect(terminal.shown()).toContain('pending');
  await choose('Claim a task', ['Task: ', '1'], ['Agent: ', 'Claude']);
  expect(ws.task(1)).toMatchObject({ status: 'in_progress', assigned_to: 'Claude' });
  await choose('Next task', ['Agent (may be empty): ', '']);
  expect(terminal.shown()).toContain('There is none.');
  await choose('Add a task', ['Title: ', 'By the menu']);
  expect(ws.task(2)).toMatchObject({ title: 'By the menu', status: 'pending' });
  await choose('Next task', ['Agent (may be empty): ', '']);
  expect(terminal.shown()).toContain('#2 "By the menu"');
  await choose('99');
  expect(terminal.shown()).toContain('There is no choice "99".');
  terminal.type('q\r');
  expect(await terminal.ended).toMatchObject({ code: 0 });
});

test('without a terminal the menu is wrong usage, and the dashboard prints once', async () => {
  const ws = await preparedWorkspace();
  expect(await ws.exits(2, 'menu')).toMatchObject({ ok: false, reason: 'usage' });
  const shown = await ws.ok('dashboard');
  expect(shown).toContain('the lane is idle');
  expect(shown).not.toContain(escape);
  expect(await ws.run(['dashboard', '--web', '--once'])).toMatchObject({ code: 2 });
  expect(await ws.run(['dashboard', '--port', '7070'])).toMatchObject({ code: 2 });
});
