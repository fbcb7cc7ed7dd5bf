/** `signalbox agent remove`: takes an agent out of AI/agents.json. */
import { removeAgent } from '../../coordinator/agentsFile.ts';
import { aboutQueue, done, refused } from '../answer.ts';
import { agentNameOf } from '../invocation.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'agent remove NAME',
  summary: 'Takes an agent out of AI/agents.json.',
  details:
    'What it holds stays its own. The name may still claim, as any name that is not configured.',
  positionals: ['NAME'],
  async run(invocation) {
    const name = agentNameOf(invocation.required('NAME'));
    const desk = await invocation.desk();
    const changed = await removeAgent(desk.paths.agents, name);
    if (!changed.ok) return refused(changed.refusal.reason, changed.refusal.message);
    const outcome = await desk.execute(
      invocation.command<'agent'>({ type: 'agent', name, removed: true }),
    );
    const answer = aboutQueue(outcome, (seq) => done({ seq, name }, `${name} is out`));
    const { keptAt } = changed;
    return keptAt === null
      ? answer
      : { ...answer, note: `Comments cannot be kept; the file as it was is ${keptAt}.` };
  },
};
