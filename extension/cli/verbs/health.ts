/** `signalbox health`: is everything as it should be? */
import type { HealthCheck } from '../../coordinator/health.ts';
import { checkThoroughly } from '../../coordinator/healthThorough.ts';
import type { Damage } from '../../store/file/logReader.ts';
import { StoreError } from '../../store/taskStore.ts';
import { plain, styled } from '../render/text.ts';
import type { Verb } from '../verb.ts';
import { exit } from '../answer.ts';
import { openToInspect, placeOf } from '../inspection.ts';

const marks = { ok: ['green', 'ok  '], warn: ['yellow', 'warn'], fail: ['red', 'FAIL'] } as const;

export const verb: Verb = {
  usage: 'health',
  summary: 'Every check with its verdict: 0, 3 where one fails, 5 where the log has halted.',
  details: `Reads every line of the log and compares every projection with it; mends nothing. Each check
that fails says what to do: \`signalbox heal\`, or \`signalbox store recover\` for a log that halted.`,
  // What the dead hold is for it to say.
  sweeps: false,
  async run(invocation) {
    try {
      const { store } = await openToInspect(invocation);
      const inspection = await store.inspect();
      if (inspection.damage !== null) {
        throw new StoreError('STORE_HALTED', haltedBy(inspection.damage));
      }
      const desk = await invocation.desk();
      const checks = await checkThoroughly(desk, inspection);
      const isHealthy = checks.every(({ verdict }) => verdict !== 'fail');
      return {
        exit: isHealthy ? exit.done : exit.refused,
        json: { ok: isHealthy, items: checks },
        text: checks.map(render).join('\n'),
      };
    } catch (error) {
      if (!(error instanceof StoreError) || error.code === 'NO_LOG') throw error;
      const log: HealthCheck = { name: 'log', verdict: 'fail', message: error.message };
      return { exit: exit.store, json: { ok: false, items: [log] }, text: render(log) };
    }
  },
};

function haltedBy(damage: Damage): string {
  return `${placeOf(damage)}: ${damage.message}. \`signalbox store recover\` ends the halt: it keeps what is sound and deletes nothing.`;
}

function render({ name, verdict, message }: HealthCheck): string {
  const [style, mark] = marks[verdict];
  return `${styled(style, mark)}  ${name.padEnd(12)} ${plain(message)}`;
}
