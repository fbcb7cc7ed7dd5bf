/** `signalbox watch`: the log as it grows. */
import type { LogRecord } from '../../core/event.ts';
import type { Desk } from '../../coordinator/desk.ts';
import { position } from '../../core/ids.ts';
import { isTerminal, printError, printOut } from '../output.ts';
import { renderRecord } from '../render/records.ts';
import type { Verb } from '../verb.ts';
import { exit } from '../answer.ts';

export const verb: Verb = {
  usage: 'watch [--since SEQ]',
  summary: 'The log as it grows, a line an event; ends with Ctrl-C.',
  options: {
    since: { type: 'string', value: 'SEQ', help: 'Begins after that position; default: now.' },
  },
  async run(invocation) {
    const desk = await invocation.desk();
    const since = invocation.number('since') ?? desk.queue.end;
    const print = (records: readonly LogRecord[]) => {
      const lines = invocation.json ? desk.lineTexts(records) : records.map(renderRecord);
      for (const line of lines) printOut(`${line}\n`);
    };
    if (since < desk.queue.end) print(await desk.history(position(since)));
    if (isTerminal() && !invocation.json) printError('Waiting for what happens; Ctrl-C ends it.\n');
    await watchUntilStopped(desk, print);
    return { exit: exit.done };
  },
};

async function watchUntilStopped(
  desk: Desk,
  print: (records: readonly LogRecord[]) => void,
): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop.abort();
      desk.wake();
    });
  }
  while (!stop.signal.aborted) print(await desk.waitForChange(Infinity));
}
