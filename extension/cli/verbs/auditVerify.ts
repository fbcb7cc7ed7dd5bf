/** `signalbox audit verify`: is every line of the log as it was written? */
import { checkCopies } from '../../coordinator/auditCopies.ts';
import { checkSnapshots } from '../../coordinator/snapshotCheck.ts';
import { openToInspect, placeOf } from '../inspection.ts';
import type { Verb } from '../verb.ts';
import { done, exit } from '../answer.ts';

export const verb: Verb = {
  usage: 'audit verify',
  summary: 'Checks the chain of the log: 0, or 5 naming the damaged line.',
  details: `Finds accidents and careless edits: a line that was changed, removed or swapped. Whoever can write
the file can also recompute the chain; keep a position and its hash elsewhere against that.
Torn lines (a crash, a full disk) and lost races are counted and are no damage.
The audit file and its archives are compared with the log, line by line. An audit file that was
changed is made anew by the next command that changes something; archives never are.`,
  async run(invocation) {
    const { paths, store } = await openToInspect(invocation);
    const inspection = await store.inspect();
    const { damage, records, counts: verdicts } = inspection;
    const [torn = 0, losers = 0, foreign = 0] = (['torn', 'loser', 'foreign'] as const).map(
      (each) => verdicts.get(each),
    );
    const counts = { records: records.length, torn, losers, foreign };
    if (damage !== null) {
      const { kind, segment, line, message } = damage;
      const where = { kind, segment, line };
      const text = `${placeOf(damage)}: ${message}`;
      const json = { ok: false, reason: 'store-halted', message: text, damage: where, ...counts };
      return { exit: exit.store, json, note: text };
    }
    const past = inspection.pastDamage;
    if (past !== null) {
      const { kind, segment, line } = past;
      const text = `${placeOf(past)}: ${past.message}. What came after the next snapshot, and the queue, are not affected; put the file back from a copy.`;
      const where = { kind, segment, line };
      const json = { ok: false, reason: 'past-damaged', message: text, damage: where, ...counts };
      return { exit: exit.store, json, note: text };
    }
    const snapshots = await checkSnapshots(records, store);
    if (snapshots.damage !== null) {
      const { seq, message } = snapshots.damage;
      const text = `Position ${seq}: ${message}. The events are sound; commands that open the log with this snapshot are not.`;
      const json = {
        ok: false,
        reason: 'snapshot-differs',
        message: text,
        damage: { seq },
        ...counts,
      };
      return { exit: exit.store, json, note: text };
    }
    const { damage: copy, archives, archived } = checkCopies(paths, inspection);
    if (copy !== null) {
      const text = `${copy.file}, line ${copy.line}: ${copy.message}. The log itself is sound.`;
      const json = { ok: false, reason: 'audit-changed', message: text, damage: copy, ...counts };
      return { exit: exit.store, json, note: text };
    }
    const last = records.at(-1);
    const extras = [
      ...(torn > 0 ? [`${torn} torn`] : []),
      ...(losers > 0 ? [`${losers} lost races`] : []),
      ...(foreign > 0 ? [`${foreign} of other logs`] : []),
    ];
    const ignored = extras.length === 0 ? '' : ` Ignored: ${extras.join(', ')}.`;
    const kept =
      archives === 0 ? '' : ` ${archives} archives with ${archived} lines agree with it.`;
    const seq = last?.seq ?? 0;
    const text = `${records.length} events verified, up to position ${seq}.${kept}${ignored}`;
    return done({ seq, ...counts, snapshots: snapshots.compared, archives, archived }, text);
  },
};
