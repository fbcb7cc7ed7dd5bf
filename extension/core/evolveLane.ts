/** Folds one `LANE` event into the lane. Holds no rules, like `evolve`. */
import type { LogRecord } from './event.ts';
import type { Lane } from './queue.ts';

export function evolveLane(lane: Lane, record: LogRecord<'LANE'>): Lane {
  const { data } = record;
  switch (data.action) {
    case 'acquired': {
      const { holder, label } = data;
      return { ...lane, owner: { token: record.seq, holder, label, since: record.at } };
    }
    case 'released':
    case 'expired':
      return lane.owner?.token === data.lane ? { ...lane, owner: null } : lane;
    case 'started':
      return { ...lane, running: { token: data.token, process: data.process } };
    case 'interrupt': {
      const { token, then, reason, farewell } = data;
      const stop = { token, then, reason, by: record.agent };
      return { ...lane, stop: farewell === undefined ? stop : { ...stop, farewell } };
    }
    case 'held':
      return { ...lane, alive: data.pids };
    case 'quiet':
      return { ...lane, alive: [] };
  }
}
