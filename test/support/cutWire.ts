/**
 * A socket in front of a PostgreSQL server that cuts the wire at a chosen moment: before a question
 * reaches the server, or after the server answered it and before the asker hears.
 *
 * Knows of the protocol only that the text of a statement stands in what is sent.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

export interface CutWire {
  /** The same log, through here. */
  readonly url: string;
  /**
   * Cuts at the next question that contains `text`, once; `meanwhile` runs while the wire is cut, and
   * nobody gets through before it ends.
   */
  cut(at: 'question' | 'answer', text: string, meanwhile?: () => Promise<void>): void;
  /** How often it was cut. */
  readonly cuts: number;
}

const socketName = '.s.PGSQL.5432';

export async function cutWire(url: string): Promise<CutWire> {
  const { searchParams } = new URL(url);
  const target = path.join(searchParams.get('host') ?? '', socketName);
  const folder = mkdtempSync(path.join(tmpdir(), 'sbwire-'));
  const sockets = new Set<Socket>();
  let plan: { at: string; text: string; meanwhile: () => Promise<void> } | null = null;
  let closed: Promise<void> = Promise.resolve();
  let cuts = 0;

  const server = createServer((client) => {
    client.pause();
    sockets.add(client);
    client.on('error', () => client.destroy());
    void closed.then(() => connect(client));
  });

  function connect(client: Socket): void {
    const upstream = createConnection(target);
    sockets.add(upstream);
    let dropsAnswer: (() => Promise<void>) | null = null;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    const cutNow = (meanwhile: () => Promise<void>): void => {
      cuts++;
      closed = meanwhile();
      void closed.then(end);
    };
    client.on('data', (bytes) => {
      const chosen = plan !== null && bytes.includes(plan.text) ? plan : null;
      if (chosen === null) {
        upstream.write(bytes);
        return;
      }
      plan = null;
      if (chosen.at === 'question') {
        cutNow(chosen.meanwhile);
        return;
      }
      dropsAnswer = chosen.meanwhile;
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (dropsAnswer === null) client.write(bytes);
      else {
        const meanwhile = dropsAnswer;
        upstream.removeAllListeners('data');
        cutNow(meanwhile);
      }
    });
    for (const socket of [client, upstream]) {
      socket.on('error', end);
      socket.on('close', end);
    }
    client.resume();
  }

  await new Promise<void>((resolve) => {
    server.listen(path.join(folder, socketName), resolve);
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
    rmSync(folder, { recursive: true, force: true });
  });
  const through = new URL(url);
  through.searchParams.set('host', folder);
  return {
    url: through.href,
    cut: (at, text, meanwhile = async () => undefined) => {
      plan = { at, text, meanwhile };
    },
    get cuts() {
      return cuts;
    },
  };
}
