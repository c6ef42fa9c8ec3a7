import { join } from 'node:path';
import type { RpcOptions } from '#api/grpc/dapr-rpcs.ts';
import { httpServer } from '#api/http/server/server.ts';
import type { RoutePlugin } from '#api/http/server/router.ts';
import type { HttpServerOptions } from '#api/http/server/server.ts';
import type { Pipeline } from '#blocks/middleware/pipeline.ts';
import type { ListenAddress } from '#core/listen-address.ts';
import { requestGuard } from '#core/request-guard.ts';
import type { RequestGuard } from '#core/request-guard.ts';
import type { SidecarConfig } from '#host/config/config.ts';
import type { Configuration } from '#host/resources/configuration.ts';
import { listenWithRetry } from '#host/process/listen.ts';
import { serveMetrics } from '#host/telemetry/metrics-server.ts';
import { removeStaleSocket } from '#host/process/socket-file.ts';
import type { Telemetry } from './telemetry.ts';
import type { SidecarDependencies } from './sidecar-dependencies.ts';

export interface OpenServersOptions {
  readonly config: SidecarConfig;
  readonly configuration: Configuration;
  readonly telemetry: Telemetry;
  readonly dependencies: SidecarDependencies;
  readonly apiRoutes: readonly RoutePlugin[];
  readonly publicRoutes: readonly RoutePlugin[];
  readonly rpcs: RpcOptions;
  /** The middleware of the HTTP API. */
  readonly pipeline: Pipeline | undefined;
  /** Registers a closer immediately after opening, so that a later failure closes it. */
  readonly onOpen: (close: () => Promise<void>) => void;
}

/** The ports in use. Those of the APIs are 0 when they are Unix sockets. */
export interface ServerPorts {
  readonly http: number;
  readonly grpc: number;
  readonly public?: number;
  readonly metrics?: number;
}

/** Starts the servers for callers: both APIs, the public port and the metrics. */
export async function openServers(parts: OpenServersOptions): Promise<ServerPorts> {
  const { config, configuration, telemetry, dependencies } = parts;
  const { allowedHosts } = config;
  // web pages cannot reach a Unix socket, and its clients send any host name
  const apiGuard =
    allowedHosts && config.socketsFolder === undefined ? requestGuard(allowedHosts, config.allowedOrigins) : undefined;
  const guard = allowedHosts && requestGuard(allowedHosts, []);
  const common = {
    maxBodyBytes: config.maxBodyBytes,
    maxHeaderBytes: config.maxHeaderBytes,
    hasHttp2: config.hasHttp2,
    samplingRate: configuration.samplingRate,
    rules: configuration.api,
    random: dependencies.random,
    clock: dependencies.clock,
    log: dependencies.log.scoped('dapr.runtime.http'),
  };
  const api: HttpServerOptions = {
    ...common,
    routes: parts.apiRoutes,
    allowedOrigins: config.allowedOrigins,
    ...(apiGuard ? { guard: apiGuard } : undefined),
    ...(config.apiToken === undefined ? undefined : { apiToken: config.apiToken }),
    ...(parts.pipeline ? { pipeline: parts.pipeline } : undefined),
    ...(telemetry.onCompleted ? { onCompleted: telemetry.onCompleted } : undefined),
    ...(telemetry.onRequestError ? { onRequestError: telemetry.onRequestError } : undefined),
  };
  const { ports, listen } = config;
  const http = await startHttpServer(parts, api, {
    what: 'the HTTP API',
    flag: 'dapr-http-port',
    hosts: listen.apis,
    port: ports.http,
    socket: 'http',
  });
  return {
    http,
    grpc: await startGrpcServer(parts, apiGuard),
    ...(ports.public === undefined
      ? undefined
      : {
          public: await startHttpServer(
            parts,
            { ...common, routes: parts.publicRoutes, allowedOrigins: [], ...(guard ? { guard } : undefined) },
            { what: 'the public port', flag: 'dapr-public-port', hosts: [listen.public], port: ports.public },
          ),
        }),
    ...(ports.metrics === undefined || !configuration.metrics.isOn
      ? undefined
      : { metrics: await startMetricsServer(parts, ports.metrics, guard) }),
  };
}

interface ServerAddress {
  readonly what: string;
  readonly flag: string;
  readonly hosts: readonly string[];
  readonly port: number;
  /** The name of its Unix socket, for a server that may use one. */
  readonly socket?: string;
}

interface ApiServer {
  listen(at: ListenAddress): Promise<number>;
  listenOnSocket(path: string): Promise<void>;
  close(drainMs: number): Promise<void>;
}

async function startHttpServer(
  parts: OpenServersOptions,
  options: HttpServerOptions,
  at: ServerAddress,
): Promise<number> {
  return await startServer(parts, await httpServer(options), at);
}

/** Loaded here and not earlier: gRPC takes time to load, and the HTTP API already responds. */
async function startGrpcServer(parts: OpenServersOptions, guard: RequestGuard | undefined): Promise<number> {
  const { config, configuration, telemetry, dependencies } = parts;
  const [{ grpcServer }, { daprRpcs }] = await Promise.all([
    import('#api/grpc/server.ts'),
    import('#api/grpc/dapr-rpcs.ts'),
  ]);
  const server = grpcServer({
    rpcs: daprRpcs(parts.rpcs),
    ...(guard ? { guard } : undefined),
    proxy: (...args) => parts.rpcs.blocks.invoke.proxy(...args),
    rules: configuration.api,
    maxBodyBytes: config.maxBodyBytes,
    samplingRate: configuration.samplingRate,
    random: dependencies.random,
    clock: dependencies.clock,
    log: dependencies.log.scoped('dapr.runtime.grpc.api'),
    ...(config.apiToken === undefined ? undefined : { apiToken: config.apiToken }),
    ...(telemetry.onRpcCompleted ? { onCompleted: telemetry.onRpcCompleted } : undefined),
    ...(telemetry.onRequestError ? { onRequestError: telemetry.onRequestError } : undefined),
  });
  const { ports, listen } = config;
  const at = { what: 'the gRPC API', flag: 'dapr-grpc-port', hosts: listen.apis, port: ports.grpc, socket: 'grpc' };
  return await startServer(parts, server, at);
}

/** Longer than the whole stop may take, so that the stop reports a call that took too long. */
const closeMarginMs = 500;

/**
 * One server on several addresses with the same port; with port 0, the port of the first address. Or on one Unix
 * socket.
 */
async function startServer(
  { config, dependencies, onOpen }: OpenServersOptions,
  server: ApiServer,
  at: ServerAddress,
): Promise<number> {
  onOpen(() => server.close(config.gracefulShutdownMs + closeMarginMs));
  if (config.socketsFolder !== undefined && at.socket !== undefined) {
    const path = join(config.socketsFolder, `dapr-${config.appId}-${at.socket}.socket`);
    await removeStaleSocket(path);
    const flag = 'unix-domain-socket';
    const target = { ...at, flag, path, host: '', clock: dependencies.clock, log: dependencies.log };
    await listenWithRetry(target, () => server.listenOnSocket(path));
    dependencies.log.info({}, `${at.what} listens on the Unix socket ${path}`);
    return 0;
  }
  let { port } = at;
  for (const host of at.hosts) {
    const address = { host, port };
    const target = { ...at, ...address, clock: dependencies.clock, log: dependencies.log };
    port = await listenWithRetry(target, () => server.listen(dependencies.reservedPorts?.take(address) ?? address));
  }
  return port;
}

async function startMetricsServer(
  { config, telemetry, dependencies, onOpen }: OpenServersOptions,
  port: number,
  guard: RequestGuard | undefined,
): Promise<number> {
  const at = { ...dependencies, host: config.listen.metrics, port, ...(guard ? { guard } : undefined) };
  const server = await serveMetrics(telemetry.registry, at);
  onOpen(() => server.close());
  return server.port;
}
