/**
 * The program of `external` tasks: an outside agent does the work. The lane holds the task until
 * that agent completes or fails it with the attempt's token, or the time limit is reached.
 *
 * Starts no process, so there is nothing to stop and nothing to be silent.
 */
import type { Program } from '../program.ts';

export const externalProgram: Program = {
  prepare: async () => {
    let stop: () => void = () => undefined;
    const ended = new Promise<{ outcome: 'stopped' }>((resolve) => {
      stop = () => resolve({ outcome: 'stopped' });
    });
    return {
      process: null,
      begin: () => undefined,
      ended,
      stop: async () => {
        stop();
        return { quiet: true, by: 'ask' };
      },
    };
  },
};
