/**
 * What claiming, assigning and balancing do to the naive model: read from PRODUCT.md and CONTRACT.md
 * like the other commands, with no helper of the core.
 */
import type { Command } from '../../extension/core/command.ts';
import type { NaiveContext, NaiveModel, NaiveTask } from './naiveModel.ts';
import { isAble } from './naiveModel.ts';

/** Why a task is given to nobody at present, whoever asks; `ok` where it may be. */
function openToAnyone(model: NaiveModel, task: NaiveTask, { now }: NaiveContext): string {
  if (task.status === 'poisoned') return 'poisoned';
  if (task.status === 'interrupted') return 'not-waiting';
  if (!model.isOpen(task)) return 'already-ended';
  if (task.content.program !== undefined) return 'lane-task';
  const isEarly = task.status === 'failed' && task.retryAt > now;
  if (isEarly || (task.content.notBeforeAt ?? 0) > now) return 'not-due';
  const open = model.openDependencies(task);
  if (open.length === 0) return 'ok';
  if (task.blockedBy !== open.join()) model.record('DEPENDENCY_BLOCKED');
  task.blockedBy = open.join();
  return 'dependencies-open';
}

/** Whether it is kept from `agent`: by a retry for another one, or by a task with its paths. */
function openTo(model: NaiveModel, task: NaiveTask, agent: string, now: number): string {
  const { setAside } = task;
  const isKept = setAside !== null && setAside.until > now && setAside.balanced !== true;
  if (isKept && setAside.agent !== agent) return 'already-claimed';
  return model.isReserved(task) ? 'paths-reserved' : 'ok';
}

export function claim(
  model: NaiveModel,
  task: NaiveTask,
  { agent, caller }: Command<'claim'>,
  context: NaiveContext,
): string {
  if (model.pausedQueue) return 'paused';
  if (task.claim !== null) {
    const isIt = caller.token === task.claim.token && agent === task.claim.agent;
    return isIt ? 'ok' : 'already-claimed';
  }
  const first = openToAnyone(model, task, context);
  const answer = first === 'ok' ? openTo(model, task, agent, context.now) : first;
  if (answer === 'ok') model.claim(task, agent, caller.process, false);
  return answer;
}

const configured = ['Copilot', 'Claude', 'ChatGPT'];

/** Configured agents and whoever holds something, each with the number of what it holds. */
function loadsOf(model: NaiveModel): Map<string, number> {
  const held = model.tasks.flatMap(({ claim }) =>
    claim === null || claim.lane || claim.agent.startsWith('human:') ? [] : [claim.agent],
  );
  const names = [...new Set([...configured, ...[...held].sort()])];
  return new Map(names.map((name) => [name, held.filter((each) => each === name).length]));
}

/** The first of those with the fewest. */
function fewest(names: readonly string[], loads: ReadonlyMap<string, number>): string | undefined {
  const count = (name: string) => loads.get(name) ?? 0;
  const least = Math.min(...names.map(count));
  return names.find((name) => count(name) === least);
}

export function assign(
  model: NaiveModel,
  task: NaiveTask,
  { agent, caller }: Command<'assign'>,
  context: NaiveContext,
): string {
  const { now, rules } = context;
  if (model.pausedQueue) return 'paused';
  if (task.claim !== null) return 'already-claimed';
  const first = openToAnyone(model, task, context);
  if (first !== 'ok') return first;
  const loads = loadsOf(model);
  const hasRoom = (name: string) => name !== 'Zed' || (loads.get(name) ?? 0) < 1;
  const able = [...loads.keys()]
    .filter(hasRoom)
    .filter((name) => isAble(rules, name, task.content.type));
  const kept = task.setAside !== null && task.setAside.until > now ? task.setAside : null;
  const keeper = kept && (kept.balanced !== true || able.includes(kept.agent)) ? kept.agent : null;
  const chosen = agent ?? keeper ?? fewest(able, loads);
  if (chosen === undefined) throw new Error('Nobody can do it');
  const answer = openTo(model, task, chosen, now);
  if (answer !== 'ok') return answer;
  if (!isAble(rules, chosen, task.content.type)) return 'not-capable';
  if (!hasRoom(chosen)) return 'at-capacity';
  model.record('ASSIGNED');
  model.claim(task, chosen, caller.process, false);
  return 'ok';
}

export function balance(model: NaiveModel, context: NaiveContext): string {
  const { now, rules } = context;
  if (model.pausedQueue) return 'paused';
  const loads = loadsOf(model);
  for (const task of model.order(context)) {
    const { setAside } = task;
    if (task.status !== 'pending' || task.content.program !== undefined) continue;
    if (!model.isStartable(task, setAside?.agent ?? null, context)) continue;
    const kept = setAside !== null && setAside.until > now ? setAside : null;
    const names = [...new Set([...(kept === null ? [] : [kept.agent]), ...loads.keys()])];
    const able = names.filter((name) => isAble(rules, name, task.content.type));
    const isRetry = kept !== null && kept.balanced !== true;
    const chosen = isRetry ? kept.agent : fewest(able, loads)!;
    loads.set(chosen, (loads.get(chosen) ?? 0) + 1);
    const isFresh = kept?.agent === chosen && kept.until - now > 300_000;
    if (isRetry || isFresh) continue;
    model.record('ASSIGNED');
    task.setAside = { agent: chosen, until: now + 600_000, balanced: true };
  }
  return 'ok';
}
