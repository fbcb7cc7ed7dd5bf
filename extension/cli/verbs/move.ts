/** `signalbox move`: gives a waiting task its exact place. */
import type { MovePlace } from '../../core/command.ts';
import { formatTaskId } from '../../core/ids.ts';
import { UsageError, aboutTask, done } from '../answer.ts';
import type { Invocation } from '../invocation.ts';
import { taskIdOf } from '../invocation.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'move ID --before ID|--after ID|--first|--last',
  summary: 'Gives a waiting task its place in the queue.',
  details: 'Tasks that were moved keep their places before all others.',
  positionals: ['ID'],
  options: {
    before: { type: 'string', value: 'ID', help: 'Right before that task.' },
    after: { type: 'string', value: 'ID', help: 'Right after that task.' },
    first: { type: 'boolean', help: 'Before all others.' },
    last: { type: 'boolean', help: 'After all others that wait now.' },
  },
  async run(invocation) {
    const task = invocation.taskId();
    const place = placeOf(invocation);
    const desk = await invocation.desk();
    const outcome = await desk.execute(invocation.command<'move'>({ type: 'move', task, place }));
    return aboutTask(outcome, (id, seq) => done({ id, seq }, `Moved ${formatTaskId(id)}`));
  },
};

function placeOf(invocation: Invocation): MovePlace {
  const before = invocation.option('before');
  const after = invocation.option('after');
  const places: MovePlace[] = [
    ...(before === undefined ? [] : [{ to: 'before', other: taskIdOf(before) } as const]),
    ...(after === undefined ? [] : [{ to: 'after', other: taskIdOf(after) } as const]),
    ...(invocation.flag('first') ? [{ to: 'first' } as const] : []),
    ...(invocation.flag('last') ? [{ to: 'last' } as const] : []),
  ];
  const [place] = places;
  if (place === undefined || places.length > 1) {
    throw new UsageError('Give one of --before ID, --after ID, --first, --last.');
  }
  return place;
}
