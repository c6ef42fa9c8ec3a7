import { join } from 'node:path';
import type { RpcParts } from '#api/grpc/dapr-rpcs.ts';
import { httpDoor } from '#api/http/server.ts';
import type { HttpDoorOptions, RoutePlugin } from '#api/http/server.ts';
import type { Pipeline } from '#blocks/middleware/pipeline.ts';
import type { ListenPlace } from '#core/listen-place.ts';
import { requestGuard } from '#core/request-guard.ts';
import type { RequestGuard } from '#core/request-guard.ts';
import type { SidecarConfig } from '#host/config.ts';
import type { Configuration } from '#host/configuration.ts';
import { listenWithPatience } from '#host/listen.ts';
import { serveMetrics } from '#host/metrics-server.ts';
import { removeStaleSocket } from '#host/socket-file.ts';
import type { Observation } from './observation.ts';
import type { World } from './world.ts';

export interface DoorParts {
  readonly config: SidecarConfig;
  readonly configuration: Configuration;
  readonly observation: Observation;
  readonly world: World;
  readonly apiRoutes: readonly RoutePlugin[];
  readonly publicRoutes: readonly RoutePlugin[];
  readonly rpcs: RpcParts;
  /** What requests to the HTTP API pass first. */
  readonly pipeline: Pipeline | undefined;
  /** Takes what has been opened at once, so that a failure further on closes it. */
  readonly onOpen: (close: () => Promise<void>) => void;
}

/** The ports in use. Those of the APIs are 0 when they are Unix sockets. */
export interface DoorPorts {
  readonly http: number;
  readonly grpc: number;
  readonly public?: number;
  readonly metrics?: number;
}

/** Opens what callers reach: both doors of the API, the public port and the metrics. */
export async function openDoors(parts: DoorParts): Promise<DoorPorts> {
  const { config, configuration, observation, world } = parts;
  const { allowedHosts } = config;
  // a Unix socket is out of reach of web pages, and its clients name any host
  const apiGuard =
    allowedHosts && config.socketsFolder === undefined ? requestGuard(allowedHosts, config.allowedOrigins) : undefined;
  const guard = allowedHosts && requestGuard(allowedHosts, []);
  const common = {
    maxBodyBytes: config.maxBodyBytes,
    maxHeaderBytes: config.maxHeaderBytes,
    hasHttp2: config.hasHttp2,
    samplingRate: configuration.samplingRate,
    rules: configuration.api,
    chance: world.chance,
    clock: world.clock,
    log: world.log.scoped('dapr.runtime.http'),
  };
  const api: HttpDoorOptions = {
    ...common,
    routes: parts.apiRoutes,
    allowedOrigins: config.allowedOrigins,
    ...(apiGuard ? { guard: apiGuard } : undefined),
    ...(config.apiToken === undefined ? undefined : { apiToken: config.apiToken }),
    ...(parts.pipeline ? { pipeline: parts.pipeline } : undefined),
    ...(observation.onAnswered ? { onAnswered: observation.onAnswered } : undefined),
    ...(observation.onRefused ? { onRefused: observation.onRefused } : undefined),
  };
  const { ports, listen } = config;
  const http = await openHttp(parts, api, {
    what: 'the HTTP API',
    flag: 'dapr-http-port',
    hosts: listen.apis,
    port: ports.http,
    socket: 'http',
  });
  return {
    http,
    grpc: await openGrpc(parts, apiGuard),
    ...(ports.public === undefined
      ? undefined
      : {
          public: await openHttp(
            parts,
            { ...common, routes: parts.publicRoutes, allowedOrigins: [], ...(guard ? { guard } : undefined) },
            { what: 'the public port', flag: 'dapr-public-port', hosts: [listen.public], port: ports.public },
          ),
        }),
    ...(ports.metrics === undefined || !configuration.metrics.isOn
      ? undefined
      : { metrics: await openMetrics(parts, ports.metrics, guard) }),
  };
}

interface DoorPlace {
  readonly what: string;
  readonly flag: string;
  readonly hosts: readonly string[];
  readonly port: number;
  /** How its Unix socket is named, for a door that may be one. */
  readonly socket?: string;
}

interface Door {
  listen(at: ListenPlace): Promise<number>;
  listenOnSocket(path: string): Promise<void>;
  close(drainMs: number): Promise<void>;
}

async function openHttp(parts: DoorParts, options: HttpDoorOptions, at: DoorPlace): Promise<number> {
  return await openDoor(parts, await httpDoor(options), at);
}

/** Loaded here and not before: gRPC takes its time, and by now the HTTP door answers. */
async function openGrpc(parts: DoorParts, guard: RequestGuard | undefined): Promise<number> {
  const { config, configuration, observation, world } = parts;
  const [{ grpcServer }, { daprRpcs }] = await Promise.all([
    import('#api/grpc/server.ts'),
    import('#api/grpc/dapr-rpcs.ts'),
  ]);
  const server = grpcServer({
    rpcs: daprRpcs(parts.rpcs),
    ...(guard ? { guard } : undefined),
    proxy: (...asked) => parts.rpcs.blocks.invoke.proxy(...asked),
    rules: configuration.api,
    maxBodyBytes: config.maxBodyBytes,
    samplingRate: configuration.samplingRate,
    chance: world.chance,
    clock: world.clock,
    log: world.log.scoped('dapr.runtime.grpc.api'),
    ...(config.apiToken === undefined ? undefined : { apiToken: config.apiToken }),
    ...(observation.onRpcAnswered ? { onAnswered: observation.onRpcAnswered } : undefined),
    ...(observation.onRefused ? { onRefused: observation.onRefused } : undefined),
  });
  const { ports, listen } = config;
  const at = { what: 'the gRPC API', flag: 'dapr-grpc-port', hosts: listen.apis, port: ports.grpc, socket: 'grpc' };
  return await openDoor(parts, server, at);
}

/** More than the stop as a whole is given, so that it is the stop that tells when a call under way took too long. */
const overtimeMs = 500;

/** One door on several addresses with the same port; with port 0, the one that the first address got. Or on one Unix socket. */
async function openDoor({ config, world, onOpen }: DoorParts, door: Door, at: DoorPlace): Promise<number> {
  onOpen(() => door.close(config.gracefulShutdownMs + overtimeMs));
  if (config.socketsFolder !== undefined && at.socket !== undefined) {
    const path = join(config.socketsFolder, `dapr-${config.appId}-${at.socket}.socket`);
    await removeStaleSocket(path);
    const flag = 'unix-domain-socket';
    const target = { ...at, flag, path, host: '', clock: world.clock, log: world.log };
    await listenWithPatience(target, () => door.listenOnSocket(path));
    world.log.info({}, `${at.what} listens on the Unix socket ${path}`);
    return 0;
  }
  let { port } = at;
  for (const host of at.hosts) {
    const place = { host, port };
    const target = { ...at, ...place, clock: world.clock, log: world.log };
    port = await listenWithPatience(target, () => door.listen(world.heldPorts?.take(place) ?? place));
  }
  return port;
}

async function openMetrics(
  { config, observation, world, onOpen }: DoorParts,
  port: number,
  guard: RequestGuard | undefined,
): Promise<number> {
  const at = { ...world, host: config.listen.metrics, port, ...(guard ? { guard } : undefined) };
  const server = await serveMetrics(observation.registry, at);
  onOpen(() => server.close());
  return server.port;
}
