/** `signalbox pause`: keeps the lane, or the whole queue, from starting more. */
import { aboutQueue, done } from '../answer.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'pause [--queue]',
  summary: 'Stops the lane from starting more; what runs goes on.',
  options: { queue: { type: 'boolean', help: 'next and claim are refused too.' } },
  async run(invocation) {
    const scope = invocation.flag('queue') ? 'queue' : 'lane';
    const desk = await invocation.desk();
    const outcome = await desk.execute(invocation.command<'pause'>({ type: 'pause', scope }));
    return aboutQueue(outcome, (seq) => done({ seq, paused: scope }, `The ${scope} is paused`));
  },
};
