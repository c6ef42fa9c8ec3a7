import type { AppLifecycle } from '#app/app-lifecycle.ts';
import { pipedChannel } from '#app/piped-channel.ts';
import { peerUnavailable } from '#blocks/invoke/errors.ts';
import type { PeerHandler, PeerTransport } from '#blocks/invoke/peers.ts';
import { pipeline } from '#blocks/middleware/pipeline.ts';
import { peerTransport } from '#cluster/transport/peer-transport.ts';
import type { AppChannel } from '#core/app-channel.ts';
import { defineError } from '#core/errors.ts';
import { newCalls } from '#core/new-call.ts';
import { readiness } from '#core/readiness.ts';
import { withTimeout } from '#core/with-timeout.ts';
import type { SidecarConfig } from '#host/config/config.ts';
import type { Resiliency } from '#resilience/resiliency.ts';
import { appUnhealthy, monitoredChannel, openAppChannel, watchApp } from './compose/app-connection.ts';
import { blockShutdown } from './compose/block-shutdown.ts';
import type { BlockOptions } from './compose/blocks/block-options.ts';
import { buildBlocks } from './compose/blocks/blocks.ts';
import type { Blocks } from './compose/blocks/blocks.ts';
import { closeAll } from './compose/close-all.ts';
import { componentEnvironment } from './compose/component-environment.ts';
import { openEndpoints } from './compose/endpoints.ts';
import type { Endpoints } from './compose/endpoints.ts';
import { hotReload } from './compose/hot-reload.ts';
import { openInternalServer } from './compose/internal-server.ts';
import { loadComponents } from './compose/load-components.ts';
import type { Components } from './compose/load-components.ts';
import { mcpServers } from './compose/mcp-servers.ts';
import type { McpServers } from './compose/mcp-servers.ts';
import { metadataOf } from './compose/metadata.ts';
import { openNameResolution, warnIfUnreachable } from './compose/name-resolution.ts';
import type { NameResolution } from './compose/name-resolution.ts';
import { peerAuthentication } from './compose/peer-authentication.ts';
import { resilienceFor } from './compose/resilience.ts';
import { apiRoutes, publicRoutes } from './compose/routes.ts';
import { openServers } from './compose/servers.ts';
import type { ServerPorts } from './compose/servers.ts';
import { internalCall } from './compose/sidecar-dependencies.ts';
import type { SidecarDependencies } from './compose/sidecar-dependencies.ts';
import { logSidecarFiles, readSidecarFiles } from './compose/sidecar-files.ts';
import type { SidecarFiles } from './compose/sidecar-files.ts';
import { createTelemetry } from './compose/telemetry.ts';
import type { Telemetry } from './compose/telemetry.ts';

export interface SidecarPorts extends ServerPorts {
  readonly internal: number;
}

export interface Sidecar {
  /**
   * Resolves when the app can make outbound calls: everything is up except, perhaps, the app itself. Rejects with the
   * cause after closing everything.
   */
  start(): Promise<void>;
  /**
   * Accepts no new work, lets running work finish, closes. Rejects with `shutdownTimeout` when time was not enough.
   */
  stop(): Promise<void>;
  /** The ports in use, after `start`. */
  readonly ports: SidecarPorts;
}

export const shutdownTimeout = defineError(
  { code: 'ERR_SHUTDOWN_TIMEOUT', http: 500, grpc: 'DeadlineExceeded' },
  () => 'Graceful shutdown timeout exceeded, forcing shutdown',
);

/** Creates a sidecar. It has no global state, so several may run in one process. */
export function createSidecar(config: SidecarConfig, dependencies: SidecarDependencies): Sidecar {
  return new ComposedSidecar(config, dependencies);
}

/** What the files of the sidecar name, loaded and connected. */
interface Loaded {
  readonly files: SidecarFiles;
  readonly telemetry: Telemetry;
  readonly policies: Resiliency;
  readonly components: Components;
  readonly endpoints: Endpoints;
  readonly mcp: McpServers;
}

/** The connections to the app and to other sidecars. */
interface Bound {
  /** Undefined when the sidecar has no app. */
  readonly channel: AppChannel | undefined;
  readonly names: NameResolution;
  readonly transport: PeerTransport;
  readonly internalPort: number;
  readonly advertisedAddress: string;
  /** Begins to handle the requests of other sidecars; they are rejected before. */
  readonly handlePeers: (handler: PeerHandler) => void;
}

class ComposedSidecar implements Sidecar {
  readonly #config: SidecarConfig;
  readonly #dependencies: SidecarDependencies;
  readonly #stopping = new AbortController();
  /** The closers of everything opened, in that order. */
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #all = readiness();
  readonly #outbound = readiness();
  #ports: SidecarPorts | undefined;
  #app: AppLifecycle | undefined;
  #blocks: Blocks | undefined;
  #stopped: Promise<void> | undefined;

  constructor(config: SidecarConfig, dependencies: SidecarDependencies) {
    this.#config = config;
    this.#dependencies = dependencies;
    this.#outbound.expect('components');
    this.#outbound.expect('apis');
    this.#all.expect('app');
  }

  get ports(): SidecarPorts {
    if (!this.#ports) throw new TypeError('the sidecar has not started');
    return this.#ports;
  }

  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (cause) {
      this.#stopping.abort();
      await closeAll(this.#closers, this.#dependencies.log);
      throw cause;
    }
  }

  stop(): Promise<void> {
    const { gracefulShutdownMs, blockShutdownMs = 0 } = this.#config;
    this.#stopped ??= withTimeout(
      this.#dependencies.clock,
      gracefulShutdownMs + blockShutdownMs,
      () => this.#close(),
      shutdownTimeout,
    );
    return this.#stopped;
  }

  /** The order is Dapr's: resources, components, APIs; then the app. */
  async #start(): Promise<void> {
    const { clock, log } = this.#dependencies;
    const startedAt = clock.monotonic();
    const loaded = await this.#load();
    const bound = await this.#bind(loaded);
    const options = this.#blockOptions(loaded, bound);
    const blocks = await this.#open(options, loaded, bound);
    await this.#announce(bound, blocks);
    const elapsed = Math.round(clock.monotonic() - startedAt);
    log.info({ ...this.#ports }, `dapr initialized. Status: Running. Init Elapsed ${elapsed}ms`);
    await this.#awaitApp(options, blocks);
  }

  /** Reads the files and opens what they name. */
  async #load(): Promise<Loaded> {
    const config = this.#config;
    const dependencies = this.#dependencies;
    const files = await readSidecarFiles(config, dependencies);
    const { configuration, resources } = files;
    logSidecarFiles(files, dependencies.log);
    const telemetry = createTelemetry(config, configuration, dependencies);
    this.#onClose(() => telemetry.close());
    const policies = await resilienceFor(resources, telemetry, dependencies);
    const call = internalCall(dependencies, this.#stopping.signal);
    const components = await loadComponents({
      resources: resources.components,
      denied: configuration.deniedComponents,
      dependencies: {
        ...config,
        ...dependencies,
        env: componentEnvironment(config, dependencies.env),
        ...(telemetry.onConsumer ? { onConsumer: telemetry.onConsumer } : undefined),
      },
      call,
      onInit: telemetry.runtime.componentInit,
      wrapping: { policies, recorder: telemetry.activities },
    });
    this.#onClose(() => components.close());
    const endpoints = await openEndpoints(resources.httpEndpoints, components.secretStores, call);
    this.#onClose(() => endpoints.close());
    const mcp = mcpServers(dependencies.log.scoped('dapr.runtime.processor'));
    mcp.follow(resources.mcpServers);
    this.#outbound.ready('components');
    const loaded = { files, telemetry, policies, components, endpoints, mcp };
    this.#followFiles(loaded);
    return loaded;
  }

  #followFiles({ files, components, mcp }: Loaded): void {
    const { resourcesPaths: folders, reconcileMs, gracefulShutdownMs: drainMs } = this.#config;
    if (folders.length === 0 || files.configuration.features.get('HotReload') === false) return;
    const following = hotReload({
      folders,
      reconcileMs,
      read: files.read,
      initial: files.comparable,
      components,
      subscriptionReloader: () => {
        const subscriptions = this.#blocks?.subscriptions;
        return subscriptions && ((declared) => subscriptions.reloadDeclarative(declared, drainMs));
      },
      reattachConsumers: async () => await this.#blocks?.reattachConsumers(drainMs),
      mcp,
      dependencies: this.#dependencies,
    });
    this.#onClose(() => following.close());
  }

  /** Opens the channel to the app and the internal port. Opened before the servers, so that they close after them. */
  async #bind(loaded: Loaded): Promise<Bound> {
    const config = this.#config;
    const dependencies = this.#dependencies;
    const { clock, log } = dependencies;
    const { configuration } = loaded.files;
    const channel = this.#openChannel(loaded);
    const names = await openNameResolution(config, configuration, dependencies);
    this.#onClose(() => names.resolver.close());
    const { advertisedHost } = names;
    warnIfUnreachable(config, configuration, { ownHost: advertisedHost, log });
    const authentication = await peerAuthentication(dependencies);
    const transport = peerTransport({ clock, authentication, log: log.scoped('dapr.runtime.internal') });
    this.#onClose(() => transport.close());
    let handler: PeerHandler = () => Promise.reject(peerUnavailable(config.appId, 'it is still starting'));
    const server = await openInternalServer(config, { ...dependencies, authentication }, (call, request) =>
      handler(call, request),
    );
    this.#onClose(() => server.close(config.gracefulShutdownMs));
    return {
      channel,
      names,
      transport,
      internalPort: server.port,
      advertisedAddress: `${advertisedHost}:${server.port}`,
      handlePeers: (next) => (handler = next),
    };
  }

  #openChannel({ files, components, telemetry }: Loaded): AppChannel | undefined {
    const { clock, log } = this.#dependencies;
    const channel = openAppChannel(this.#config, log);
    if (!channel) return undefined;
    this.#onClose(() => channel.close());
    const appPipeline = pipeline(files.configuration.appHttpPipeline, components.httpMiddlewares);
    return monitoredChannel(appPipeline ? pipedChannel(channel, appPipeline) : channel, {
      onUnavailable: () => this.#app?.suspect(),
      onCompleted: telemetry.onAppRequest,
      clock,
    });
  }

  #blockOptions({ files, ...loaded }: Loaded, bound: Bound): BlockOptions {
    const config = this.#config;
    const dependencies = this.#dependencies;
    const { configuration, resources } = files;
    return {
      ...loaded,
      ...bound,
      config,
      configuration,
      resources,
      newCall: newCalls(dependencies.random, configuration.samplingRate),
      dependencies,
      checkApp: () => {
        if (config.app.health && this.#app?.isUp !== true) throw appUnhealthy();
      },
    };
  }

  /** Builds the blocks and starts the servers of the APIs. */
  async #open(options: BlockOptions, { files, telemetry, mcp, components }: Loaded, bound: Bound): Promise<Blocks> {
    const config = this.#config;
    const dependencies = this.#dependencies;
    const { configuration } = files;
    const blocks = buildBlocks(options);
    this.#blocks = blocks;
    this.#onClose(() => blocks.close());
    bound.handlePeers(blocks.handlePeerRequest);
    // before the first write: a broker without storage drops what has no subscriber
    await blocks.outbox.start();
    const routes = {
      appId: config.appId,
      blocks,
      metadata: metadataOf(options, blocks, mcp),
      all: this.#all,
      outbound: this.#outbound,
      shutdown: dependencies.onShutdown ?? (() => void this.stop().catch(() => {})),
      stopping: this.#stopping.signal,
      maxBodyBytes: config.maxBodyBytes,
      clock: dependencies.clock,
    };
    const ports = await openServers({
      config,
      configuration,
      telemetry,
      dependencies,
      apiRoutes: apiRoutes(routes),
      publicRoutes: publicRoutes(routes),
      rpcs: routes,
      pipeline: pipeline(configuration.httpPipeline, components.httpMiddlewares),
      onOpen: (close) => this.#onClose(close),
    });
    // while the servers still run: the responses arrive through them
    this.#onClose(() => blocks.streams.drain(drainLimitOf(config.gracefulShutdownMs)));
    this.#ports = { ...ports, internal: bound.internalPort };
    return blocks;
  }

  /** Lets other sidecars find this one. */
  async #announce({ names, advertisedAddress }: Bound, blocks: Blocks): Promise<void> {
    const { appId, namespace } = this.#config;
    const { announcer } = names;
    if (announcer) {
      await announcer.announce({ appId, namespace, address: advertisedAddress });
      this.#onClose(() => announcer.withdraw());
    }
    this.#outbound.ready('apis');
    this.#onClose(() => blocks.actors.close());
  }

  async #awaitApp({ config, channel, dependencies, policies, telemetry }: BlockOptions, blocks: Blocks): Promise<void> {
    const { subscriptions, actorStreams } = blocks;
    if (!channel || !subscriptions) {
      await actorStreams?.start();
      this.#onClose(async () => actorStreams?.stop());
      this.#all.ready('app');
      return;
    }
    const app = watchApp({
      ...dependencies,
      ...blocks,
      config,
      channel,
      subscriptions,
      newCall: (signal) => internalCall(dependencies, signal),
      initialization: policies.initialization,
      onProbe: telemetry.onProbe,
    });
    this.#app = app;
    this.#onClose(() => app.stop());
    dependencies.log.info({}, `waiting for the application to listen on port ${config.app.port}`);
    // not awaited: the app itself may wait for this sidecar before it listens
    void app.start().then(() => this.#all.ready('app'));
  }

  #onClose(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  async #close(): Promise<void> {
    const { blockShutdownMs, gracefulShutdownMs: drainMs } = this.#config;
    const { clock, log } = this.#dependencies;
    if (blockShutdownMs !== undefined)
      await blockShutdown({ limitMs: blockShutdownMs, drainMs, app: this.#app, blocks: this.#blocks, clock, log });
    this.#stopping.abort();
    await closeAll(this.#closers, log);
  }
}

/** Work that takes longer must not delay the rest of the stop. */
function drainLimitOf(gracefulShutdownMs: number): number {
  return gracefulShutdownMs * 0.8;
}
