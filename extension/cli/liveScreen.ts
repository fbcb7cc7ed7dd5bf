/**
 * The dashboard in the terminal's other screen, drawn anew on every change, second and resize.
 *
 * Leaves the terminal as it found it, however it ends. What is drawn is the dashboard's business.
 */
import type { LogRecord } from '../core/event.ts';
import type { Desk } from '../coordinator/desk.ts';
import { overviewOf } from './overview.ts';
import { printOut } from './output.ts';
import { dashboardLines } from './render/dashboard.ts';
import { harmless, styled } from './render/text.ts';

/** Other screen, no cursor, no wrapping; and back. */
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l';
/** Drawn at once where the terminal knows how, so that nothing flickers. */
const begin = '\u001b[?2026h\u001b[H';
const end = '\u001b[J\u001b[?2026l';
const restOfLine = '\u001b[K';

const tickMs = 1_000;
/** A busy queue changes more often than anyone can read. */
const leastMs = 100;
/** Whoever watches wants to see what the dead held go free. */
const sweepMs = 2_000;
const quitKeys = new Set(['q', 'Q', '\u0003', '\u0004', '\u001b']);
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Until `q`, Ctrl-C or a signal. `records` is the whole past; it grows. */
export async function showLive(desk: Desk, records: LogRecord[]): Promise<void> {
  const stop = new AbortController();
  const wake = () => desk.wake();
  const quit = () => {
    stop.abort();
    wake();
  };
  const onKey = (keys: Buffer) => {
    if (quitKeys.has(keys.toString())) quit();
  };
  const restore = () => {
    if (process.stdin.isTTY) process.stdin.setRawMode(false).pause();
    printOut(leave);
  };
  for (const signal of signals) process.on(signal, quit);
  process.stdout.on('resize', wake);
  // Also where an error ends this process.
  process.once('exit', restore);
  if (process.stdin.isTTY) process.stdin.setRawMode(true).on('data', onKey);
  printOut(enter);
  desk.keepProjecting();
  let sweptAtMs = -Infinity;
  try {
    while (!stop.signal.aborted) {
      if (performance.now() - sweptAtMs > sweepMs) {
        await desk.sweep();
        sweptAtMs = performance.now();
      }
      draw(desk, records);
      await new Promise((resolve) => setTimeout(resolve, leastMs));
      records.push(...(await desk.waitForChange(tickMs)));
    }
  } finally {
    for (const signal of signals) process.off(signal, quit);
    process.off('exit', restore);
    restore();
  }
}

function draw(desk: Desk, records: readonly LogRecord[]): void {
  const { columns, rows } = process.stdout;
  const size = { width: Math.max(20, columns), height: Math.max(4, rows - 1) };
  const lines = dashboardLines(desk, overviewOf(desk, records), size);
  const blank = Array.from({ length: Math.max(0, size.height - lines.length) }, () => '');
  const shown = [...lines.map(harmless), ...blank, styled('dim', 'q quits')];
  printOut(begin + shown.map((line) => line + restOfLine).join('\r\n') + end);
}
