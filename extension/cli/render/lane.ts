/** What happens in the lane, a line each, for whoever watches `signalbox run`. */
import type { Task } from '../../core/task.ts';
import { describeTask } from '../../core/queue.ts';
import type { KindWords } from '../../protocol/settings.ts';
import type { LaneEvent } from '../../runner/lane.ts';
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
      const { task, end } = event;
      const what = {
        completed: () => styled('green', 'completed'),
        failed: () => styled('red', 'failed'),
        invalid: () => styled('dim', 'skipped'),
        stopped: () => styled('yellow', 'stopped'),
      }[end.outcome]();
      const why =
        end.outcome === 'completed'
          ? (end.result ?? '')
          : end.outcome === 'failed'
            ? `${end.errorClass}: ${end.message}`
            : end.reason;
      const padding = ' '.repeat(
        Math.max(0, 20 - (end.outcome === 'invalid' ? 7 : end.outcome.length)),
      );
      return `${clock()} ${what}${padding} ${name(task)}${why === '' ? '' : `  ${styled('dim', plain(why))}`}`;
    }
    case 'trouble':
      return `${clock()} ${styled('yellow', plain(event.message))}`;
  }
}

function name(task: Task): string {
  return plain(describeTask(task));
}

function clock(): string {
  return styled('dim', new Date().toTimeString().slice(0, 8));
}
