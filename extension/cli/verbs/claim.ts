/** `signalbox claim`: takes one task for an agent. */
import { takeClaim } from '../takeClaim.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'claim ID [AGENT] [--tries N] [--token N]',
  summary: 'Takes a task; answers with the fencing token of the claim.',
  details: `A held task is refused at once (3, already-claimed), or tried N times two seconds apart.
All else is refused at once: dependencies-open, paths-reserved (a held task reserves paths that
this one would touch), not-due, poisoned, lane-task, paused.
Keep the token: \`complete\`, \`fail\` and \`release\` with it can never hit someone else's claim.`,
  positionals: ['ID', 'AGENT?'],
  options: {
    tries: { type: 'string', value: 'N', help: 'How often a held task is tried; default 1.' },
    token: { type: 'string', value: 'N', help: 'Of the claim that is held already.' },
  },
  sweeps: false,
  run: (invocation) => takeClaim(invocation, { usualTries: 1 }),
};
