import type { AppLifecycle } from '#app/app-lifecycle.ts';
import { pipeline } from '#blocks/middleware/pipeline.ts';
import { defineError } from '#core/errors.ts';
import { newCalls } from '#core/new-call.ts';
import { readiness } from '#core/readiness.ts';
import { withTimeout } from '#core/with-timeout.ts';
import type { SidecarConfig } from '#host/config/config.ts';
import { appUnhealthy, watchApp } from './compose/app-connection.ts';
import { bindSidecar } from './compose/bind-sidecar.ts';
import type { Bound } from './compose/bind-sidecar.ts';
import { blockShutdown } from './compose/block-shutdown.ts';
import type { BlockOptions } from './compose/blocks/block-options.ts';
import { buildBlocks } from './compose/blocks/blocks.ts';
import type { Blocks } from './compose/blocks/blocks.ts';
import { closeAll } from './compose/close-all.ts';
import { hotReload } from './compose/hot-reload.ts';
import { loadSidecar } from './compose/load-sidecar.ts';
import type { Loaded } from './compose/load-sidecar.ts';
import { metadataOf } from './compose/metadata.ts';
import { apiRoutes, publicRoutes } from './compose/routes.ts';
import { openServers } from './compose/servers.ts';
import type { ServerPorts } from './compose/servers.ts';
import { internalCall } from './compose/sidecar-dependencies.ts';
import type { PhaseOptions, SidecarDependencies } from './compose/sidecar-dependencies.ts';

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

  async #load(): Promise<Loaded> {
    const loaded = await loadSidecar(this.#config, this.#phaseOptions());
    this.#outbound.ready('components');
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

  /** Before the servers open, so that these connections close after them. */
  #bind(loaded: Loaded): Promise<Bound> {
    const onAppUnavailable = (): void => this.#app?.suspect();
    return bindSidecar(this.#config, loaded, { ...this.#phaseOptions(), onAppUnavailable });
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

  #phaseOptions(): PhaseOptions {
    return {
      dependencies: this.#dependencies,
      stopping: this.#stopping.signal,
      onClose: (close) => this.#onClose(close),
    };
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
