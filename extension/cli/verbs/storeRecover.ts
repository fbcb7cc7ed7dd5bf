/** `signalbox store recover`: the cure of a halted log. */
import { position } from '../../core/ids.ts';
import { openDamaged } from '../inspection.ts';
import type { Verb } from '../verb.ts';
import { done, refused } from '../answer.ts';

const reasons = {
  healthy:
    'The log is sound; there is nothing to recover. --to SEQ goes back to a position on purpose.',
  'too-new': 'The log was written by a newer Signalbox; update this one first.',
  'unknown-position':
    'That is no position to go back to: it cannot be read, or lies within a command.',
} as const;

export const verb: Verb = {
  usage: 'store recover [--to SEQ]',
  summary: 'Ends a halt: begins a new epoch after the last sound position.',
  details: `Nothing is deleted: the damaged segment stays as it is beside the new one, and positions go on
above any that were ever given out, so no old token becomes valid again.`,
  options: { to: { type: 'string', value: 'SEQ', help: 'The last position to keep.' } },
  async run(invocation) {
    const to = invocation.number('to');
    const store = openDamaged(invocation);
    const recovered = store.recover(to === undefined ? {} : { to: position(to) });
    if (!recovered.ok) return refused(recovered.reason, reasons[recovered.reason]);
    const { kept, seq, epoch, segment } = recovered;
    // Opening it anew brings the projections back to what the log now says.
    await invocation.desk();
    const text = `Kept everything up to position ${kept}; epoch ${epoch} begins at ${seq} in ${segment}`;
    return done({ kept, seq, epoch, segment }, text);
  },
};
