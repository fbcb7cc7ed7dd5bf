/** The plainest commands there are, for tests of the store alone. */
import { randomUUID } from 'node:crypto';
import type { QueueEvent, SealReason } from '../../extension/core/event.ts';
import { instant } from '../../extension/core/ids.ts';
import type { Batch } from '../../extension/store/taskStore.ts';

export function note(message: string): QueueEvent<'NOTE'> {
  return { event: 'NOTE', task: null, agent: null, message, status: null, data: {} };
}

/** One command that writes a note for each message. */
export function notes(...messages: readonly string[]): Batch {
  return { commandId: randomUUID(), at: instant(1_700_000_000_000), events: messages.map(note) };
}

/** The command that ends a part of the log. */
export function sealing(why: SealReason = 'size'): Batch {
  const event: QueueEvent<'SEALED'> = {
    event: 'SEALED',
    task: null,
    agent: null,
    message: '',
    status: null,
    data: { why },
  };
  return { ...notes(), events: [event] };
}
