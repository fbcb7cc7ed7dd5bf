/** `signalbox session focus`: which session the person looks at. */
import { UsageError, aboutQueue, done } from '../answer.ts';
import type { Verb } from '../verb.ts';

const maxChars = 200;

export const verb: Verb = {
  usage: 'session focus [NAME]',
  summary: 'Says which session you look at: its tasks may interrupt background work.',
  details: 'Without a name, none is in view.',
  positionals: ['NAME?'],
  async run(invocation) {
    const session = invocation.positional('NAME') ?? null;
    if (session === '' || (session !== null && session.length > maxChars)) {
      throw new UsageError(`A session has 1 to ${maxChars} characters.`);
    }
    const desk = await invocation.desk();
    const outcome = await desk.execute(invocation.command<'focus'>({ type: 'focus', session }));
    return aboutQueue(outcome, (seq) =>
      done(
        { seq, focus: session },
        session === null ? 'No session is in view' : `${session} is in view`,
      ),
    );
  },
};
