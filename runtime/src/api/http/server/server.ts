import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Pipeline } from '#blocks/middleware/pipeline.ts';
import type { Clock } from '#core/clock.ts';
import type { ListenAddress } from '#core/listen-address.ts';
import type { RequestGuard } from '#core/request-guard.ts';
import { Listeners } from './listeners.ts';
import { requestPipeline } from './request-pipeline.ts';
import { createRouter } from './router.ts';
import type { RequestState, RouterOptions } from './router.ts';
import { stallGuard } from './stalled-body.ts';

export interface HttpServerOptions extends RouterOptions {
  readonly maxHeaderBytes: number;
  readonly clock: Clock;
  /** Serve HTTP/2 without TLS beside HTTP/1.1. */
  readonly hasHttp2?: boolean;
  /** Checked before anything else. */
  readonly guard?: RequestGuard;
  /** Middleware before the routes. */
  readonly pipeline?: Pipeline;
  /** A body that stalls for this long is aborted. */
  readonly stallMs?: number;
}

export interface HttpServer {
  /** The registered routes, such as `GET /v1.0/metadata`. */
  readonly routes: readonly string[];
  /** Resolves to the port. Rejects with the system's error, such as EADDRINUSE. */
  listen(at: ListenAddress): Promise<number>;
  /** Listens on a Unix socket, whose file is removed when the server closes. */
  listenOnSocket(path: string): Promise<void>;
  /** Accepts no new connections and waits for running requests, at most `drainMs`. */
  close(drainMs: number): Promise<void>;
}

const defaultStallMs = 30_000;

/** Every HTTP route of the sidecar behind one set of rules. */
export async function httpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { guard, stallMs = defaultStallMs } = options;
  const state: RequestState = {
    fullyRead: new WeakSet(),
    rejections: guard && new WeakMap(),
    onResponse(request) {
      if (request.httpVersionMajor === 1) stalls.responseSent(request);
      listeners.responseSent();
    },
  };
  const stalls = stallGuard(stallMs, (request) => state.fullyRead.has(request));
  const { app, routes } = await createRouter(options, state);
  const hasCors = options.allowedOrigins.length > 0;
  const middleware = options.pipeline && requestPipeline(options.pipeline, { ...options, hasCors });
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const rejection = guard?.(request);
    if (rejection) state.rejections?.set(request, rejection);
    if (middleware && !rejection) middleware(request, response, () => app.routing(request, response));
    else app.routing(request, response);
  };
  const listeners = new Listeners({ ...options, guard, stallMs, stalls, handle });
  return {
    routes,
    async listen({ host, ...address }) {
      const server = await listeners.open({ ...address, ...(host ? { host } : {}) });
      return (server.address() as AddressInfo).port;
    },
    async listenOnSocket(path) {
      await listeners.open({ path });
    },
    async close(drainMs) {
      await listeners.close(drainMs);
      await app.close();
    },
  };
}
