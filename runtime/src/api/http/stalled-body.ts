import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface StallGuard {
  /** To be told of each request of `server`. */
  requestStarted(response: ServerResponse): void;
  /** To be told when it is answered: a body that nobody wanted may still be on its way. */
  responseSent(request: IncomingMessage): void;
  watch(server: Server): void;
}

/**
 * Cuts connections on which nothing has come for `limitMs` although a body is awaited, so that nobody can hold requests
 * open by the thousand. An app may take its time to answer, and a body that is passed on as it comes may pause.
 */
export function stallGuard(limitMs: number, isReadFully: (request: IncomingMessage) => boolean): StallGuard {
  const latest = new WeakMap<Socket, ServerResponse>();
  return {
    requestStarted(response) {
      latest.set(response.req.socket, response);
    },
    responseSent(request) {
      // as for any connection without a request, Node has just given it the long time of one that is kept alive
      if (!request.complete) request.socket.setTimeout(limitMs);
    },
    watch(server) {
      server.setTimeout(limitMs, (socket) => {
        const response = latest.get(socket);
        // what Node would do itself with a connection on which no request is under way
        if (response === undefined || response.writableFinished || awaitsBody(response.req, isReadFully))
          socket.destroy();
      });
    },
  };
}

function awaitsBody(request: IncomingMessage, isReadFully: (request: IncomingMessage) => boolean): boolean {
  return !request.complete && (request.headers['content-length'] !== undefined || isReadFully(request));
}
