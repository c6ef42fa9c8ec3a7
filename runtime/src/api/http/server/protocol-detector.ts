import type { Server } from 'node:http';
import type { Http2Server } from 'node:http2';
import type { Socket } from 'node:net';

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const noBytes = Buffer.alloc(0);

export interface ProtocolDetector {
  /** Closes connections whose protocol is not yet known. */
  close(): void;
}

/**
 * Serves HTTP/2 on the port of an HTTP/1 server: the first bytes of a connection identify its protocol. They are checked
 * once per connection; afterwards HTTP/1 reads from the socket as usual.
 */
export function detectProtocol(http1: Server, http2: Http2Server, timeoutMs: number): ProtocolDetector {
  const serveHttp1 = http1.listeners('connection');
  http1.removeAllListeners('connection');
  const undetected = new Set<Socket>();

  http1.on('connection', (socket: Socket) => {
    let received: Buffer = noBytes;
    const onBytes = (bytes: Buffer): void => {
      received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
      const isHttp2 = matchesPreface(received);
      if (isHttp2 && received.length < preface.length) return;
      detach();
      socket.pause();
      socket.unshift(received);
      if (isHttp2) {
        http2.emit('connection', socket);
        return;
      }
      for (const serve of serveHttp1) Reflect.apply(serve, http1, [socket]);
      socket.resume();
    };
    const destroySocket = (): void => void socket.destroy();
    const detach = (): void => {
      undetected.delete(socket);
      socket.setTimeout(0);
      socket
        .off('data', onBytes)
        .off('timeout', destroySocket)
        .off('end', destroySocket)
        .off('error', destroySocket)
        .off('close', detach);
    };
    undetected.add(socket);
    socket.setTimeout(timeoutMs);
    socket
      .on('data', onBytes)
      .on('timeout', destroySocket)
      .on('end', destroySocket)
      .on('error', destroySocket)
      .on('close', detach);
  });

  return {
    close() {
      for (const socket of undetected) socket.destroy();
    },
  };
}

function matchesPreface(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, preface.length);
  return bytes.compare(preface, 0, length, 0, length) === 0;
}
