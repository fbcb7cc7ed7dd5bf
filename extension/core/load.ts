/**
 * How much each agent has to do, and who should get the next task: count what each one holds, leave
 * out who cannot do it or has no room, take the least loaded.
 *
 * Chooses and changes nothing; whether the task may be taken at all is `decide`'s.
 */
import type { TaskKey } from './ids.ts';
import type { Queue } from './queue.ts';
import { tasksOf } from './queue.ts';
import type { Rules } from './rules.ts';
import { agentRules, isCapable } from './rules.ts';
import type { Task } from './task.ts';
import { claimOf } from './task.ts';

/** Tasks that each agent holds: in progress, and locked by a plain script of that name. */
export type Loads = ReadonlyMap<string, number>;

/** What an agent is taken to manage at once where nobody said how much. */
const usualCapacity = 1;

export function loads(
  queue: Queue,
  { locked }: { readonly locked?: ReadonlyMap<TaskKey, string> | undefined },
): Loads {
  const found = new Map<string, number>();
  const count = (agent: string) => found.set(agent, (found.get(agent) ?? 0) + 1);
  for (const task of tasksOf(queue, queue.held)) {
    const claim = claimOf(task);
    if (claim !== null && !claim.lane) count(claim.agent);
  }
  for (const [key, owner] of locked ?? []) {
    if (!queue.held.has(key)) count(owner);
  }
  return found;
}

/** How many tasks `agent` works on at once, as configured or as usual. */
export function capacityOf(rules: Rules, agent: string): number {
  return agentRules(rules, agent)?.capacity ?? usualCapacity;
}

/** Whether `agent` holds less than it was configured to; true where no capacity was configured. */
export function hasRoomFor(rules: Rules, agent: string, held: Loads): boolean {
  const capacity = agentRules(rules, agent)?.capacity ?? null;
  return capacity === null || (held.get(agent) ?? 0) < capacity;
}

/** Agents that may be chosen: the configured ones, and others that hold a task at present. */
export function candidates(queue: Queue, rules: Rules): readonly string[] {
  const holders = [...tasksOf(queue, queue.held)].flatMap((task) => {
    const claim = claimOf(task);
    const isAgent = claim !== null && !claim.lane && !claim.agent.startsWith('human:');
    return isAgent ? [claim.agent] : [];
  });
  return [...new Set([...rules.agents.keys(), ...holders.sort()])];
}

/**
 * The one of `agents` that can do `task` and has the least to do for its capacity; of equals the
 * first. Null where none can.
 */
export function leastLoaded(
  agents: readonly string[],
  task: Task,
  rules: Rules,
  held: Loads,
): string | null {
  const [first] = agents
    .filter((agent) => isCapable(rules, agent, task.content.type))
    .map((agent) => ({ agent, share: (held.get(agent) ?? 0) / capacityOf(rules, agent) }))
    .sort((a, b) => a.share - b.share);
  return first?.agent ?? null;
}

/** The least loaded configured agent that can do `task` and is not the one that failed it. */
export function chooseOther(queue: Queue, task: Task, rules: Rules): string | null {
  const held = loads(queue, {});
  const others = [...rules.agents.keys()].filter((agent) => agent !== task.lastClaim?.agent);
  return (
    leastLoaded(others, task, rules, held) ??
    leastLoaded([...rules.agents.keys()], task, rules, held)
  );
}
