/** Events that carry every kind of value, for whoever writes and reads them back. */
import type { QueueEvent } from '../../extension/core/event.ts';
import { instant, position } from '../../extension/core/ids.ts';

const holder = {
  pid: 4711,
  startTime: '123456',
  host: 'machine linux 6.1',
  bootId: 'boot',
  pidNamespace: '4026531836',
};
const someInstant = instant(1_800_000_000_001);

/** Each kind of value that an event may carry: nested, renamed, an instant, opaque, hostile text. */
export const everyKindOfValue: readonly QueueEvent[] = [
  {
    event: 'CREATED',
    task: 12,
    agent: 'human:me',
    message: 'quotes " \\ \n newline, \u2028, \u0000, emoji 😀, ,"h":"',
    status: 'pending',
    data: {
      title: 'Täsk',
      description: { blob: 'a'.repeat(64), bytes: 20_000 },
      type: 'any',
      kind: 'ai',
      priority: 'HIGH',
      dependencies: [7, 'other'],
      onDependencyFailure: 'fail',
      estimateMinutes: 2.5,
      deadlineAt: someInstant,
      notBeforeAt: someInstant,
      validIf: 'branch:main',
      capture: { notBeforeAt: 3, deadline: 'untouched' },
      limit: { minutes: 3 },
      extra: { error_class: 'kept', at: 'never', until: 5 },
    },
  },
  {
    event: 'CLAIMED',
    task: 12,
    agent: 'worker',
    message: '',
    status: 'in_progress',
    data: { attempt: 1, holder, lane: true },
  },
  {
    event: 'CHECKPOINT',
    task: 12,
    agent: 'worker',
    message: '',
    status: 'in_progress',
    data: { token: position(3), checkpoint: { not_before: 'kept', holder: { boot_id: 1 } } },
  },
  {
    event: 'FAILED',
    task: 12,
    agent: 'worker',
    message: 'broke',
    status: 'failed',
    data: { token: position(3), errorClass: 'ERR', failures: 1, notBeforeAt: someInstant },
  },
  {
    event: 'RETRY',
    task: 12,
    agent: null,
    message: '',
    status: 'pending',
    data: { attempt: 2, setAside: { agent: 'other', until: someInstant } },
  },
  {
    event: 'EDITED',
    task: 12,
    agent: null,
    message: '',
    status: 'pending',
    data: { content: { title: 'New', notBeforeAt: someInstant } },
  },
  {
    event: 'MOVED',
    task: null,
    agent: null,
    message: '',
    status: null,
    data: {
      ranks: [
        [12, 1.5],
        ['other', 2],
      ],
    },
  },
  {
    event: 'LANE',
    task: null,
    agent: null,
    message: '',
    status: null,
    data: { action: 'acquired', holder, label: 'signalbox run' },
  },
  {
    event: 'IMPORTED',
    task: 'other',
    agent: null,
    message: '',
    status: 'completed',
    data: {
      content: {
        title: 'Old',
        description: null,
        type: 'any',
        kind: 'ai',
        priority: 'LOW',
        dependencies: [],
      },
      attempts: 1,
      failures: 0,
      at: someInstant,
      result: 'done',
      actualMinutes: 4,
    },
  },
];
