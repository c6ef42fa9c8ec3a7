import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface StallGuard {
  /** Call it for each request of `server`. */
  requestStarted(response: ServerResponse): void;
  /** Call it when the response is sent: an unread body may still be arriving. */
  responseSent(request: IncomingMessage): void;
  watch(server: Server): void;
}

/**
 * Closes connections that have received nothing for `limitMs` while a body is expected, so that no client can hold
 * thousands of requests open. An app may take its time to respond, and a streamed body may pause.
 */
export function stallGuard(limitMs: number, isReadFully: (request: IncomingMessage) => boolean): StallGuard {
  const latest = new WeakMap<Socket, ServerResponse>();
  return {
    requestStarted(response) {
      latest.set(response.req.socket, response);
    },
    responseSent(request) {
      // as for any idle connection, Node has just set the long keep-alive timeout
      if (!request.complete) request.socket.setTimeout(limitMs);
    },
    watch(server) {
      server.setTimeout(limitMs, (socket) => {
        const response = latest.get(socket);
        // as Node itself does for a connection without a request
        if (response === undefined || response.writableFinished || awaitsBody(response.req, isReadFully))
          socket.destroy();
      });
    },
  };
}

function awaitsBody(request: IncomingMessage, isReadFully: (request: IncomingMessage) => boolean): boolean {
  return !request.complete && (request.headers['content-length'] !== undefined || isReadFully(request));
}
