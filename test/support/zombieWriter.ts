/**
 * A process that claims a task and stops itself, as SIGSTOP does, within its completion: after it has
 * read the log and before it writes. It goes on when it is sent SIGCONT.
 *
 * Arguments: the workspace, and the id of the task.
 * Output: `claimed TOKEN`, and at its end `completed`, `refused REASON` or `failed CODE`.
 */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { defaultRules } from '../../extension/core/rules.ts';
import { position } from '../../extension/core/ids.ts';
import type { QueueEvent } from '../../extension/core/event.ts';
import { Coordinator } from '../../extension/coordinator/coordinator.ts';
import { openFileStore } from '../../extension/store/openStore.ts';
import { StoreError } from '../../extension/store/taskStore.ts';
import type { TaskStore } from '../../extension/store/taskStore.ts';
import { claim, complete } from './core.ts';

const [workspaceDir = '', task = ''] = process.argv.slice(2);

/** The event, whose writing stops this process once. */
function stopping(event: QueueEvent): QueueEvent {
  const { message } = event;
  let hasStopped = false;
  return Object.defineProperty({ ...event }, 'message', {
    enumerable: true,
    get: () => {
      if (!hasStopped) process.kill(process.pid, 'SIGSTOP');
      hasStopped = true;
      return message;
    },
  });
}

const store = openFileStore({ workspaceDir, create: false, writer: 'zombie' });
const stoppingStore = new Proxy<TaskStore>(store, {
  get: (target, name) => {
    if (name === 'append') {
      const append: TaskStore['append'] = async (batch, ...rest) => {
        const isIt = batch.events.some(({ event }) => event === 'COMPLETED');
        const events = isIt ? batch.events.map(stopping) : batch.events;
        return target.append({ ...batch, events }, ...rest);
      };
      return append;
    }
    const value: unknown = Reflect.get(target, name, target);
    return typeof value === 'function' ? (value.bind(target) as unknown) : value;
  },
});
const coordinator = new Coordinator({
  store: stoppingStore,
  rules: () => defaultRules,
  random: () => 0,
});
const say = (text: string) => writeSync(1, `${text}\n`);

const common = { id: randomUUID(), by: null };
const claimed = await coordinator.execute({ ...common, ...claim(Number(task), 'zombie') });
if (!claimed.ok) throw new Error(claimed.rejection.message);
const token = position(claimed.records.at(-1)?.seq ?? 0);
say(`claimed ${token}`);
try {
  const request = complete(Number(task), { token });
  const outcome = await coordinator.execute({ ...common, ...request, id: randomUUID() });
  say(outcome.ok ? 'completed' : `refused ${outcome.rejection.reason}`);
} catch (error) {
  say(`failed ${error instanceof StoreError ? error.code : String(error)}`);
}
