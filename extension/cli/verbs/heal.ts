/** `signalbox heal`: puts right what needs no decision of a person. */
import { heal } from '../../coordinator/heal.ts';
import { done } from '../answer.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'heal',
  summary: 'Frees what the dead hold, retries what is due, rebuilds what is computed from the log.',
  details: `Says what it did, and records it as HEALED; where all is well it does nothing. Edits of
TASK_QUEUE.json and lines of scripts are taken in as by every command. With agents configured,
work that nobody started is evened out. A log that halted is not its business:
\`signalbox store recover\` is the cure.`,
  // What it frees is for it to say.
  sweeps: false,
  async run(invocation) {
    const desk = await invocation.desk();
    const healed = await heal(desk, invocation.agent);
    const text =
      healed.length === 0 ? 'All is well; nothing was done.' : healed.map(sentence).join('\n');
    return done({ healed }, text);
  },
};

/** For the terminal; the log has it as a part of a list. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
