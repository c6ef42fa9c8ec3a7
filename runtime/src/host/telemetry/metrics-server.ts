import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Clock } from '#core/clock.ts';
import type { Log } from '#core/log.ts';
import type { RequestGuard } from '#core/request-guard.ts';
import type { ReservedPorts } from '../process/reserved-ports.ts';
import { listenWithRetry } from '../process/listen.ts';
import type { MetricsRegistry } from './metrics.ts';
import { processMetrics } from './process-metrics.ts';

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Slow clients are disconnected at the next timeout check. */
const limits = { headersTimeout: 10_000, requestTimeout: 10_000, connectionsCheckingInterval: 2500 };

/** Serves the registry on any path, as scrapers are configured in many ways. */
export async function serveMetrics(
  registry: MetricsRegistry,
  options: {
    readonly host: string;
    readonly port: number;
    readonly clock: Clock;
    readonly log: Log;
    readonly reservedPorts?: ReservedPorts;
    readonly guard?: RequestGuard;
  },
): Promise<MetricsServer> {
  const server = createServer(limits, (request, response) => {
    request.resume();
    const rejection = options.guard?.(request);
    if (rejection) {
      response.writeHead(rejection.kind.http, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errorCode: rejection.kind.code, message: rejection.message }));
      return;
    }
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
    response.end(registry.render() + processMetrics());
  });
  await listenWithRetry({ what: 'metrics', flag: 'metrics-port', ...options }, async () => {
    const address = { host: options.host, port: options.port };
    const { host, ...rest } = options.reservedPorts?.take(address) ?? address;
    server.listen({ ...rest, ...(host ? { host } : {}) });
    await once(server, 'listening');
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      // its callback is also called when it is closed already, unlike 'close'
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
