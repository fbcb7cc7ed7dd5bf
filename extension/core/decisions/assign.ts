/** Giving a task to an agent that did not ask: the least loaded one that can do it, or one by name. */
import type { Command } from '../command.ts';
import { accept, happened, refuse, unknownTask } from '../decision.ts';
import type { DecideContext, Decision } from '../decision.ts';
import { candidates, hasRoomFor, leastLoaded, loads } from '../load.ts';
import type { Loads } from '../load.ts';
import { describeTask, findTask } from '../queue.ts';
import type { Queue } from '../queue.ts';
import { agentRules, isCapable } from '../rules.ts';
import type { Rules } from '../rules.ts';
import type { Task } from '../task.ts';
import { claimEvents, notClaimable, notFree, pathsReserved, queuePaused } from './claim.ts';

/** What an agent that nobody configured is given at once; on its own it may ask for more. */
const unknownCapacity = 1;

export function decideAssign(
  queue: Queue,
  command: Command<'assign'>,
  context: DecideContext,
): Decision {
  const task = findTask(queue, command.task);
  if (task === undefined) return unknownTask(command.task);
  if (queue.paused.queue) return queuePaused();
  const refused = notClaimable(queue, task, command, context);
  if (refused !== null) return refused;

  const held = loads(queue, context);
  const agent = command.agent ?? chosen(queue, task, held, context);
  if (agent === null) return nobody(task, context.rules);
  return (
    notFree(task, agent, context) ??
    pathsReserved(queue, task, context) ??
    unable(task, agent, held, context.rules) ??
    accept(task.id, ...events(task, agent, command))
  );
}

/** The agent that the task is kept for, else the least loaded that can do it and has room. */
function chosen(
  queue: Queue,
  task: Task,
  held: Loads,
  { now, rules }: DecideContext,
): string | null {
  const { setAside } = task;
  const withRoom = candidates(queue, rules).filter((agent) => hasRoom(agent, held, rules));
  if (setAside !== undefined && setAside.until > now) {
    const isFree = setAside.balanced !== true || withRoom.includes(setAside.agent);
    if (isFree) return setAside.agent;
  }
  return leastLoaded(withRoom, task, rules, held);
}

function nobody(task: Task, rules: Rules): Decision {
  const { type } = task.content;
  const able = [...rules.agents.keys()].filter((agent) => isCapable(rules, agent, type));
  if (able.length > 0) {
    return refuse(
      'at-capacity',
      `Nobody has room for ${describeTask(task)}: ${able.join(', ')} can do it and hold as much as they may. Name an agent, or raise a capacity with \`signalbox agent add\`.`,
    );
  }
  return refuse(
    'not-capable',
    `No agent is known to do ${type} tasks, so nobody can be chosen for ${describeTask(task)}. Name one, or add it with \`signalbox agent add\`.`,
  );
}

function unable(task: Task, agent: string, held: Loads, rules: Rules): Decision | null {
  const { type } = task.content;
  if (!isCapable(rules, agent, type)) {
    return refuse(
      'not-capable',
      `${agent} is not known to be able to do ${type} tasks such as ${describeTask(task)}. \`signalbox claim\` takes it all the same.`,
    );
  }
  if (hasRoom(agent, held, rules)) return null;
  const count = held.get(agent) ?? 0;
  return refuse(
    'at-capacity',
    `${agent} holds ${String(count)} ${count === 1 ? 'task' : 'tasks'} already, as many as it may. \`signalbox agent add ${agent} --capacity N\` lets it have more.`,
  );
}

function hasRoom(agent: string, held: Loads, rules: Rules): boolean {
  const isUnknown = agentRules(rules, agent) === undefined && !agent.startsWith('human:');
  if (isUnknown) return (held.get(agent) ?? 0) < unknownCapacity;
  return hasRoomFor(rules, agent, held);
}

/** Whoever assigns is not who works: only a process that was named for it is the holder. */
function events(task: Task, agent: string, { caller, by }: Command<'assign'>) {
  const message = by === null || by === agent ? `Assigned to ${agent}` : `Assigned by ${by}`;
  const { status } = task.state;
  const assigned = happened('ASSIGNED', { task: task.id, agent, message, status }, {});
  return [assigned, ...claimEvents(task, agent, caller.process)];
}
