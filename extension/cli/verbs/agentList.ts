/** `signalbox agent list`: the agents, what they can do, and what they hold. */
import { formatTaskId } from '../../core/ids.ts';
import { workload } from '../../core/projections/workload.ts';
import type { AgentWorkload } from '../../core/projections/workload.ts';
import { items } from '../answer.ts';
import { plain } from '../render/text.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'agent list',
  summary: 'Configured agents and all that ever held a task, with capabilities and capacity.',
  details: `Without AI/agents.json there are Copilot, Claude and ChatGPT. \`Name-2\` is as \`Name\`. Any other
name can do every type, unless agents_strict is set in AI/config.json.`,
  async run(invocation) {
    const desk = await invocation.desk();
    const rows = workload(desk.queue, desk.rules, desk.now());
    return items(rows.map(json), rows.map(line).join('\n'));
  },
};

function json(row: AgentWorkload): Record<string, unknown> {
  const { agent, configured, capabilities, capacity, held, setAside } = row;
  return {
    name: agent,
    configured,
    capabilities: configured ? capabilities : null,
    capacity,
    held: held.map(({ task }) => task),
    set_aside: setAside,
  };
}

function line({ agent, configured, capabilities, capacity, held }: AgentWorkload): string {
  const can = configured ? capabilities.join(', ') : 'every type (not configured)';
  const holds =
    held.length === 0 ? 'nothing' : held.map(({ task }) => formatTaskId(task)).join(', ');
  return plain(`${agent}: ${can}; capacity ${capacity}; holds ${holds}`);
}
