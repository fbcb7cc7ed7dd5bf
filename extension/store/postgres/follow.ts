/**
 * Tells that a log on a server may have grown: by the server's notification, and by a look at a
 * fixed pace where one was missed.
 *
 * Reads no lines. The calls are hints, as with every engine.
 */
import type { Connection } from './connection.ts';
import type { HeadRow, Statements } from './tables.ts';

export interface Following {
  readonly onChange: () => void;
  /** How often to look without having been told. */
  readonly pollMs: number;
  /** The position up to which nothing is news. */
  readonly seen: number;
}

export function followServer(
  connection: Connection,
  statements: Statements,
  { onChange, pollMs, seen }: Following,
): Disposable {
  let newest = seen;
  let disposed = false;

  function hear(seq: number): void {
    if (disposed || seq === newest) return;
    newest = seq;
    onChange();
  }

  async function look(): Promise<void> {
    try {
      const [head] = await connection.query<HeadRow>(statements.head);
      if (head !== undefined) hear(Number(head.seq));
    } catch {
      // The server cannot be asked at the moment. Whoever reads next will say why.
    }
  }

  const stop = connection.listen(statements.channel, (payload) => hear(Number(payload)));
  const timer = setInterval(() => void look(), pollMs).unref();
  return {
    [Symbol.dispose]() {
      disposed = true;
      clearInterval(timer);
      stop[Symbol.dispose]();
    },
  };
}
