import { createServer } from 'node:http2';
import type { ServerHttp2Session } from 'node:http2';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { detectProtocol } from './protocol-detector.ts';
import { upgradeToHttp2 } from './h2c-upgrade.ts';
import { CompatibleRequest, CompatibleResponse } from './http2-messages.ts';

export interface Http2Options {
  readonly maxHeaderBytes: number;
  /** The limit for the first bytes of a connection. */
  readonly openingMs: number;
  /** A body that stalls for this long is aborted. */
  readonly stallMs: number;
  /** The idle time of a session without streams. */
  readonly idleMs: number;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
}

export interface Http2Listener {
  /** Accepts no new streams; sessions close when their streams have ended. */
  close(): void;
  destroy(): void;
}

/** HTTP/2 without TLS on the port of an HTTP/1 server: with prior knowledge, and by upgrade. */
export function addHttp2(http1: Server, options: Http2Options): Http2Listener {
  const { maxHeaderBytes, openingMs, stallMs, idleMs, handle } = options;
  const sessions = new Set<ServerHttp2Session>();
  let isClosing = false;
  const server = createServer(
    {
      settings: { maxHeaderListSize: maxHeaderBytes },
      Http2ServerRequest: CompatibleRequest,
      Http2ServerResponse: CompatibleResponse,
    },
    (request, response) => {
      request.stream.setTimeout(stallMs, () => {
        if (!request.complete) response.destroy();
      });
      // a client may not have received the setting yet
      if (lengthOf(request.rawHeaders) > maxHeaderBytes) {
        response.writeHead(431);
        response.end();
        return;
      }
      // routes use only what both versions share
      handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
    },
  );
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.setTimeout(idleMs, () => session.close());
    if (isClosing) session.close();
  });
  // a protocol error affects only the client's own connection
  server.on('sessionError', () => {});
  const detector = detectProtocol(http1, server, openingMs);
  http1.on('upgrade', (request, socket, head) => upgradeToHttp2(server, { request, socket, head }, openingMs));

  return {
    close() {
      isClosing = true;
      detector.close();
      for (const session of sessions) session.close();
    },
    destroy() {
      for (const session of sessions) session.destroy();
    },
  };
}

function lengthOf(headers: readonly string[]): number {
  let length = 0;
  for (const text of headers) length += text.length;
  return length;
}
