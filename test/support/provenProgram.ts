/**
 * A process that adds, claims and completes a task, rotates the log meanwhile, and projects each
 * change, under command ids that are given, so that it can be killed or made to fail anywhere and be repeated.
 *
 * Arguments: the workspace, a name that no other run has but its repetitions, and `claimed` for a
 * repetition of one that was told that it has the task: to ask again for one that may be completed by
 * now is refused, rightly.
 * Output: `begin`, then for each change that was acknowledged a line `ack ID EVENT,EVENT`, and at the
 * end `end`; or `error CODE MESSAGE` and exit code 5.
 */
import { writeSync } from 'node:fs';
import { StoreError } from '../../extension/store/taskStore.ts';
import { add, claim, complete } from './core.ts';
import type { Request } from './core.ts';
import { openDesk } from './projection.ts';

const [dir = '', name = '', known = ''] = process.argv.slice(2);

/** Says it again where the one call that fails turns out to be this one, and none of the store's. */
function say(text: string): void {
  try {
    writeSync(1, `${text}\n`);
  } catch {
    writeSync(1, `${text}\n`);
  }
}

async function work(): Promise<void> {
  const desk = await openDesk(dir);
  const step = async (what: string, request: Request) => {
    const id = `${name}-${what}`;
    const { coordinator } = desk;
    const outcome = await coordinator.execute({ by: null, ...request, id });
    if (!outcome.ok) throw new Error(outcome.rejection.message);
    say(`ack ${id} ${outcome.records.map(({ event }) => event).join()}`);
    for (const warning of (await desk.project()).warnings) say(`warning ${warning}`);
    return outcome.task;
  };
  const task = (await step('add', add(name))) ?? 0;
  if (known !== 'claimed') await step('claim', claim(task, name));
  await desk.coordinator.rotate({ id: `${name}-rotate`, by: null }, 'audit');
  say(`ack ${name}-rotate SEALED,SNAPSHOT`);
  await step('complete', complete(task, { agent: name }));
  await desk.store[Symbol.asyncDispose]();
  say('end');
}

say('begin');
await work().catch((error: unknown) => {
  const code = error instanceof StoreError ? error.code : ((error as { code?: string }).code ?? '');
  say(`error ${code} ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 5;
});
