import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ListenOptions } from 'node:net';
import type { Clock } from '#core/clock.ts';
import type { RequestGuard } from '#core/request-guard.ts';
import { wantsHttp2 } from './h2c-upgrade.ts';
import { addHttp2 } from './http2-listener.ts';
import type { Http2Listener } from './http2-listener.ts';
import type { StallGuard } from './stalled-body.ts';

export interface ListenersOptions {
  readonly maxHeaderBytes: number;
  /** Serve HTTP/2 without TLS beside HTTP/1.1. */
  readonly hasHttp2?: boolean;
  /** A body that stalls for this long is aborted. */
  readonly stallMs: number;
  readonly stalls: StallGuard;
  readonly guard: RequestGuard | undefined;
  readonly clock: Clock;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
}

const headerTimeoutMs = 10_000;
/** The interval at which Node checks for late headers. */
const headerCheckMs = 2500;
/** Longer than clients and proxies keep connections open, so that they never write into a closing one. */
const keepAliveMs = 620_000;
const sweepMs = 50;

/** The sockets of one server: HTTP/1.1, and HTTP/2 on the same ports. */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #servers: Server[] = [];
  readonly #http2: Http2Listener[] = [];
  #isClosing = false;

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  async open(at: ListenOptions): Promise<Server> {
    const { hasHttp2 = false, maxHeaderBytes, stallMs, stalls, guard, handle } = this.#options;
    const maxHeaderSize = maxHeaderBytes + 4096;
    const server = createServer(
      {
        maxHeaderSize,
        headersTimeout: headerTimeoutMs,
        connectionsCheckingInterval: headerCheckMs,
        requestTimeout: 0,
        keepAliveTimeout: keepAliveMs,
        shouldUpgradeCallback: (request) => hasHttp2 && wantsHttp2(request) && !guard?.(request),
      },
      (request, response) => {
        stalls.requestStarted(response);
        handle(request, response);
      },
    );
    stalls.watch(server);
    if (hasHttp2) {
      const times = { openingMs: headerTimeoutMs, stallMs, idleMs: keepAliveMs };
      this.#http2.push(addHttp2(server, { maxHeaderBytes: maxHeaderSize, ...times, handle }));
    }
    server.listen(at);
    await once(server, 'listening');
    this.#servers.push(server);
    return server;
  }

  /** Call it for each response: a closing server waits for its connections to become idle. */
  responseSent(): void {
    // the connection counts as idle only after this turn of the event loop
    if (this.#isClosing) setImmediate(() => this.#servers.forEach((server) => server.closeIdleConnections()));
  }

  /** Accepts no new connections and waits for running requests, at most `drainMs`. */
  async close(drainMs: number): Promise<void> {
    const { clock } = this.#options;
    this.#isClosing = true;
    for (const http2 of this.#http2) http2.close();
    const cancel = clock.after(drainMs, () => this.#http2.forEach((http2) => http2.destroy()));
    await Promise.all(this.#servers.map((server) => closeServer(server, clock, drainMs)));
    cancel();
  }
}

/**
 * A connection whose last request ends after `close` stays open in Node, so idle ones are closed repeatedly until none
 * is left.
 */
async function closeServer(server: Server, clock: Clock, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const deadline = clock.monotonic() + drainMs;
  let cancel = (): void => {};
  const sweep = (): void => {
    if (clock.monotonic() >= deadline) server.closeAllConnections();
    else server.closeIdleConnections();
    cancel = clock.after(sweepMs, sweep);
  };
  sweep();
  await closed;
  cancel();
}
