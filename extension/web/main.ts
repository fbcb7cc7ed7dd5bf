/**
 * The queue view in a browser: `signalbox dashboard --web`, which loads this from a bundle of its own.
 *
 * Wires the parts together and serves until a signal ends it.
 */
import path from 'node:path';
import type { WorkspaceQuestion } from '../coordinator/workspace.ts';
import { findWorkspace } from '../coordinator/workspace.ts';
import { ShownQueue } from '../view/shownQueue.ts';
import { Conversations } from './conversations.ts';
import { handlersFor } from './handlers.ts';
import { openQueue } from './openQueue.ts';
import { WebServer } from './server.ts';
import { WatchedLane } from './watchedLane.ts';

export interface ServeOptions {
  readonly workspace: WorkspaceQuestion;
  readonly env: NodeJS.ProcessEnv;
  /** This person, as in the log. */
  readonly by: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Where the package lies. */
  readonly packageDir: string;
  readonly onReady: (address: { readonly url: string; readonly port: number }) => void;
  /** Says something to the person at the terminal. */
  readonly tell: (message: string) => void;
}

export type Served =
  { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly message: string };

/** Serves until a signal ends it. Whoever loads this has classes of its own, so nothing is thrown. */
export async function serve(options: ServeOptions): Promise<Served> {
  const { env, by, packageDir, port, tell } = options;
  const paths = () => findWorkspace(options.workspace);
  let lastSaid = '';
  const queue = new ShownQueue({
    paths,
    openDesk: (found, create) => openQueue(found, env, { create, by }),
    by,
    approvers: ['cli', 'person'],
    makeLane: (desk, _approved, onChange) => new WatchedLane(desk, onChange),
    emit: (event) => {
      conversations.tell(event);
      if (event.type !== 'log' && event.type !== 'edit') return;
      // Each try to read a log that halted says the same.
      if (event.message !== lastSaid) tell(event.message);
      lastSaid = event.message;
    },
  });
  const conversations = new Conversations({
    snapshot: () => queue.snapshot(),
    handlersFor: (speak) => handlersFor(queue, speak),
    warn: tell,
  });
  const title = path.basename(paths().root);
  const server = new WebServer({ packageDir, title, conversations });
  const over = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
  });
  // A projection or a watcher that fails is no reason to hang up on whoever looks.
  process.on('unhandledRejection', (error) => {
    tell(error instanceof Error ? error.message : String(error));
  });
  void queue.open();
  try {
    options.onReady(await server.listen(port));
  } catch (error) {
    conversations.close();
    await queue.close();
    return portRefused(port, error as NodeJS.ErrnoException);
  }
  await over;
  await server.close();
  await queue.close();
  return { ok: true };
}

function portRefused(port: number, { code, message }: NodeJS.ErrnoException): Served {
  const why = {
    EADDRINUSE: 'another program uses it',
    EACCES: 'this system lets nobody but its administrator use it',
  }[code ?? ''];
  return {
    ok: false,
    reason: 'port-refused',
    message: `Port ${port} cannot be used: ${why ?? message}. Name another one, or none for any that is free.`,
  };
}
