/** `signalbox assign`: claims a task for an agent that did not ask. */
import { formatTaskId } from '../../core/ids.ts';
import { aboutTask } from '../answer.ts';
import { claimAnswer } from '../claimAnswer.ts';
import { agentNameOf } from '../invocation.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'assign ID [AGENT]',
  summary: 'Gives a task to an agent: the one that is named, else the least loaded that can do it.',
  details: `Counts what each agent holds, leaves out those that cannot do this type or hold as much as they
may, and takes the least loaded. The claim is the agent's: it ends it with the token, or by its
name. Only a process given with --pid is recorded as its holder.`,
  positionals: ['ID', 'FOR?'],
  async run(invocation) {
    const task = invocation.taskId();
    const named = invocation.positional('FOR');
    const agent = named === undefined ? null : agentNameOf(named);
    const desk = await invocation.desk();
    const { caller } = invocation;
    // Whoever gives out work may end long before it is done.
    const isHolder = invocation.namesHolder || (agent !== null && caller.agent === agent);
    const outcome = await desk.execute(
      invocation.command<'assign'>({
        type: 'assign',
        task,
        agent,
        caller: isHolder ? caller : { ...caller, process: null },
      }),
    );
    return aboutTask(outcome, (id) =>
      claimAnswer(desk, id, ({ agent: chosen, token }, { content }) =>
        [`${chosen} ${token}`, `${formatTaskId(id)} ${content.title}`].join('  '),
      ),
    );
  },
};
