/**
 * Ends a held task for its holder, who may hold it by a claim or by the lock of a plain script.
 *
 * Says nothing: the answer is the verb's.
 */
import type { Command } from '../core/command.ts';
import type { Outcome } from '../coordinator/coordinator.ts';
import type { Desk } from '../coordinator/desk.ts';

export async function executeAsHolder(
  desk: Desk,
  command: Command<'complete' | 'fail' | 'release'>,
): Promise<Outcome> {
  const outcome = await desk.execute(command);
  const { agent, token } = command.caller;
  const isUnclaimed = !outcome.ok && outcome.rejection.reason === 'not-claimed';
  if (!isUnclaimed || token !== undefined) return outcome;
  const { claimByScriptLock } = await import('../coordinator/scriptHolders.ts');
  return (await claimByScriptLock(desk, command.task, agent)) ? desk.execute(command) : outcome;
}
