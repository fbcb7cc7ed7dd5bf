/** `signalbox clear`: ends waiting tasks, telling whoever waits for them. */
import { createInterface } from 'node:readline/promises';
import { UsageError, aboutQueue, done } from '../answer.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'clear [--session S] [--all] [--yes]',
  summary: "Ends the lane's waiting tasks as skipped.",
  details: `What runs now goes on. --all takes the tasks of outside agents too, and asks first.`,
  options: {
    session: { type: 'string', value: 'S', help: 'Only the tasks of that session.' },
    all: { type: 'boolean', help: 'Tasks of outside agents too.' },
    yes: { type: 'boolean', help: 'Answers yes to the question.' },
  },
  async run(invocation) {
    const session = invocation.option('session') ?? null;
    const all = invocation.flag('all');
    if (all && !invocation.flag('yes') && !(await isConfirmed())) {
      return done({ skipped: 0 }, 'Nothing was cleared');
    }
    const desk = await invocation.desk();
    const command = invocation.command<'clearWaiting'>({ type: 'clearWaiting', session, all });
    const outcome = await desk.execute(command);
    const skipped = outcome.ok ? outcome.records.filter(({ event }) => event === 'SKIPPED') : [];
    return aboutQueue(outcome, (seq) =>
      done({ seq, skipped: skipped.length }, `Skipped ${skipped.length} waiting tasks`),
    );
  },
};

async function isConfirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UsageError('--all ends tasks of outside agents too. Confirm with --yes.');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const reply = await terminal.question('End all waiting tasks, those of other agents too? [y/N] ');
  terminal.close();
  return /^y(es)?$/i.test(reply.trim());
}
