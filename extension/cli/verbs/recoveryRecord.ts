/** `signalbox recovery record`: `fail`, with the words in the order that the older scripts have. */
import { verb as fail } from './fail.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  ...fail,
  usage: 'recovery record ID AGENT CLASS MESSAGE [--token N]',
  summary: 'Records that an attempt of the holder failed; the same as `fail`.',
  positionals: ['ID', 'AGENT', 'ERROR_CLASS', 'MESSAGE?'],
};
