/** `signalbox claim`: takes one task for an agent. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Outcome } from '../../coordinator/coordinator.ts';
import { UsageError, aboutTask } from '../answer.ts';
import { claimAnswer } from '../claimAnswer.ts';
import type { Verb } from '../verb.ts';

/** Two seconds between the tries for a held task, as scripts have always been told. */
const betweenTriesMs = 2_000;

export const verb: Verb = {
  usage: 'claim ID [AGENT] [--tries N] [--token N]',
  summary: 'Takes a task; answers with the fencing token of the claim.',
  details: `A held task is refused at once (3, already-claimed), or tried N times two seconds apart.
Keep the token: \`complete\`, \`fail\` and \`release\` with it can never hit someone else's claim.`,
  positionals: ['ID', 'AGENT?'],
  options: {
    tries: { type: 'string', value: 'N', help: 'How often a held task is tried; default 1.' },
    token: { type: 'string', value: 'N', help: 'Of the claim that is held already.' },
  },
  async run(invocation) {
    const task = invocation.taskId();
    const { agent } = invocation;
    if (agent === null) throw new UsageError('Whose claim is it? Give AGENT or $SIGNALBOX_AGENT.');
    const tries = invocation.number('tries') ?? 1;
    const desk = await invocation.desk();
    const { caller } = invocation;
    const command = invocation.command<'claim'>({ type: 'claim', task, agent, caller });
    let outcome: Outcome;
    for (let tried = 1; ; tried++) {
      await desk.sweep(task);
      outcome = await desk.execute(command);
      const held = !outcome.ok && outcome.rejection.reason === 'already-claimed';
      if (!held || tried >= tries) break;
      await pause(betweenTriesMs);
    }
    return aboutTask(outcome, (id) => claimAnswer(desk, id));
  },
};
