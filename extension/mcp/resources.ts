/**
 * What a client may read and watch: the queue, a task, the newest lines of the log.
 *
 * Reads only. Says that something changed, not what.
 */
import type { McpServer } from '@modelcontextprotocol/server';
import { ResourceNotFoundError, ResourceTemplate } from '@modelcontextprotocol/server';
import type { LogRecord } from '../core/event.ts';
import type { Position } from '../core/ids.ts';
import { parseTaskId } from '../core/ids.ts';
import { tasksOf } from '../core/queue.ts';
import type { Session } from './session.ts';
import { showTask } from './taskTools.ts';

const queueUri = 'signalbox://queue';
const recentUri = 'signalbox://audit/recent';
const taskUriPrefix = 'signalbox://task/';
const mimeType = 'application/json';

/** More than a model would read; `task_list` finds the rest. */
const maxTasks = 500;
const recentLines = 20;

export function registerResources(server: McpServer, session: Session): void {
  const { desk } = session;
  const json = (uri: URL, value: unknown) => ({
    contents: [{ uri: uri.href, mimeType, text: JSON.stringify(value) }],
  });
  server.registerResource(
    'queue',
    queueUri,
    { title: 'The queue', description: 'All tasks that have not ended.', mimeType },
    async (uri) => {
      await desk.refresh();
      const open = [...tasksOf(desk.queue, desk.queue.open)];
      const tasks = open.slice(0, maxTasks).map((task) => desk.taskJson(task));
      return json(uri, { end: desk.queue.end, open: open.length, queue: tasks });
    },
  );
  server.registerResource(
    'task',
    new ResourceTemplate(`${taskUriPrefix}{id}`, { list: undefined }),
    { title: 'A task', description: 'One task with its recent history.', mimeType },
    async (uri, { id }) => {
      const task = parseTaskId(decodeURIComponent(String(id)));
      if (task === undefined) throw new ResourceNotFoundError(uri.href);
      await desk.refresh();
      const shown = await showTask(session, task);
      if (!shown.ok) throw new ResourceNotFoundError(uri.href);
      return json(uri, shown);
    },
  );
  server.registerResource(
    'recent',
    recentUri,
    { title: 'Recent events', description: 'The newest lines of the audit trail.', mimeType },
    async (uri) => {
      await desk.refresh();
      const lines = desk.lineTexts((await desk.history()).slice(-recentLines));
      return json(
        uri,
        lines.map((line) => JSON.parse(line) as unknown),
      );
    },
  );
}

/** Who asked to be told of changes, where the protocol leaves it to the server to know. */
export class Subscriptions {
  readonly #uris = new Set<string>();

  /** Takes subscriptions of a client that makes them by requests of their own. */
  constructor(server: McpServer) {
    server.server.setRequestHandler('resources/subscribe', ({ params }) => {
      this.#uris.add(params.uri);
      return {};
    });
    server.server.setRequestHandler('resources/unsubscribe', ({ params }) => {
      this.#uris.delete(params.uri);
      return {};
    });
  }

  has(uri: string): boolean {
    return this.#uris.has(uri);
  }
}

/** The resources that read otherwise since `records` were added. */
function changedBy(records: readonly LogRecord[]): ReadonlySet<string> {
  if (records.length === 0) return new Set();
  const tasks = records.flatMap(({ task }) => (task === null ? [] : [String(task)]));
  return new Set([queueUri, recentUri, ...tasks.map((id) => taskUriPrefix + id)]);
}

/** Calls `onChange` with the resources that changed, as the log grows, until it is disposed. */
export function watchResources(
  session: Session,
  onChange: (uris: ReadonlySet<string>) => void,
): Disposable {
  const { desk } = session;
  let seen: Position = desk.queue.end;
  let looking = false;
  let again = false;
  const look = async () => {
    again = true;
    if (looking) return;
    looking = true;
    try {
      // Set anew by a hint that comes while the log is being read.
      while (again) {
        again = false;
        await desk.refresh();
        const records = await desk.history(seen);
        seen = records.at(-1)?.seq ?? seen;
        if (records.length > 0) onChange(changedBy(records));
      }
    } catch {
      // The log cannot be read now; whoever calls a tool hears why, and the next hint tries again.
    } finally {
      looking = false;
    }
  };
  return desk.store.follow(() => void look());
}
