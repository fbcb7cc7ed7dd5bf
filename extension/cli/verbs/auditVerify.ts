/** `signalbox audit verify`: is every line of the log as it was written? */
import { openDamaged } from '../inspection.ts';
import type { Verb } from '../verb.ts';
import { done, exit } from '../answer.ts';

export const verb: Verb = {
  usage: 'audit verify',
  summary: 'Checks the chain of the log: 0, or 5 naming the damaged line.',
  details: `Finds accidents and careless edits: a line that was changed, removed or swapped. Whoever can write
the file can also recompute the chain; keep a position and its hash elsewhere against that.
Torn lines (a crash, a full disk) and lost races are counted and are no damage.`,
  async run(invocation) {
    const { damage, records, counts: verdicts } = openDamaged(invocation).inspect();
    const [torn = 0, losers = 0, foreign = 0] = (['torn', 'loser', 'foreign'] as const).map(
      (each) => verdicts.get(each),
    );
    const counts = { records: records.length, torn, losers, foreign };
    if (damage !== null) {
      const { kind, segment, line, message } = damage;
      const where = { kind, segment, line };
      const file = `seg-${segment}.jsonl`;
      const text = `${file}${line === null ? '' : `, line ${line}`}: ${message}`;
      const json = { ok: false, reason: 'store-halted', message: text, damage: where, ...counts };
      return { exit: exit.store, json, note: text };
    }
    const last = records.at(-1);
    const extras = [
      ...(torn > 0 ? [`${torn} torn`] : []),
      ...(losers > 0 ? [`${losers} lost races`] : []),
      ...(foreign > 0 ? [`${foreign} of other logs`] : []),
    ];
    const ignored = extras.length === 0 ? '' : ` Ignored: ${extras.join(', ')}.`;
    const text = `${records.length} events verified, up to position ${last?.seq ?? 0}.${ignored}`;
    return done({ seq: last?.seq ?? 0, ...counts }, text);
  },
};
