/** `signalbox interrupt`: stops what the lane runs. */
import { formatTaskId } from '../../core/ids.ts';
import type { Desk } from '../../coordinator/desk.ts';
import { SettingsFiles } from '../../coordinator/settingsFiles.ts';
import { fold } from '../../core/evolve.ts';
import { StoreError } from '../../store/taskStore.ts';
import { aboutQueue, done, exit, refused } from '../answer.ts';
import { openToInspect } from '../inspection.ts';
import type { Invocation } from '../invocation.ts';
import { stopLane, stopRecorded } from '../../coordinator/stopLane.ts';
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
    let desk: Desk;
    try {
      desk = await invocation.desk();
    } catch (error) {
      if (error instanceof StoreError && error.code === 'STORE_HALTED') {
        return stopWithoutLog(invocation, error);
      }
      throw error;
    }
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

/** A stop needs no log that can be written; it is the one thing that a halted one still allows. */
async function stopWithoutLog(invocation: Invocation, cause: StoreError): Promise<Answer> {
  const { paths, store } = await openToInspect(invocation);
  if (store.engine !== 'file') throw cause;
  const queue = fold(store.soundRecords());
  const ladder = new SettingsFiles(paths).current().interrupt;
  const stopped = await stopRecorded(queue, ladder, cause);
  if (stopped === null) return done({ stopped: null }, 'Nothing was running');
  const { message } = stopped;
  const task = stopped.ended ? stopped.task : null;
  const json = { ok: false, reason: 'store-halted', message, stopped: task };
  return { exit: exit.store, json, note: message };
}

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
