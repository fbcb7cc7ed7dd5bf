/** Commands about the queue as a whole: clearing, pausing, the session in view, notes. */
import type { Command } from '../command.ts';
import { accept, happened } from '../decision.ts';
import type { Decision } from '../decision.ts';
import { isWaiting } from '../pick.ts';
import { tasksOf } from '../queue.ts';
import type { Queue } from '../queue.ts';
import { isLaneTask } from '../task.ts';
import { failDependents } from './dependents.ts';

/** Each waiting task of the lane ends `skipped`, so that whoever waits for it is told. */
export function decideClearWaiting(queue: Queue, command: Command<'clearWaiting'>): Decision {
  const { session, all } = command;
  const cleared = [...tasksOf(queue, queue.open)]
    .filter((task) => isWaiting(task) || task.state.status === 'interrupted')
    .filter((task) => all || isLaneTask(task))
    .filter((task) => session === null || task.content.session === session);
  const message = session === null ? 'The queue was cleared' : `The session ${session} was reset`;
  const skipped = cleared.map(({ id: task }) =>
    happened('SKIPPED', { task, agent: command.by, message, status: 'skipped' }, {}),
  );
  return accept(null, ...skipped, ...failDependents(queue, ...cleared));
}

/** A message is a sentence; what was done stands in the data. */
const healedChars = 1_000;

export function decidePause(queue: Queue, command: Command<'pause' | 'resume'>): Decision {
  const { type, scope, by } = command;
  const isPaused = queue.paused[scope];
  if (isPaused === (type === 'pause')) return accept(null);
  const message = `${type === 'pause' ? 'Paused' : 'Resumed'} the ${scope}`;
  const event = type === 'pause' ? 'PAUSED' : 'RESUMED';
  return accept(null, happened(event, { task: null, agent: by, message }, { scope }));
}

export function decideFocus(queue: Queue, command: Command<'focus'>): Decision {
  const { session: focus, by: agent } = command;
  if (queue.focus === focus) return accept(null);
  const message = focus === null ? 'No session is in view' : `The session ${focus} is in view`;
  return accept(null, happened('SESSION', { task: null, agent, message }, { focus }));
}

export function decideAgent({ name, ...command }: Command<'agent'>): Decision {
  const { capabilities, capacity, removed } = command;
  const can = capabilities === undefined ? '' : `: ${capabilities.join(', ')}`;
  const message = removed === true ? `${name} was taken out` : `${name} was configured${can}`;
  const data = {
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(capacity === undefined ? {} : { capacity }),
    ...(removed === undefined ? {} : { removed }),
  };
  return accept(null, happened('AGENT', { task: null, agent: name, message }, data));
}

/** A note may be about a task that the queue does not know: it changes nothing, and is never lost. */
export function decideNote(command: Command<'note'>): Decision {
  const { task, by: agent, message, event, status } = command;
  const data = {
    ...(event === undefined ? {} : { event }),
    ...(status === undefined ? {} : { status }),
  };
  return accept(task, happened('NOTE', { task, agent, message }, data));
}

export function decideHeal({ done, by: agent }: Command<'heal'>): Decision {
  if (done.length === 0) return accept(null);
  const message = done.join('; ').slice(0, healedChars);
  return accept(null, happened('HEALED', { task: null, agent, message }, { done }));
}
