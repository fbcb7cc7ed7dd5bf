/** `signalbox interrupt`: stops what the lane runs. */
import { formatTaskId } from '../../core/ids.ts';
import { aboutQueue, done, refused } from '../answer.ts';
import { stopLane } from '../../coordinator/stopLane.ts';
import type { Verb } from '../verb.ts';
import type { Answer } from '../answer.ts';

export const verb: Verb = {
  usage: 'interrupt [--clear] [--farewell NAME]',
  summary: 'Stops what the lane runs, and its whole process tree.',
  details: `The task rests as interrupted until \`retry\` or \`cancel\`; its output is kept.
With nothing running it answers so and exits with 0.`,
  options: {
    clear: { type: 'boolean', help: "Ends the lane's waiting tasks too (each is skipped)." },
    farewell: { type: 'string', value: 'NAME', help: 'A configured farewell to run afterwards.' },
  },
  sweeps: false,
  async run(invocation) {
    const desk = await invocation.desk();
    const farewell = invocation.option('farewell');
    // Clearing first: nothing may slip in between the stop and the clearing.
    if (invocation.flag('clear')) {
      const clear = invocation.command<'clearWaiting'>({
        type: 'clearWaiting',
        session: null,
        all: false,
      });
      const cleared = aboutQueue(await desk.execute(clear), () => done({}, ''));
      if (cleared.exit !== 0) return cleared;
    }
    const stopped = await stopLane(desk, {
      ...invocation.command<'interrupt'>({
        type: 'interrupt',
        then: 'interrupt',
        reason: `Interrupted by ${invocation.agent ?? 'a person'}`,
        ...(farewell === undefined ? {} : { farewell }),
      }),
      ...(invocation.flag('clear') ? { id: crypto.randomUUID() } : {}),
    });
    return answer(stopped);
  },
};

function answer(stopped: Awaited<ReturnType<typeof stopLane>>): Answer {
  switch (stopped.type) {
    case 'nothing':
      return done({ stopped: null }, 'Nothing was running');
    case 'stopped':
      return done(
        { stopped: stopped.task, seq: stopped.seq },
        `Stopped ${formatTaskId(stopped.task)}; it rests until you retry or cancel it`,
      );
    case 'not-stopped':
      return refused('lane-held', stopped.message);
  }
}
