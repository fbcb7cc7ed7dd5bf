/** `signalbox resume`: undoes every pause. */
import { randomUUID } from 'node:crypto';
import { aboutQueue, done } from '../answer.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'resume',
  summary: 'Lets the lane and the queue go on.',
  async run(invocation) {
    const desk = await invocation.desk();
    const resume = { type: 'resume', by: invocation.agent } as const;
    await desk.execute({ ...resume, scope: 'lane', id: invocation.commandId });
    const outcome = await desk.execute({ ...resume, scope: 'queue', id: randomUUID() });
    return aboutQueue(outcome, () => done({ seq: desk.queue.end }, 'The lane and the queue go on'));
  },
};
