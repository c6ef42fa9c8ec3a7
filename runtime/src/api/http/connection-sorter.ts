import type { Server } from 'node:http';
import type { Http2Server } from 'node:http2';
import type { Socket } from 'node:net';

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const nothing = Buffer.alloc(0);

export interface ConnectionSorter {
  /** Cuts connections that have not said yet what they speak. */
  close(): void;
}

/**
 * Lets the listener of HTTP/1 serve HTTP/2 on the same port: the first bytes of a connection tell what it speaks. That is
 * looked at once per connection; afterwards HTTP/1 reads from the socket as if nobody had been there before.
 */
export function sortConnections(http1: Server, http2: Http2Server, patienceMs: number): ConnectionSorter {
  const serveHttp1 = http1.listeners('connection');
  http1.removeAllListeners('connection');
  const unsorted = new Set<Socket>();

  http1.on('connection', (socket: Socket) => {
    let seen: Buffer = nothing;
    const onBytes = (bytes: Buffer): void => {
      seen = seen.length === 0 ? bytes : Buffer.concat([seen, bytes]);
      const isHttp2 = beginsAlike(seen);
      if (isHttp2 && seen.length < preface.length) return;
      leave();
      socket.pause();
      socket.unshift(seen);
      if (isHttp2) {
        http2.emit('connection', socket);
        return;
      }
      for (const serve of serveHttp1) Reflect.apply(serve, http1, [socket]);
      socket.resume();
    };
    const giveUp = (): void => void socket.destroy();
    const leave = (): void => {
      unsorted.delete(socket);
      socket.setTimeout(0);
      socket.off('data', onBytes).off('timeout', giveUp).off('end', giveUp).off('error', giveUp).off('close', leave);
    };
    unsorted.add(socket);
    socket.setTimeout(patienceMs);
    socket.on('data', onBytes).on('timeout', giveUp).on('end', giveUp).on('error', giveUp).on('close', leave);
  });

  return {
    close() {
      for (const socket of unsorted) socket.destroy();
    },
  };
}

function beginsAlike(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, preface.length);
  return bytes.compare(preface, 0, length, 0, length) === 0;
}
