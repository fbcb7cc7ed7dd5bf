/**
 * A clock for a page that stands still until the test moves it: what a person has seconds for does
 * not pass by because the machine is slow.
 *
 * Frames, and timers too short for any person to notice, run as they always do.
 */
import type { Page } from 'playwright-core';

/** What waits no longer than this waits for the browser and not for a person. */
const shortMs = 400;

/** Runs in the page before anything else does. */
export const stillClockScript = `{
  const { setTimeout: soon, setInterval: often, clearTimeout: clear } = globalThis;
  const startedAt = Date.now();
  const waiting = new Map();
  let passedMs = 0;
  let lastId = 1_000_000_000;
  const later = (act, ms, everyMs) => {
    waiting.set(++lastId, { act, dueMs: passedMs + ms, everyMs });
    return lastId;
  };
  Date.now = () => startedAt + passedMs;
  globalThis.setTimeout = (act, ms = 0, ...given) =>
    ms <= ${shortMs} ? soon(act, ms, ...given) : later(() => act(...given), ms, null);
  globalThis.setInterval = (act, ms = 0, ...given) =>
    ms <= ${shortMs} ? often(act, ms, ...given) : later(() => act(...given), ms, ms);
  globalThis.clearTimeout = globalThis.clearInterval = (id) => {
    if (!waiting.delete(id)) clear(id);
  };
  globalThis.letPass = (ms) => {
    const untilMs = passedMs + ms;
    for (;;) {
      const due = [...waiting].filter(([, { dueMs }]) => dueMs <= untilMs);
      const [next] = due.sort(([, a], [, b]) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      const [id, { act, dueMs, everyMs }] = next;
      passedMs = dueMs;
      if (everyMs === null) waiting.delete(id);
      else waiting.set(id, { act, dueMs: dueMs + everyMs, everyMs });
      act();
    }
    passedMs = untilMs;
  };
}`;

/** Lets so much time go by in the page at once; what is due in it happens in its order. */
export async function letPass(page: Page, ms: number): Promise<void> {
  await page.evaluate(`letPass(${String(ms)})`);
}
