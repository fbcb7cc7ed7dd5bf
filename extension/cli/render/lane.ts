/** What happens in the lane, a line each, for whoever watches `signalbox run`. */
import type { Task } from '../../core/task.ts';
import { describeTask } from '../../core/queue.ts';
import type { KindWords } from '../../protocol/settings.ts';
import type { AttemptEnd } from '../../runner/attempt.ts';
import type { LaneEvent } from '../../runner/lane.ts';
import type { Style } from './text.ts';
import { plain, styled } from './text.ts';

export function renderLaneEvent(event: LaneEvent, kinds: ReadonlyMap<string, KindWords>): string {
  switch (event.type) {
    case 'started': {
      const { content } = event.task;
      const working = kinds.get(content.kind)?.working ?? `${content.kind}: Working`;
      const lines = [`${clock()} ${styled('blue', working.padEnd(20))} ${name(event.task)}`];
      // What will run is on the screen before it runs.
      lines.push(`${' '.repeat(30)}${styled('dim', plain(content.program ?? ''))}`);
      return lines.join('\n');
    }
    case 'ended': {
      const { word, style, why } = describeEnd(event.task, event.end);
      const said = why === '' ? '' : `  ${styled('dim', plain(why))}`;
      return `${clock()} ${styled(style, word.padEnd(20))} ${name(event.task)}${said}`;
    }
    case 'trouble':
      return `${clock()} ${styled('yellow', plain(event.message))}`;
  }
}

function describeEnd(
  task: Task,
  end: AttemptEnd,
): { readonly word: string; readonly style: Style; readonly why: string } {
  switch (end.outcome) {
    case 'completed':
      return { word: 'completed', style: 'green', why: end.result ?? '' };
    case 'failed':
      return { word: 'failed', style: 'red', why: `${end.errorClass}: ${end.message}` };
    case 'invalid':
      return { word: 'skipped', style: 'dim', why: end.reason };
    case 'stopped':
      return { word: 'stopped', style: 'yellow', why: end.reason };
    case 'settled':
      return { word: task.state.status, style: 'dim', why: 'ended by its holder' };
  }
}

function name(task: Task): string {
  return plain(describeTask(task));
}

function clock(): string {
  return styled('dim', new Date().toTimeString().slice(0, 8));
}
