/** `signalbox health`: is everything as it should be? */
import { checkHealth } from '../../coordinator/health.ts';
import type { HealthCheck } from '../../coordinator/health.ts';
import { StoreError } from '../../store/taskStore.ts';
import { plain, styled } from '../render/text.ts';
import type { Verb } from '../verb.ts';
import { exit } from '../answer.ts';

const marks = { ok: ['green', 'ok  '], warn: ['yellow', 'warn'], fail: ['red', 'FAIL'] } as const;

export const verb: Verb = {
  usage: 'health',
  summary: 'Every check with its verdict: 0, 3 where one fails, 5 where the log has halted.',
  async run(invocation) {
    try {
      const desk = await invocation.desk();
      const checks = checkHealth(desk);
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

function render({ name, verdict, message }: HealthCheck): string {
  const [style, mark] = marks[verdict];
  return `${styled(style, mark)}  ${name.padEnd(12)} ${plain(message)}`;
}
