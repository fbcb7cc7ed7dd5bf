/** Whole lines out of a socket's chunks; one that is too long ends the connection. */
import type { Socket } from 'node:net';
import { maxRelayBytes } from '../../protocol/relay.ts';

/** @param onLine is given each line without its newline, until the socket is destroyed */
export function readLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxRelayBytes) socket.destroy();
    for (const line of lines) if (!socket.destroyed) onLine(line);
  });
}
