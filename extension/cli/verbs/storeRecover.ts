/** `signalbox store recover`: the cure of a halted log. */
import { position } from '../../core/ids.ts';
import type { Recovered } from '../../store/file/recover.ts';
import { recoverRemote } from '../../store/openLog.ts';
import { StoreError } from '../../store/taskStore.ts';
import { findWorkspace } from '../../coordinator/workspace.ts';
import { openToInspect } from '../inspection.ts';
import type { Invocation } from '../invocation.ts';
import { logOptionsOf } from '../openDesk.ts';
import type { Verb } from '../verb.ts';
import { done, refused } from '../answer.ts';

const reasons = {
  healthy:
    'The log is sound; there is nothing to recover. --to SEQ goes back to a position on purpose.',
  'too-new': 'The log was written by a newer Signalbox; update this one first.',
  'unknown-position':
    'That is no position to go back to: it cannot be read, or lies within a command.',
} as const;

const onServer =
  'The server holds all that this workspace has seen of the log, so there is nothing to recover here. What is damaged in a database, or is to go back to an older state, is put back from a copy of it.';

export const verb: Verb = {
  usage: 'store recover [--to SEQ]',
  summary: 'Ends a halt: begins a new epoch after the last sound position.',
  details: `Nothing is deleted: the damaged segment stays as it is beside the new one, and positions go on
above any that were ever given out, so no old token becomes valid again.`,
  options: { to: { type: 'string', value: 'SEQ', help: 'The last position to keep.' } },
  async run(invocation) {
    const to = invocation.number('to');
    const recovered = await recover(invocation, to);
    if (recovered === null) return refused('healthy', onServer);
    if (!recovered.ok) return refused(recovered.reason, reasons[recovered.reason]);
    const { kept, seq, epoch, segment } = recovered;
    // Opening it anew brings the projections back to what the log now says.
    await invocation.desk();
    const text = `Kept everything up to position ${kept}; epoch ${epoch} begins at ${seq} in ${segment}`;
    return done({ kept, seq, epoch, segment }, text);
  },
};

/** Null where the log is on a server, which has nothing to recover. */
async function recover(invocation: Invocation, to: number | undefined): Promise<Recovered | null> {
  try {
    const { store } = await openToInspect(invocation);
    if (store.engine !== 'file') return null;
    return store.recover(to === undefined ? {} : { to: position(to) });
  } catch (error) {
    // Files that are damaged can be opened; what cannot is on a server.
    if (!(error instanceof StoreError) || error.code !== 'STORE_HALTED') throw error;
    const { cwd, env } = invocation;
    const paths = findWorkspace({ cwd, explicit: invocation.option('workspace'), env });
    const recovered = await recoverRemote(logOptionsOf(paths, env, false));
    return recovered.ok ? recovered : null;
  }
}
