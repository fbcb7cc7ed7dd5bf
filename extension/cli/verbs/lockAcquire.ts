/** `signalbox lock acquire`: a claim by its older name. */
import { takeClaim } from '../takeClaim.ts';
import type { Verb } from '../verb.ts';

/** As scripts have always been told. */
const usualTries = 3;

export const verb: Verb = {
  usage: 'lock acquire ID AGENT [--tries N]',
  summary: 'Takes a task for an agent, whatever it depends on.',
  details: `The same as \`claim\`, but neither open dependencies nor reserved paths stand in its way, and a
held task is tried 3 times, two seconds apart. Overlapping paths show in \`health\`.`,
  positionals: ['ID', 'AGENT'],
  options: {
    tries: { type: 'string', value: 'N', help: 'How often a held task is tried; default 3.' },
    token: { type: 'string', value: 'N', help: 'Of the claim that is held already.' },
  },
  sweeps: false,
  run: (invocation) => takeClaim(invocation, { usualTries, lockOnly: true }),
};
