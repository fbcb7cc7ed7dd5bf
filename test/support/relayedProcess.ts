/**
 * A process that is asked to carry out commands of others, to be killed and stopped.
 *
 * Arguments: the folder of the socket. Says `host` once it is the one that all ask, and each command
 * id that it carries out; the answer to `wait` never comes.
 */
import { Relay } from '../../extension/coordinator/relay/relay.ts';

const [logDir = ''] = process.argv.slice(2);
const relay = new Relay({
  logDir,
  logId: 'log',
  build: 'test',
  execute: async (commands) => {
    for (const { id } of commands) process.stdout.write(`${id}\n`);
    if (commands.some(({ id }) => id === 'wait')) await new Promise(() => undefined);
    return commands.map(() => ({ ok: true, task: null, records: [] }));
  },
});
await relay.ask({ type: 'note', id: 'host', by: null, task: null, message: 'At work' });
setInterval(() => undefined, 60_000);
